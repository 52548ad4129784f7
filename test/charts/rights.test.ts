import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { describeKubeconfig, kubectlFor } from '../../local/cluster/kubectl.ts';
import type { Kubectl } from '../../local/cluster/kubectl.ts';
import { waitFor } from '../../local/wait.ts';
import { apiClient } from './api.ts';
import type { Api, Request } from './api.ts';

/** Namespaces of this file alone. The third is a person's: its name fits, but it is not ours. */
const OWN = 'preview-97001';
const OTHER = 'preview-97002';
const PERSONS = 'preview-97003';
const HOST = 'pr-97001.preview.localhost';

const stack = inject('stack');
let admin: Kubectl;
let worker: Api;
let deployer: Api;
let administrator: Api;

beforeAll(async () => {
  const { adminKubeconfig, workerKubeconfig } = stack.cluster!;
  admin = kubectlFor(stack.tools.kubectl!, adminKubeconfig);
  await admin(['delete', 'namespace', OWN, OTHER, PERSONS, '--ignore-not-found']);
  worker = await apiClient(workerKubeconfig);
  administrator = await apiClient(adminKubeconfig);
  deployer = await apiClient(workerKubeconfig, { as: `system:serviceaccount:${OWN}:preview-deployer` });
  await Promise.all([makePreview(OWN, HOST), makePreview(OTHER, 'pr-97002.preview.localhost')]);
  await admin(['create', 'namespace', PERSONS]);
  await admin([
    'create',
    'rolebinding',
    'worker',
    '-n',
    PERSONS,
    '--clusterrole=preview-worker-ns',
    '--serviceaccount=pr-preview:worker',
  ]);
}, 90_000);

afterAll(() => admin(['delete', 'namespace', OWN, OTHER, PERSONS, '--wait=false', '--ignore-not-found']));

/** What a preview has before Helm comes, all of it made with the worker's rights. */
async function makePreview(name: string, hosts: string): Promise<void> {
  const made = [
    await worker({
      method: 'POST',
      path: '/api/v1/namespaces',
      body: namespace(name, { hosts }),
      really: true,
    }),
    await worker({
      method: 'POST',
      path: bindings(name),
      body: binding('preview-worker-ns', WORKER),
      really: true,
    }),
    await worker({
      method: 'POST',
      path: bindings(name),
      body: binding('preview-deployer', deployerOf(name)),
      really: true,
    }),
  ];
  expect(made.map(({ status }) => status)).toEqual([201, 201, 201]);
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'preview-deployer' } };
  // A binding counts some moments after it was accepted.
  await waitFor(
    async () =>
      (
        await worker({
          method: 'POST',
          path: `/api/v1/namespaces/${name}/serviceaccounts`,
          body: account,
          really: true,
        })
      ).status === 201,
    { what: 'The account of the deployer', timeoutMs: 20_000 },
  );
}

const WORKER = { kind: 'ServiceAccount', name: 'worker', namespace: 'pr-preview' };
const deployerOf = (name: string) => ({ kind: 'ServiceAccount', name: 'preview-deployer', namespace: name });
const bindings = (name: string) => `/apis/rbac.authorization.k8s.io/v1/namespaces/${name}/rolebindings`;

function namespace(name: string, options: { label?: string | null; hosts?: string; security?: object } = {}) {
  const {
    label = 'pr-preview',
    hosts = '',
    security = { 'pod-security.kubernetes.io/enforce': 'baseline' },
  } = options;
  const labels = { ...security, ...(label === null ? {} : { 'app.kubernetes.io/managed-by': label }) };
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels, annotations: { 'pr-preview.io/hosts': hosts } },
  };
}

function binding(role: string, subject: object) {
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role };
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: `test-${role}` },
    roleRef,
    subjects: [subject],
  };
}

const object = (apiVersion: string, kind: string, rest: object = {}) => ({
  apiVersion,
  kind,
  metadata: { name: 'test' },
  ...rest,
});
const template = (spec: object = {}) => ({
  metadata: { labels: { app: 'test' } },
  spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'ghcr.io/example/x' }], ...spec },
});
const workload = (spec: object = {}, container: object = {}) => ({
  selector: { matchLabels: { app: 'test' } },
  template: {
    metadata: { labels: { app: 'test' } },
    spec: { containers: [{ name: 'main', image: 'ghcr.io/example/x', ...container }], ...spec },
  },
});
/** A volume that holds a token, as a chart may write it. */
const projected = (source: object) => ({ volumes: [{ name: 'token', projected: { sources: [source] } }] });
/** One of each kind that makes pods, around what the pods are to be; the last two are not the deployer's to make. */
const podMakers: Record<string, (spec: object) => Omit<Request, 'headers'>> = {
  Deployment: (spec) => ({ method: 'POST', path: group('apps/v1', 'deployments'), body: deployment(spec) }),
  StatefulSet: (spec) => ({
    method: 'POST',
    path: group('apps/v1', 'statefulsets'),
    body: object('apps/v1', 'StatefulSet', { spec: { serviceName: 'x', ...workload(spec) } }),
  }),
  ReplicaSet: (spec) => ({
    method: 'POST',
    path: group('apps/v1', 'replicasets'),
    body: object('apps/v1', 'ReplicaSet', { spec: workload(spec) }),
  }),
  Job: (spec) => ({
    method: 'POST',
    path: group('batch/v1', 'jobs'),
    body: object('batch/v1', 'Job', { spec: { template: template(spec) } }),
  }),
  CronJob: (spec) => ({
    method: 'POST',
    path: group('batch/v1', 'cronjobs'),
    body: object('batch/v1', 'CronJob', {
      spec: { schedule: '@daily', jobTemplate: { spec: { template: template(spec) } } },
    }),
  }),
  DaemonSet: (spec) => ({
    method: 'POST',
    path: group('apps/v1', 'daemonsets'),
    body: object('apps/v1', 'DaemonSet', { spec: workload(spec) }),
  }),
  Pod: (spec) => ({
    method: 'POST',
    path: core('pods'),
    body: object('v1', 'Pod', { spec: template(spec).spec }),
  }),
};
/** What no pod of a preview may be, whoever makes it, and what the answer says. */
const refusedPods: { what: string; spec: object; saying: string }[] = [
  {
    what: 'runs as the deployer',
    spec: { serviceAccountName: 'preview-deployer' },
    saying: 'no pod may use it',
  },
  {
    what: 'runs as the deployer by its old field',
    spec: { serviceAccount: 'preview-deployer' },
    saying: 'no pod may use it',
  },
  {
    what: 'has a token mounted',
    spec: { automountServiceAccountToken: true },
    saying: 'set automountServiceAccountToken to false',
  },
  {
    what: 'asks for a token by a volume',
    spec: projected({ serviceAccountToken: { path: 'token' } }),
    saying: 'mount no token or pod certificate by a projected volume',
  },
  {
    what: 'mounts a file server of the network',
    spec: { volumes: [{ name: 'files', nfs: { server: '10.0.0.1', path: '/' } }] },
    saying: 'may not mount this kind of volume: files',
  },
  {
    what: 'mounts a disk by its address',
    spec: {
      volumes: [
        { name: 'disk', iscsi: { targetPortal: '10.0.0.1', iqn: 'iqn.2001-04.com.example:x', lun: 0 } },
      ],
    },
    saying: 'may not mount this kind of volume: disk',
  },
  { what: 'names its node', spec: { nodeName: 'node1' }, saying: 'may not name their node' },
  {
    what: 'has a priority of the cluster’s own pods',
    spec: { priorityClassName: 'system-node-critical' },
    saying: 'may not have a priority',
  },
];

const deployment = (spec?: object, container?: object) =>
  object('apps/v1', 'Deployment', { spec: workload(spec, container) });
const service = (spec: object) => object('v1', 'Service', { spec: { ports: [{ port: 80 }], ...spec } });
const ingress = (spec: object, annotations: object = {}) => ({
  ...object('networking.k8s.io/v1', 'Ingress', { spec }),
  metadata: { name: 'test', annotations },
});
const backend = { service: { name: 'x', port: { number: 80 } } };
const rule = (host?: string) => ({
  ...(host === undefined ? {} : { host }),
  http: { paths: [{ path: '/', pathType: 'Prefix', backend }] },
});

const core = (resource: string, name = OWN) => `/api/v1/namespaces/${name}/${resource}`;
const group = (path: string, resource: string, name = OWN) => `/apis/${path}/namespaces/${name}/${resource}`;
const RBAC = 'rbac.authorization.k8s.io/v1';
const POLICIES = '/apis/admissionregistration.k8s.io/v1';

interface Case extends Request {
  what: string;
  /** Part of the answer; without it, any refusal will do (Kubernetes' own is "is forbidden"). */
  saying?: string;
}

const workerIsDenied: Case[] = [
  {
    what: 'create a namespace outside the pattern',
    method: 'POST',
    path: '/api/v1/namespaces',
    body: namespace('production'),
    saying: 'pr-preview may only write in namespaces like ^preview-[1-9][0-9]*$, not in production',
  },
  {
    what: 'create a namespace whose name only contains the pattern',
    method: 'POST',
    path: '/api/v1/namespaces',
    body: namespace('my-preview-1'),
    saying: 'not in my-preview-1',
  },
  {
    what: 'create preview-0',
    method: 'POST',
    path: '/api/v1/namespaces',
    body: namespace('preview-0'),
    saying: 'not in preview-0',
  },
  {
    what: 'create a namespace without our label',
    method: 'POST',
    path: '/api/v1/namespaces',
    body: namespace('preview-97009', { label: null }),
    saying: 'must carry app.kubernetes.io/managed-by=pr-preview',
  },
  {
    what: 'create a namespace with another label',
    method: 'POST',
    path: '/api/v1/namespaces',
    body: namespace('preview-97009', { label: 'Helm' }),
    saying: 'must carry',
  },
  {
    what: 'create a namespace for a host that is not below the domain',
    method: 'POST',
    path: '/api/v1/namespaces',
    body: namespace('preview-97009', { hosts: 'pr-97009.preview.localhost,app.example.com' }),
    saying: 'the hosts of a preview must end in .preview.localhost',
  },
  {
    what: 'give a preview a host that is not below the domain',
    method: 'PATCH',
    path: `/api/v1/namespaces/${OWN}`,
    body: { metadata: { annotations: { 'pr-preview.io/hosts': 'preview.localhost' } } },
    saying: 'the hosts of a preview must end in',
  },
  {
    what: 'create a namespace of a generated name',
    method: 'POST',
    path: '/api/v1/namespaces',
    body: {
      ...namespace(''),
      metadata: { generateName: 'preview-', labels: { 'app.kubernetes.io/managed-by': 'pr-preview' } },
    },
  },
  {
    what: 'create a preview without Pod Security',
    method: 'POST',
    path: '/api/v1/namespaces',
    body: namespace('preview-97009', { security: {} }),
    saying: 'must enforce Pod Security baseline',
  },
  {
    what: 'create a preview whose pods may be privileged',
    method: 'POST',
    path: '/api/v1/namespaces',
    body: namespace('preview-97009', { security: { 'pod-security.kubernetes.io/enforce': 'privileged' } }),
    saying: 'must enforce Pod Security baseline',
  },
  {
    what: 'let pods of a preview be privileged',
    method: 'PATCH',
    path: `/api/v1/namespaces/${OWN}`,
    body: { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } } },
    saying: 'must enforce Pod Security baseline',
  },
  {
    what: 'take Pod Security off a preview',
    method: 'PATCH',
    path: `/api/v1/namespaces/${OWN}`,
    body: { metadata: { labels: { 'pod-security.kubernetes.io/enforce': null } } },
    saying: 'must enforce Pod Security baseline',
  },
  {
    what: 'have a preview secured as an old version did it',
    method: 'PATCH',
    path: `/api/v1/namespaces/${OWN}`,
    body: { metadata: { labels: { 'pod-security.kubernetes.io/enforce-version': 'v1.0' } } },
    saying: 'in its latest version',
  },
  {
    what: 'take over a namespace that a person made',
    method: 'PATCH',
    path: `/api/v1/namespaces/${PERSONS}`,
    body: { metadata: { labels: { 'app.kubernetes.io/managed-by': 'pr-preview' } } },
    saying: 'was not made by pr-preview',
  },
  {
    what: 'delete a namespace that a person made',
    method: 'DELETE',
    path: `/api/v1/namespaces/${PERSONS}`,
    saying: 'was not made by pr-preview',
  },
  {
    what: 'write into a namespace that a person made, even when bound there',
    method: 'POST',
    path: core('secrets', PERSONS),
    body: object('v1', 'Secret'),
    saying: 'was not made by pr-preview',
  },
  {
    what: 'take our label off a preview',
    method: 'PATCH',
    path: `/api/v1/namespaces/${OWN}`,
    body: { metadata: { labels: { 'app.kubernetes.io/managed-by': null } } },
    saying: 'must carry',
  },
  {
    what: 'update a namespace as a whole',
    method: 'PUT',
    path: `/api/v1/namespaces/${OWN}`,
    body: namespace(OWN),
  },
  { what: 'delete kube-system', method: 'DELETE', path: '/api/v1/namespaces/kube-system' },
  {
    what: 'delete its own namespace',
    method: 'DELETE',
    path: '/api/v1/namespaces/pr-preview',
    saying: 'not in pr-preview',
  },
  { what: 'delete all namespaces', method: 'DELETE', path: '/api/v1/namespaces' },
  {
    what: 'patch kube-public',
    method: 'PATCH',
    path: '/api/v1/namespaces/kube-public',
    body: { metadata: { labels: { x: 'y' } } },
    saying: 'not in kube-public',
  },
  { what: 'read secrets of kube-system', method: 'GET', path: core('secrets', 'kube-system') },
  { what: 'read secrets of the whole cluster', method: 'GET', path: '/api/v1/secrets' },
  {
    what: 'watch pods of the whole cluster',
    method: 'GET',
    path: '/api/v1/pods?watch=true&timeoutSeconds=1',
  },
  { what: 'read pods of another namespace', method: 'GET', path: core('pods', 'default') },
  { what: 'read nodes', method: 'GET', path: '/api/v1/nodes' },
  {
    what: 'create a persistent volume',
    method: 'POST',
    path: '/api/v1/persistentvolumes',
    body: object('v1', 'PersistentVolume'),
  },
  {
    what: 'create a cluster role',
    method: 'POST',
    path: `/apis/${RBAC}/clusterroles`,
    body: object(RBAC, 'ClusterRole', { rules: [] }),
  },
  {
    what: 'create a cluster role binding',
    method: 'POST',
    path: `/apis/${RBAC}/clusterrolebindings`,
    body: { ...binding('preview-deployer', WORKER), kind: 'ClusterRoleBinding' },
  },
  {
    what: 'change the role it binds',
    method: 'PATCH',
    path: `/apis/${RBAC}/clusterroles/preview-deployer`,
    body: { rules: [] },
  },
  {
    what: 'delete the policy that holds it',
    method: 'DELETE',
    path: `${POLICIES}/validatingadmissionpolicies/pr-preview-scope`,
  },
  {
    what: 'change the policy on hosts',
    method: 'PATCH',
    path: `${POLICIES}/validatingadmissionpolicies/pr-preview-hosts`,
    body: { spec: { failurePolicy: 'Ignore' } },
  },
  {
    what: 'delete the binding of a policy',
    method: 'DELETE',
    path: `${POLICIES}/validatingadmissionpolicybindings/pr-preview-services`,
  },
  {
    what: 'add a webhook',
    method: 'POST',
    path: `${POLICIES}/validatingwebhookconfigurations`,
    body: object('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'),
  },
  {
    what: 'bind another role than the two',
    method: 'POST',
    path: bindings(OWN),
    body: binding('cluster-admin', WORKER),
  },
  {
    what: 'bind its role in kube-system',
    method: 'POST',
    path: bindings('kube-system'),
    body: binding('preview-worker-ns', WORKER),
    saying: 'not in kube-system',
  },
  {
    what: 'bind its role where a person works',
    method: 'POST',
    path: bindings(PERSONS),
    body: binding('preview-deployer', WORKER),
    saying: 'was not made by pr-preview',
  },
  { what: 'delete a binding', method: 'DELETE', path: `${bindings(OWN)}/test-preview-deployer` },
  { what: 'list bindings', method: 'GET', path: bindings(OWN) },
  {
    what: 'create a role',
    method: 'POST',
    path: group(RBAC, 'roles'),
    body: object(RBAC, 'Role', { rules: [] }),
  },
  {
    what: 'create a pod',
    method: 'POST',
    path: core('pods'),
    body: object('v1', 'Pod', { spec: template().spec }),
  },
  { what: 'run a command in a pod', method: 'POST', path: `${core('pods')}/x/exec?command=id` },
  { what: 'forward a port of a pod', method: 'POST', path: `${core('pods')}/x/portforward` },
  {
    what: 'evict a pod',
    method: 'POST',
    path: `${core('pods')}/x/eviction`,
    body: object('policy/v1', 'Eviction'),
  },
  { what: 'create a workload', method: 'POST', path: group('apps/v1', 'deployments'), body: deployment() },
  { what: 'delete a workload', method: 'DELETE', path: `${group('apps/v1', 'deployments')}/x` },
  {
    what: 'create a job',
    method: 'POST',
    path: group('batch/v1', 'jobs'),
    body: object('batch/v1', 'Job', { spec: { template: template() } }),
  },
  { what: 'create a service', method: 'POST', path: core('services'), body: service({}) },
  { what: 'create a config map', method: 'POST', path: core('configmaps'), body: object('v1', 'ConfigMap') },
  {
    what: 'create an ingress',
    method: 'POST',
    path: group('networking.k8s.io/v1', 'ingresses'),
    body: ingress({ rules: [rule(HOST)] }),
  },
  {
    what: 'update a secret as a whole',
    method: 'PUT',
    path: `${core('secrets')}/x`,
    body: object('v1', 'Secret'),
  },
  {
    what: 'watch network policies',
    method: 'GET',
    path: `${group('networking.k8s.io/v1', 'networkpolicies')}?watch=true&timeoutSeconds=1`,
  },
  { what: 'list leases', method: 'GET', path: group('coordination.k8s.io/v1', 'leases') },
  {
    what: 'take a lease of kube-system',
    method: 'POST',
    path: group('coordination.k8s.io/v1', 'leases', 'kube-system'),
    body: object('coordination.k8s.io/v1', 'Lease'),
  },
  {
    what: 'ask for a token of the deployer',
    method: 'POST',
    path: `${core('serviceaccounts')}/preview-deployer/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
  },
  {
    what: 'have a token made by a secret',
    method: 'POST',
    path: core('secrets'),
    body: {
      ...object('v1', 'Secret', { type: 'kubernetes.io/service-account-token' }),
      metadata: { name: 'test', annotations: { 'kubernetes.io/service-account.name': 'preview-deployer' } },
    },
    saying: 'must not ask for a service account token',
  },
  {
    what: 'act as the administrator',
    method: 'GET',
    path: '/api/v1/namespaces',
    headers: { 'Impersonate-User': 'admin' },
  },
  {
    what: 'act as a member of system:masters',
    method: 'GET',
    path: '/api/v1/namespaces',
    headers: {
      'Impersonate-User': `system:serviceaccount:${OWN}:preview-deployer`,
      'Impersonate-Group': 'system:masters',
    },
  },
  {
    what: 'act as another account of a preview',
    method: 'GET',
    path: core('pods'),
    headers: { 'Impersonate-User': `system:serviceaccount:${OWN}:default` },
  },
  {
    what: 'act as a deployer where it was not bound',
    method: 'GET',
    path: core('pods', 'default'),
    headers: { 'Impersonate-User': 'system:serviceaccount:default:preview-deployer' },
  },
];

const deployerIsDenied: Case[] = [
  {
    what: 'create a cluster role',
    method: 'POST',
    path: `/apis/${RBAC}/clusterroles`,
    body: object(RBAC, 'ClusterRole', { rules: [] }),
  },
  {
    what: 'create a namespace',
    method: 'POST',
    path: '/api/v1/namespaces',
    body: namespace('preview-97009'),
  },
  { what: 'read namespaces', method: 'GET', path: '/api/v1/namespaces' },
  {
    what: 'change its namespace',
    method: 'PATCH',
    path: `/api/v1/namespaces/${OWN}`,
    body: { metadata: { annotations: { 'pr-preview.io/hosts': 'example.com' } } },
  },
  {
    what: 'raise its quota',
    method: 'POST',
    path: core('resourcequotas'),
    body: object('v1', 'ResourceQuota'),
  },
  { what: 'change limits', method: 'POST', path: core('limitranges'), body: object('v1', 'LimitRange') },
  {
    what: 'open the network',
    method: 'POST',
    path: group('networking.k8s.io/v1', 'networkpolicies'),
    body: object('networking.k8s.io/v1', 'NetworkPolicy', { spec: { podSelector: {} } }),
  },
  { what: 'bind a role', method: 'POST', path: bindings(OWN), body: binding('preview-deployer', WORKER) },
  {
    what: 'create a role',
    method: 'POST',
    path: group(RBAC, 'roles'),
    body: object(RBAC, 'Role', { rules: [] }),
  },
  {
    what: 'create a daemon set',
    method: 'POST',
    path: group('apps/v1', 'daemonsets'),
    body: object('apps/v1', 'DaemonSet', { spec: workload() }),
  },
  {
    what: 'create a pod itself',
    method: 'POST',
    path: core('pods'),
    body: object('v1', 'Pod', { spec: template().spec }),
  },
  { what: 'delete a pod', method: 'DELETE', path: `${core('pods')}/x` },
  { what: 'run a command in a pod', method: 'POST', path: `${core('pods')}/x/exec?command=id` },
  {
    what: 'take the fence',
    method: 'POST',
    path: group('coordination.k8s.io/v1', 'leases'),
    body: object('coordination.k8s.io/v1', 'Lease'),
  },
  {
    what: 'ask for a token',
    method: 'POST',
    path: `${core('serviceaccounts')}/default/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
  },
  { what: 'read another preview’s secrets', method: 'GET', path: core('secrets', OTHER) },
  {
    what: 'write into another preview',
    method: 'POST',
    path: core('configmaps', OTHER),
    body: object('v1', 'ConfigMap'),
  },
  { what: 'read secrets of kube-system', method: 'GET', path: core('secrets', 'kube-system') },
  {
    what: 'claim a foreign host',
    method: 'POST',
    path: group('networking.k8s.io/v1', 'ingresses'),
    body: ingress({ rules: [rule(HOST), rule('app.example.com')] }),
    saying: `claims app.example.com; this preview may use only ${HOST}`,
  },
  {
    what: 'claim a wildcard host',
    method: 'POST',
    path: group('networking.k8s.io/v1', 'ingresses'),
    body: ingress({ rules: [rule('*.preview.localhost')] }),
    saying: 'claims *.preview.localhost',
  },
  {
    what: 'claim every host',
    method: 'POST',
    path: group('networking.k8s.io/v1', 'ingresses'),
    body: ingress({ rules: [rule()] }),
    saying: 'every host',
  },
  {
    what: 'claim no host and a default backend',
    method: 'POST',
    path: group('networking.k8s.io/v1', 'ingresses'),
    body: ingress({ defaultBackend: backend }),
    saying: 'every host',
  },
  {
    what: 'add a default backend',
    method: 'POST',
    path: group('networking.k8s.io/v1', 'ingresses'),
    body: ingress({ rules: [rule(HOST)], defaultBackend: backend }),
    saying: 'defaultBackend serves every host',
  },
  {
    what: 'name a foreign host for TLS',
    method: 'POST',
    path: group('networking.k8s.io/v1', 'ingresses'),
    body: ingress({ rules: [rule(HOST)], tls: [{ hosts: ['app.example.com'] }] }),
    saying: 'tls.hosts names a host',
  },
  {
    what: 'have a certificate made',
    method: 'POST',
    path: group('networking.k8s.io/v1', 'ingresses'),
    body: ingress({ rules: [rule(HOST)] }, { 'cert-manager.io/issuer': 'x' }),
    saying: 'annotation not allowed in a preview: cert-manager.io/issuer',
  },
  {
    what: 'serve another host by an annotation',
    method: 'POST',
    path: group('networking.k8s.io/v1', 'ingresses'),
    body: ingress({ rules: [rule(HOST)] }, { 'nginx.ingress.kubernetes.io/server-alias': 'x' }),
    saying: 'server-alias',
  },
  {
    what: 'open a node port',
    method: 'POST',
    path: core('services'),
    body: service({ type: 'NodePort' }),
    saying: 'must be ClusterIP',
  },
  {
    what: 'ask for a load balancer',
    method: 'POST',
    path: core('services'),
    body: service({ type: 'LoadBalancer' }),
    saying: 'must be ClusterIP',
  },
  {
    what: 'name an external service',
    method: 'POST',
    path: core('services'),
    body: service({ type: 'ExternalName', externalName: 'example.com' }),
    saying: 'must be ClusterIP',
  },
  {
    what: 'take an external address',
    method: 'POST',
    path: core('services'),
    body: service({ externalIPs: ['203.0.113.1'] }),
    saying: 'externalIPs',
  },
  {
    what: 'have a DNS record made',
    method: 'POST',
    path: core('services'),
    body: {
      ...service({ clusterIP: 'None' }),
      metadata: {
        name: 'test',
        annotations: { 'external-dns.alpha.kubernetes.io/hostname': 'www.example.com' },
      },
    },
    saying: 'may not have a DNS record made',
  },
  {
    what: 'have a token made by a secret',
    method: 'POST',
    path: core('secrets'),
    body: {
      ...object('v1', 'Secret', { type: 'kubernetes.io/service-account-token' }),
      metadata: { name: 'test', annotations: { 'kubernetes.io/service-account.name': 'preview-deployer' } },
    },
    saying: 'must not ask for a service account token',
  },
];

const workerMay: Case[] = [
  { what: 'list namespaces', method: 'GET', path: '/api/v1/namespaces' },
  { what: 'create a preview', method: 'POST', path: '/api/v1/namespaces', body: namespace('preview-97009') },
  {
    what: 'patch a preview',
    method: 'PATCH',
    path: `/api/v1/namespaces/${OWN}`,
    body: { metadata: { annotations: { x: 'y' } } },
  },
  { what: 'delete a preview', method: 'DELETE', path: `/api/v1/namespaces/${OTHER}` },
  {
    what: 'bind the deployer',
    method: 'POST',
    path: bindings(OWN),
    body: { ...binding('preview-deployer', deployerOf(OWN)), metadata: { name: 'again' } },
  },
  { what: 'set a quota', method: 'POST', path: core('resourcequotas'), body: object('v1', 'ResourceQuota') },
  { what: 'set limits', method: 'POST', path: core('limitranges'), body: object('v1', 'LimitRange') },
  { what: 'write a secret', method: 'POST', path: core('secrets'), body: object('v1', 'Secret') },
  {
    what: 'close the network',
    method: 'POST',
    path: group('networking.k8s.io/v1', 'networkpolicies'),
    body: object('networking.k8s.io/v1', 'NetworkPolicy', { spec: { podSelector: {} } }),
  },
  {
    what: 'take the fence',
    method: 'POST',
    path: group('coordination.k8s.io/v1', 'leases'),
    body: object('coordination.k8s.io/v1', 'Lease'),
  },
  { what: 'read pods', method: 'GET', path: core('pods') },
  { what: 'read events', method: 'GET', path: core('events') },
  {
    what: 'ask about its own rights',
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb: 'get', resource: 'pods' } },
    },
  },
];

const deployerMay: Case[] = [
  { what: 'create a deployment', method: 'POST', path: group('apps/v1', 'deployments'), body: deployment() },
  { what: 'create a service', method: 'POST', path: core('services'), body: service({}) },
  {
    what: 'create a headless service',
    method: 'POST',
    path: core('services'),
    body: service({ clusterIP: 'None' }),
  },
  {
    what: 'create an ingress for its host, with TLS',
    method: 'POST',
    path: group('networking.k8s.io/v1', 'ingresses'),
    body: ingress(
      { rules: [rule(HOST)], tls: [{ hosts: [HOST] }] },
      { 'nginx.ingress.kubernetes.io/proxy-body-size': '8m' },
    ),
  },
  {
    what: 'keep its release in a secret',
    method: 'POST',
    path: core('secrets'),
    body: object('v1', 'Secret', { type: 'helm.sh/release.v1' }),
  },
  {
    what: 'create a job',
    method: 'POST',
    path: group('batch/v1', 'jobs'),
    body: object('batch/v1', 'Job', { spec: { template: template() } }),
  },
  {
    what: 'create an account',
    method: 'POST',
    path: core('serviceaccounts'),
    body: object('v1', 'ServiceAccount'),
  },
  { what: 'read pods', method: 'GET', path: core('pods') },
];

describe('the worker', () => {
  it.each(workerIsDenied)('may not $what', async (one) => expectDenied(await worker(one), one));
  it.each(workerMay)('may $what', async (one) => expectAllowed(await worker(one)));
});

describe('the deployer of a preview', () => {
  it.each(deployerIsDenied)('may not $what', async (one) => expectDenied(await deployer(one), one));
  it.each(deployerMay)('may $what', async (one) => expectAllowed(await deployer(one)));
});

describe.each(Object.entries(podMakers))('a %s of a preview', (kind, made) => {
  const asks = (spec: object) => (['DaemonSet', 'Pod'].includes(kind) ? administrator : deployer)(made(spec));

  it('passes where its pods ask for nothing', async () => {
    expectAllowed(
      await asks({
        volumes: [
          { name: 'a', emptyDir: {} },
          { name: 'b', projected: { sources: [{ configMap: { name: 'x' } }] } },
        ],
        priorityClassName: '',
      }),
    );
  });

  it.each(refusedPods)('is refused when its pods are to be one that $what', async ({ spec, saying }) => {
    expectDenied(await asks(spec), { ...made(spec), what: '', saying });
  });
});

describe('a pod of a preview that asks for the node', () => {
  it.each([
    { what: 'to be privileged', container: { securityContext: { privileged: true } }, saying: 'privileged' },
    { what: 'for the node’s network', pod: { hostNetwork: true }, saying: 'host namespaces' },
    { what: 'for the node’s processes', pod: { hostPID: true }, saying: 'host namespaces' },
    { what: 'for the node’s memory', pod: { hostIPC: true }, saying: 'host namespaces' },
    {
      what: 'for the node’s files',
      pod: { volumes: [{ name: 'root', hostPath: { path: '/' } }] },
      saying: 'hostPath',
    },
    {
      what: 'for a port of the node',
      container: { ports: [{ containerPort: 80, hostPort: 80 }] },
      saying: 'hostPort',
    },
    {
      what: 'for more capabilities',
      container: { securityContext: { capabilities: { add: ['NET_ADMIN'] } } },
      saying: 'non-default capabilities',
    },
    {
      what: 'for all system calls',
      pod: { securityContext: { seccompProfile: { type: 'Unconfined' } } },
      saying: 'seccompProfile',
    },
  ])('is refused, by name: $what', async ({ pod, container, saying }) => {
    const { spec } = template({
      ...pod,
      containers: [{ name: 'main', image: 'ghcr.io/example/x', ...container }],
    });
    const answer = await administrator({
      method: 'POST',
      path: core('pods'),
      body: object('v1', 'Pod', { spec }),
    });
    const { message = '' } = answer.body as { message?: string };
    expect(answer.status, message).toBe(403);
    expect(message).toContain('violates PodSecurity "baseline:latest"');
    expect(message).toContain(saying);
  });
});

describe('a service account of a preview', () => {
  it.each([{}, { automountServiceAccountToken: true }])(
    'has no token to mount, whatever it says: %o',
    async (rest) => {
      const { status, body } = await deployer({
        method: 'POST',
        path: core('serviceaccounts'),
        body: object('v1', 'ServiceAccount', rest),
      });
      expect(status).toBe(201);
      expect(body).toMatchObject({ automountServiceAccountToken: false });
    },
  );
});

describe('a deployment of a preview without a readiness probe', () => {
  const ports = [{ containerPort: 9000, protocol: 'UDP' }, { containerPort: 8080 }];
  const post = (body: object) => deployer({ method: 'POST', path: group('apps/v1', 'deployments'), body });

  it('gets a TCP probe on its first TCP port and a moment to prove itself', async () => {
    const { body } = await post(deployment({}, { ports }));
    expect(body).toMatchObject({
      spec: {
        minReadySeconds: 5,
        template: {
          spec: { containers: [{ readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 2 } }] },
        },
      },
    });
  });

  it('keeps what it says itself', async () => {
    const own = deployment({}, { ports, readinessProbe: { httpGet: { path: '/ready', port: 8080 } } });
    const { body } = await post(own);
    expect(body).toMatchObject({
      spec: { template: { spec: { containers: [{ readinessProbe: { httpGet: { path: '/ready' } } }] } } },
    });
    expect((body as { spec: object }).spec).not.toHaveProperty('minReadySeconds');
  });

  it('is left alone where it has no port', async () => {
    const { body } = await post(deployment());
    expect((body as { spec: object }).spec).not.toHaveProperty('minReadySeconds');
  });
});

describe('the login of the worker', () => {
  it('is a token of its own service account, which expires', async () => {
    const { token } = await describeKubeconfig(stack.cluster!.workerKubeconfig);
    const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as {
      sub: string;
      exp: number;
    };
    expect(claims.sub).toBe('system:serviceaccount:pr-preview:worker');
    expect(claims.exp).toBeLessThan(Date.now() / 1000 + 31 * 24 * 3600);
    expect(await readFile(stack.cluster!.workerKubeconfig, 'utf8')).not.toContain('client-key');
  });
});

interface Answer {
  status: number;
  body: unknown;
}

function expectDenied(answer: Answer, { saying }: Case): void {
  const message = (answer.body as { message?: string }).message ?? '';
  expect(answer.status, message).toBe(403);
  expect(message).toContain(saying ?? 'forbidden');
}

function expectAllowed({ status, body }: Answer): void {
  expect(status, (body as { message?: string }).message).toBeLessThan(300);
}
