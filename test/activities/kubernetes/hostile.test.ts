import type { KubernetesObject } from '@kubernetes/client-node';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, describe, expect, test } from 'vitest';
import type { FailureReport, Problem } from '../../../domain/failures.ts';
import type { TestObject, TestPreview } from './fixture.ts';
import { createFixture, deployment, job } from './fixture.ts';

const fixture = createFixture(1100);
afterAll(() => fixture.close());

const pod = { image: 'ghcr.io/example/app:v1', args: ['serve'] };
const web = deployment('web', pod);

/** Objects a chart must not get past the server, each with a part of what the person is told. */
const hostile: readonly (readonly [string, TestObject, RegExp])[] = [
  [
    'a ClusterRole',
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'everything' },
      rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
    },
    /may not have this: clusterroles.*is forbidden.*preview-deployer/,
  ],
  [
    'a RoleBinding',
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'me' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: 'default' }],
    },
    /may not have this: rolebindings/,
  ],
  [
    'an object in another namespace',
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'intruder', namespace: 'default' } },
    /cannot patch resource "configmaps".*namespace "default"/,
  ],
  [
    'a foreign host',
    ingress('app.example.com'),
    /^Ingress web claims app\.example\.com; this preview may use only pr-\d+\.preview\.localhost$/,
  ],
  [
    'its own quota',
    { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'more' }, spec: { hard: { pods: '99' } } },
    /may not have this: resourcequotas/,
  ],
  [
    'a larger limit range',
    { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'pr-preview' }, spec: { limits: [] } },
    /may not have this: limitranges/,
  ],
  [
    'a hole in the network policy',
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'open' },
      spec: { podSelector: {}, egress: [{}], policyTypes: ['Egress'] },
    },
    /may not have this: networkpolicies/,
  ],
  ['a NodePort', exposed({ type: 'NodePort' }), /^a preview's Service must be ClusterIP/],
  ['a LoadBalancer', exposed({ type: 'LoadBalancer' }), /^a preview's Service must be ClusterIP/],
  [
    'an ExternalName',
    exposed({ type: 'ExternalName', externalName: 'db.example.com' }),
    /^a preview's Service must be ClusterIP/,
  ],
  ['external addresses', exposed({ externalIPs: ['10.250.0.1'] }), /^a preview's Service must be ClusterIP/],
  [
    'a pod with the deployer’s account',
    deployment('thief', { ...pod, pod: { serviceAccountName: 'preview-deployer' } }),
    /^serviceAccountName preview-deployer is the account that deploys the preview/,
  ],
  [
    'a hook with the deployer’s account',
    job('hooked', { ...pod, hook: 'pre-install', pod: { serviceAccountName: 'preview-deployer' } }),
    /^serviceAccountName preview-deployer is the account that deploys the preview/,
  ],
  [
    'a token by a Secret',
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'token', annotations: { 'kubernetes.io/service-account.name': 'default' } },
      type: 'kubernetes.io/service-account-token',
    },
    /^a preview must not ask for a service account token/,
  ],
  [
    'a single pod',
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'bare' }, spec: {} },
    /may not have this: pods/,
  ],
  [
    'an admission policy',
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: 'pr-preview-scope' },
      spec: { validations: [{ expression: 'true' }] },
    },
    /may not have this: validatingadmissionpolicies/,
  ],
];

const broken: readonly (readonly [string, TestObject, RegExp])[] = [
  [
    'a number as an environment value',
    deployment('web', { ...pod, env: [{ name: 'PORT', value: 8080 }] }),
    /env\[name="PORT"\].value: expected string/,
  ],
  [
    'a field that does not exist',
    { ...web, spec: { ...web.spec, replica: 2 } },
    /\.spec\.replica: field not declared in schema/,
  ],
  [
    'a selector that does not match',
    { ...web, spec: { ...web.spec, selector: { matchLabels: { app: 'x' } } } },
    /selector/,
  ],
  [
    'a kind the cluster does not have',
    { apiVersion: 'extensions/v1beta1', kind: 'Ingress', metadata: { name: 'old' } },
    /knows no Ingress in extensions\/v1beta1/,
  ],
  ['an image with a bad name', deployment('web', { ...pod, pod: { containers: [{ name: 'a' }] } }), /image/],
];

describe('The trial of rendered objects', () => {
  test.for(hostile)('refuses %s', async ([, object, message]) => {
    const [problem] = await problemsOf(fixture.preview(), [object]);
    expect(problem).toMatchObject({
      type: 'AdmissionDenied',
      message: expect.stringMatching(message) as unknown,
    });
    expect(problem?.where).toBe(`service web: ${object.kind}/${object.metadata?.name}`);
  });

  test.for(broken)('finds %s', async ([, object, message]) => {
    const [problem] = await problemsOf(fixture.preview(), [object]);
    expect(problem).toMatchObject({
      type: 'ChartInvalid',
      message: expect.stringMatching(message) as unknown,
    });
  });

  test('tells everything at once, and leaves nothing behind', async () => {
    const preview = fixture.preview();
    const objects = [...hostile, ...broken].map(([, object]) => object);
    const problems = await problemsOf(preview, objects);
    expect(problems).toHaveLength(objects.length);
    const kinds = ['apps/v1/%/deployments', 'batch/v1/%/jobs', 'networking.k8s.io/v1/%/ingresses'];
    for (const kind of kinds) {
      const path = `/apis/${kind.replace('%', `namespaces/${preview.namespace}`)}`;
      expect(await fixture.read<{ items: unknown[] }>(path)).toMatchObject({ items: [] });
    }
  });

  test('passes what is well, twice, also when it is there already with other fields', async () => {
    const preview = fixture.preview();
    const objects = [web, ingress(`pr-${preview.number}.preview.localhost`), exposed({})];
    const hook = job('migrate', { ...pod, hook: 'pre-upgrade' });
    const render = async (): Promise<readonly KubernetesObject[]> => [...objects, hook];
    await fixture.prepare(preview, { render });
    const running = deployment('web', { ...pod, env: [{ name: 'A', value: 'text' }] });
    await fixture.deploy(preview, 'web', [
      running,
      job('migrate', { ...pod, args: ['crash', '1'], hook: 'pre-upgrade' }),
    ]);
    const from = { secretKeyRef: { name: 'a', key: 'b' } };
    const changed = deployment('web', { ...pod, env: [{ name: 'A', valueFrom: from }] });
    await fixture.prepare(preview, {
      render: async (_plan, service) => (service === 'web' ? [changed, hook] : []),
    });
  });
});

async function problemsOf(
  preview: TestPreview,
  objects: readonly KubernetesObject[],
): Promise<readonly Problem[]> {
  const render = async (_plan: unknown, service: string): Promise<readonly KubernetesObject[]> =>
    service === 'web' ? objects : [];
  const error: unknown = await fixture.prepare(preview, { render }).catch((error: unknown) => error);
  if (!(error instanceof ApplicationFailure)) throw new Error('it was not refused', { cause: error });
  expect(error.nonRetryable).toBe(true);
  const [report] = error.details as [FailureReport];
  return report.problems;
}

function ingress(host: string): TestObject {
  const backend = { service: { name: 'web', port: { number: 80 } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'web' },
    spec: { rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] },
  };
}

function exposed(spec: object): TestObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec },
  };
}
