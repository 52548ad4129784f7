import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { ApiRequest, KubernetesApi } from '../../activities/kubernetes/api.ts';
import { createKubernetesApi } from '../../activities/kubernetes/api.ts';
import { ApiError } from '../../activities/kubernetes/api-error.ts';
import { deployerOf } from '../../activities/kubernetes/bindings.ts';
import { loadKubeConfig } from '../../activities/kubernetes/clients.ts';
import type { TestPreview } from '../activities/kubernetes/fixture.ts';
import { createFixture, never } from '../activities/kubernetes/fixture.ts';

const fixture = createFixture(1700);
const { admin, clients } = fixture;
const workerConfig = loadKubeConfig(inject('stack').cluster?.workerKubeconfig);
const asUser = createKubernetesApi(workerConfig);
let own: TestPreview;
let other: TestPreview;
/** A namespace whose name fits the pattern, and that somebody else made. */
let human: TestPreview;

beforeAll(async () => {
  own = fixture.preview();
  other = fixture.preview();
  human = fixture.preview();
  await Promise.all([fixture.prepare(own), fixture.prepare(other)]);
  const body = { metadata: { name: human.namespace } };
  await admin.json({ method: 'POST', path: '/api/v1/namespaces', body }, never);
});
afterAll(() => fixture.close());

/** Rules as the chart grants them, and nothing else; one line each: groups, resources, names, verbs. */
const granted = {
  workerEverywhere: [
    '"" namespaces: create delete get list patch watch',
    'rbac.authorization.k8s.io clusterroles [preview-deployer preview-worker-ns]: bind get',
    'rbac.authorization.k8s.io rolebindings: create get patch',
  ],
  workerInside: [
    '"" configmaps events pods pods/log services: get list watch',
    '"" limitranges resourcequotas secrets serviceaccounts: create delete get list patch watch',
    '"" pods: delete',
    '"" serviceaccounts [preview-deployer]: impersonate',
    'apps daemonsets deployments replicasets statefulsets: get list watch',
    'batch jobs: get list watch',
    'coordination.k8s.io leases: create delete get patch update',
    'networking.k8s.io ingresses: get list watch',
    'networking.k8s.io networkpolicies: create delete get list patch',
  ],
  deployerInside: [
    '"" configmaps persistentvolumeclaims secrets serviceaccounts services: create delete get list patch update watch',
    '"" events pods pods/log: get list watch',
    'apps deployments replicasets statefulsets: create delete get list patch update watch',
    'autoscaling horizontalpodautoscalers: create delete get list patch update watch',
    'batch cronjobs jobs: create delete get list patch update watch',
    'networking.k8s.io ingresses: create delete get list patch update watch',
    'policy poddisruptionbudgets: create delete get list patch update watch',
  ],
};

describe('The rights that are granted', () => {
  test('the worker’s inside a preview are these, and no others', async () => {
    expect(await rulesOf(clients.worker, own.namespace)).toEqual(
      [...granted.workerEverywhere, ...granted.workerInside].toSorted(),
    );
  });

  test.for(['default', 'kube-system', 'pr-preview'])(
    'the worker’s in %s are these, and no others',
    async (namespace) => {
      expect(await rulesOf(clients.worker, namespace)).toEqual(granted.workerEverywhere.toSorted());
    },
  );

  test('the deployer’s inside its preview are these, and no others', async () => {
    expect(await rulesOf(clients.as(deployerOf(own.namespace)), own.namespace)).toEqual(
      granted.deployerInside.toSorted(),
    );
  });

  test('the deployer has none in another preview', async () => {
    expect(await rulesOf(clients.as(deployerOf(own.namespace)), other.namespace)).toEqual([]);
  });
});

interface Denied {
  readonly who: 'worker' | 'deployer';
  /** Verb and path; `OWN`, `OTHER` and `HUMAN` stand for namespaces. */
  readonly request: string;
  readonly body?: object;
  readonly patch?: 'merge' | 'apply';
  /** Part of the answer, where it is a policy's and not RBAC's. */
  readonly policy?: RegExp;
}

const pod = { metadata: { name: 'x' }, spec: { containers: [{ name: 'x', image: 'x' }] } };
const config = { metadata: { name: 'x' } };
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const apps = '/apis/apps/v1/namespaces';
const net = '/apis/networking.k8s.io/v1/namespaces';
const clusterAdmin = {
  metadata: { name: 'x' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ kind: 'ServiceAccount', name: 'worker', namespace: 'pr-preview' }],
};
const ourRole = { ...clusterAdmin, roleRef: { ...clusterAdmin.roleRef, name: 'preview-worker-ns' } };
const role = { metadata: { name: 'x' }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] };
const token = { spec: { audiences: [] } };
const ours = { metadata: { labels: { 'app.kubernetes.io/managed-by': 'pr-preview' } } };
const workload = {
  metadata: { name: 'x' },
  spec: {
    selector: { matchLabels: { a: 'b' } },
    template: { metadata: { labels: { a: 'b' } }, spec: pod.spec },
  },
};
const notOurs = /this namespace was not made by pr-preview/;
const outside = /may only write in namespaces like/;

const denied: readonly Denied[] = [
  // the worker, in the cluster's own scope
  { who: 'worker', request: 'GET /api/v1/nodes' },
  { who: 'worker', request: 'GET /api/v1/pods' },
  { who: 'worker', request: 'GET /api/v1/secrets' },
  { who: 'worker', request: 'GET /api/v1/events?watch=true' },
  { who: 'worker', request: 'GET /api/v1/persistentvolumes' },
  { who: 'worker', request: 'GET /apis/apps/v1/deployments' },
  { who: 'worker', request: 'GET /apis/coordination.k8s.io/v1/leases' },
  { who: 'worker', request: `GET ${rbac}/clusterroles/cluster-admin` },
  { who: 'worker', request: `GET ${rbac}/rolebindings` },
  { who: 'worker', request: `POST ${rbac}/clusterroles`, body: role },
  { who: 'worker', request: `PATCH ${rbac}/clusterroles/preview-deployer`, body: {}, patch: 'merge' },
  { who: 'worker', request: `PUT ${rbac}/clusterroles/preview-worker-ns`, body: role },
  { who: 'worker', request: `DELETE ${rbac}/clusterroles/preview-worker-ns` },
  { who: 'worker', request: `POST ${rbac}/clusterrolebindings`, body: clusterAdmin },
  { who: 'worker', request: 'DELETE /api/v1/namespaces' },
  { who: 'worker', request: 'PUT /api/v1/namespaces/OWN', body: { metadata: { name: 'OWN' } } },
  {
    who: 'worker',
    request: 'PUT /api/v1/namespaces/OWN/finalize',
    body: { metadata: { name: 'OWN' }, spec: {} },
  },
  { who: 'worker', request: 'POST /api/v1/persistentvolumes', body: config },
  { who: 'worker', request: 'POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions', body: config },
  {
    who: 'worker',
    request: 'DELETE /apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/pr-preview-scope',
  },
  {
    who: 'worker',
    request: 'PATCH /apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/pr-preview-scope',
    body: {},
    patch: 'merge',
  },
  { who: 'worker', request: 'POST /apis/certificates.k8s.io/v1/certificatesigningrequests', body: config },
  // the worker, on namespaces that are not previews of ours
  {
    who: 'worker',
    request: 'POST /api/v1/namespaces',
    body: { metadata: { name: 'other-1', ...ours.metadata } },
    policy: outside,
  },
  {
    who: 'worker',
    request: 'POST /api/v1/namespaces',
    body: { metadata: { name: 'preview-0', ...ours.metadata } },
    policy: outside,
  },
  {
    who: 'worker',
    request: 'POST /api/v1/namespaces',
    body: { metadata: { name: 'preview-1799999' } },
    policy: /must carry/,
  },
  { who: 'worker', request: 'PATCH /api/v1/namespaces/default', body: ours, patch: 'merge', policy: outside },
  { who: 'worker', request: 'DELETE /api/v1/namespaces/pr-preview', policy: outside },
  { who: 'worker', request: 'PATCH /api/v1/namespaces/HUMAN', body: ours, patch: 'merge', policy: notOurs },
  { who: 'worker', request: 'PATCH /api/v1/namespaces/HUMAN', body: ours, patch: 'apply', policy: notOurs },
  { who: 'worker', request: 'DELETE /api/v1/namespaces/HUMAN', policy: notOurs },
  { who: 'worker', request: `POST ${rbac}/namespaces/HUMAN/rolebindings`, body: ourRole, policy: notOurs },
  {
    who: 'worker',
    request: `POST ${rbac}/namespaces/kube-system/rolebindings`,
    body: ourRole,
    policy: outside,
  },
  {
    who: 'worker',
    request: `POST ${rbac}/namespaces/pr-preview/rolebindings`,
    body: ourRole,
    policy: outside,
  },
  {
    who: 'worker',
    request: 'PATCH /api/v1/namespaces/OWN',
    body: { metadata: { labels: { 'app.kubernetes.io/managed-by': null } } },
    patch: 'merge',
    policy: /must carry/,
  },
  // the worker, in other namespaces
  { who: 'worker', request: 'GET /api/v1/namespaces/default/secrets' },
  { who: 'worker', request: 'GET /api/v1/namespaces/kube-system/secrets/x' },
  { who: 'worker', request: 'GET /api/v1/namespaces/pr-preview/secrets/x' },
  { who: 'worker', request: 'GET /api/v1/namespaces/HUMAN/pods' },
  { who: 'worker', request: 'POST /api/v1/namespaces/default/secrets', body: config },
  { who: 'worker', request: 'DELETE /api/v1/namespaces/default/pods/x' },
  { who: 'worker', request: 'POST /api/v1/namespaces/pr-preview/serviceaccounts/worker/token', body: token },
  // the worker, inside a preview
  { who: 'worker', request: `POST ${rbac}/namespaces/OWN/rolebindings`, body: clusterAdmin },
  { who: 'worker', request: `GET ${rbac}/namespaces/OWN/rolebindings` },
  { who: 'worker', request: `GET ${rbac}/namespaces/OWN/rolebindings?watch=true` },
  { who: 'worker', request: `PUT ${rbac}/namespaces/OWN/rolebindings/pr-preview-worker`, body: ourRole },
  { who: 'worker', request: `DELETE ${rbac}/namespaces/OWN/rolebindings/pr-preview-worker` },
  { who: 'worker', request: `POST ${rbac}/namespaces/OWN/roles`, body: role },
  { who: 'worker', request: 'POST /api/v1/namespaces/OWN/pods', body: pod },
  { who: 'worker', request: 'PATCH /api/v1/namespaces/OWN/pods/x', body: {}, patch: 'merge' },
  { who: 'worker', request: 'DELETE /api/v1/namespaces/OWN/pods' },
  { who: 'worker', request: 'POST /api/v1/namespaces/OWN/pods/x/exec?command=ls' },
  { who: 'worker', request: 'POST /api/v1/namespaces/OWN/pods/x/attach' },
  { who: 'worker', request: 'POST /api/v1/namespaces/OWN/pods/x/portforward' },
  {
    who: 'worker',
    request: 'PATCH /api/v1/namespaces/OWN/pods/x/ephemeralcontainers',
    body: {},
    patch: 'merge',
  },
  { who: 'worker', request: 'POST /api/v1/namespaces/OWN/pods/x/eviction', body: config },
  { who: 'worker', request: 'POST /api/v1/namespaces/OWN/configmaps', body: config },
  { who: 'worker', request: 'POST /api/v1/namespaces/OWN/services', body: config },
  { who: 'worker', request: 'POST /api/v1/namespaces/OWN/events', body: config },
  { who: 'worker', request: 'POST /api/v1/namespaces/OWN/serviceaccounts/default/token', body: token },
  {
    who: 'worker',
    request: 'POST /api/v1/namespaces/OWN/serviceaccounts/preview-deployer/token',
    body: token,
  },
  { who: 'worker', request: 'PUT /api/v1/namespaces/OWN/secrets/x', body: config },
  { who: 'worker', request: 'DELETE /api/v1/namespaces/OWN/secrets' },
  { who: 'worker', request: 'PUT /api/v1/namespaces/OWN/resourcequotas/pr-preview', body: config },
  {
    who: 'worker',
    request: 'PATCH /api/v1/namespaces/OWN/resourcequotas/pr-preview/status',
    body: {},
    patch: 'merge',
  },
  { who: 'worker', request: `POST ${apps}/OWN/deployments`, body: workload },
  { who: 'worker', request: `PATCH ${apps}/OWN/deployments/x/scale`, body: {}, patch: 'merge' },
  { who: 'worker', request: `DELETE ${apps}/OWN/statefulsets/x` },
  { who: 'worker', request: 'POST /apis/batch/v1/namespaces/OWN/jobs', body: workload },
  { who: 'worker', request: 'GET /apis/batch/v1/namespaces/OWN/cronjobs' },
  { who: 'worker', request: `POST ${net}/OWN/ingresses`, body: config },
  { who: 'worker', request: `PUT ${net}/OWN/networkpolicies/pr-preview`, body: config },
  { who: 'worker', request: `GET ${net}/OWN/networkpolicies?watch=true` },
  { who: 'worker', request: 'GET /apis/coordination.k8s.io/v1/namespaces/OWN/leases' },
  { who: 'worker', request: 'DELETE /apis/coordination.k8s.io/v1/namespaces/OWN/leases' },
  // the deployer, in the cluster's own scope
  { who: 'deployer', request: 'GET /api/v1/namespaces' },
  { who: 'deployer', request: 'GET /api/v1/namespaces/OWN' },
  {
    who: 'deployer',
    request: 'POST /api/v1/namespaces',
    body: { metadata: { name: 'preview-1799999', ...ours.metadata } },
  },
  { who: 'deployer', request: 'PATCH /api/v1/namespaces/OWN', body: ours, patch: 'merge' },
  { who: 'deployer', request: 'DELETE /api/v1/namespaces/OWN' },
  { who: 'deployer', request: 'GET /api/v1/nodes' },
  { who: 'deployer', request: 'GET /api/v1/secrets' },
  { who: 'deployer', request: `POST ${rbac}/clusterroles`, body: role },
  { who: 'deployer', request: `POST ${rbac}/clusterrolebindings`, body: clusterAdmin },
  { who: 'deployer', request: 'POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions', body: config },
  // the deployer, in other namespaces
  { who: 'deployer', request: 'GET /api/v1/namespaces/OTHER/secrets' },
  { who: 'deployer', request: 'GET /api/v1/namespaces/OTHER/pods/x/log' },
  { who: 'deployer', request: 'POST /api/v1/namespaces/OTHER/configmaps', body: config },
  { who: 'deployer', request: `PATCH ${apps}/OTHER/deployments/x`, body: workload, patch: 'apply' },
  { who: 'deployer', request: 'DELETE /api/v1/namespaces/OTHER/services/x' },
  { who: 'deployer', request: 'GET /api/v1/namespaces/kube-system/configmaps' },
  { who: 'deployer', request: 'GET /api/v1/namespaces/default/secrets/x' },
  // the deployer, inside its preview
  { who: 'deployer', request: 'POST /api/v1/namespaces/OWN/pods', body: pod },
  { who: 'deployer', request: 'DELETE /api/v1/namespaces/OWN/pods/x' },
  { who: 'deployer', request: 'POST /api/v1/namespaces/OWN/pods/x/exec?command=ls' },
  { who: 'deployer', request: 'POST /api/v1/namespaces/OWN/pods/x/attach' },
  { who: 'deployer', request: 'POST /api/v1/namespaces/OWN/pods/x/portforward' },
  {
    who: 'deployer',
    request: 'PATCH /api/v1/namespaces/OWN/pods/x/ephemeralcontainers',
    body: {},
    patch: 'merge',
  },
  { who: 'deployer', request: 'POST /api/v1/namespaces/OWN/serviceaccounts/default/token', body: token },
  {
    who: 'deployer',
    request: 'POST /api/v1/namespaces/OWN/serviceaccounts/preview-deployer/token',
    body: token,
  },
  { who: 'deployer', request: 'POST /api/v1/namespaces/OWN/endpoints', body: config },
  {
    who: 'deployer',
    request: 'POST /apis/discovery.k8s.io/v1/namespaces/OWN/endpointslices',
    body: { ...config, addressType: 'IPv4', endpoints: [] },
  },
  { who: 'deployer', request: 'DELETE /api/v1/namespaces/OWN/secrets' },
  { who: 'deployer', request: 'GET /api/v1/namespaces/OWN/resourcequotas' },
  { who: 'deployer', request: 'POST /api/v1/namespaces/OWN/resourcequotas', body: config },
  {
    who: 'deployer',
    request: 'PATCH /api/v1/namespaces/OWN/resourcequotas/pr-preview',
    body: {},
    patch: 'merge',
  },
  { who: 'deployer', request: 'DELETE /api/v1/namespaces/OWN/limitranges/pr-preview' },
  { who: 'deployer', request: `POST ${net}/OWN/networkpolicies`, body: config },
  { who: 'deployer', request: `DELETE ${net}/OWN/networkpolicies/pr-preview` },
  { who: 'deployer', request: `POST ${rbac}/namespaces/OWN/rolebindings`, body: ourRole },
  {
    who: 'deployer',
    request: `PATCH ${rbac}/namespaces/OWN/rolebindings/pr-preview-deployer`,
    body: {},
    patch: 'merge',
  },
  { who: 'deployer', request: `POST ${rbac}/namespaces/OWN/roles`, body: role },
  { who: 'deployer', request: `POST ${apps}/OWN/daemonsets`, body: workload },
  { who: 'deployer', request: `PATCH ${apps}/OWN/deployments/x/scale`, body: {}, patch: 'merge' },
  { who: 'deployer', request: 'POST /apis/coordination.k8s.io/v1/namespaces/OWN/leases', body: config },
];

describe('Requests that are denied', () => {
  test.for(denied.map((row) => [`${row.who}: ${row.request}`, row] as const))('%s', async ([, row]) => {
    const request = requestOf(row);
    const answer = await answerTo(
      row.who === 'worker' ? clients.worker : clients.as(deployerOf(own.namespace)),
      request,
    );
    expect(answer?.status).toBe(403);
    expect(answer?.message).toMatch(row.policy ?? / cannot | attempting to grant RBAC permissions /);
    // A path with a mistake in it would be denied too: an administrator must get further.
    const adminAnswer = await answerTo(admin, request);
    expect(adminAnswer?.status).not.toBe(403);
    expect(adminAnswer?.message ?? '').not.toMatch(/could not find the requested resource|not allowed on/);
  });
});

describe('Whom the worker may act as', () => {
  test.for([
    'system:admin',
    'admin',
    'system:serviceaccount:pr-preview:worker-2',
    'system:serviceaccount:kube-system:default',
    'system:serviceaccount:default:preview-deployer',
    'system:serviceaccount:OWN:default',
    'system:serviceaccount:HUMAN:preview-deployer',
  ])('never %s', async (user) => {
    const api = asUser(named(user));
    const answer = await answerTo(api, { method: 'GET', path: '/api/v1/namespaces/default/pods' });
    expect(answer).toMatchObject({ status: 403 });
    expect(answer?.message).toMatch(/cannot impersonate/);
  });

  test('a deployer acts as nobody else', async () => {
    // The token's own user would be the deployer; impersonation cannot be chained.
    const review = {
      spec: {
        resourceAttributes: { verb: 'impersonate', resource: 'serviceaccounts', namespace: own.namespace },
      },
    };
    const answer = await clients
      .as(deployerOf(own.namespace))
      .json<{ status: { allowed: boolean } }>(
        { method: 'POST', path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', body: review },
        never,
      );
    expect(answer.status.allowed).toBe(false);
  });
});

function requestOf({ request, body, patch }: Denied): ApiRequest {
  const [method, target] = request.split(' ');
  const url = new URL(named(target ?? ''), 'http://server');
  const query = Object.fromEntries(url.searchParams);
  if (query['watch'] !== undefined) query['timeoutSeconds'] = '1';
  // Should one of them be allowed after all, nothing must come of it.
  if (method !== 'GET' && !/exec|attach|portforward/.test(url.pathname)) query['dryRun'] = 'All';
  if (patch === 'apply') Object.assign(query, { fieldManager: 'test', force: 'true' });
  return {
    method: method as ApiRequest['method'],
    path: url.pathname,
    query,
    ...(body === undefined
      ? {}
      : { body: JSON.parse(named(JSON.stringify(applied(body, { patch, url })))) as object }),
    ...(patch === undefined ? {} : { contentType: patches[patch] }),
  };
}

const patches = { merge: 'application/merge-patch+json', apply: 'application/apply-patch+yaml' };

function applied(body: object, { patch, url }: { patch: Denied['patch']; url: URL }): object {
  if (patch !== 'apply') return body;
  const isWorkload = url.pathname.includes('/deployments/');
  return isWorkload
    ? { apiVersion: 'apps/v1', kind: 'Deployment', ...body }
    : { apiVersion: 'v1', kind: 'Namespace', ...body };
}

function named(text: string): string {
  return text
    .replaceAll('OWN', own.namespace)
    .replaceAll('OTHER', other.namespace)
    .replaceAll('HUMAN', human.namespace);
}

async function answerTo(api: KubernetesApi, request: ApiRequest): Promise<ApiError | null> {
  try {
    await api.text(request, never);
    return null;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** What everybody has who is logged in: questions about oneself. */
const everybodys = /^(authorization|authentication)\.k8s\.io self/;

async function rulesOf(api: KubernetesApi, namespace: string): Promise<readonly string[]> {
  const review = await api.json<{ status: { resourceRules: readonly Rule[] } }>(
    {
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
      body: { spec: { namespace } },
    },
    never,
  );
  return review.status.resourceRules
    .map(({ verbs, apiGroups = [], resources = [], resourceNames = [] }) => {
      const groups = apiGroups.map((group) => (group === '' ? '""' : group)).join(' ');
      const names = resourceNames.length > 0 ? ` [${resourceNames.toSorted().join(' ')}]` : '';
      return `${groups} ${resources.toSorted().join(' ')}${names}: ${verbs.toSorted().join(' ')}`;
    })
    .filter((rule) => !everybodys.test(rule))
    .toSorted();
}
