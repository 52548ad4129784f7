import { CancelledFailure } from '@temporalio/common';
import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { ApiRequest, KubernetesApi } from '../../../activities/kubernetes/api.ts';
import { createKubernetesApi } from '../../../activities/kubernetes/api.ts';
import { ApiError } from '../../../activities/kubernetes/api-error.ts';
import type { KubernetesClients } from '../../../activities/kubernetes/clients.ts';
import { createKubernetesClients, loadKubeConfig } from '../../../activities/kubernetes/clients.ts';
import type { TestPreview } from './fixture.ts';
import { createFixture, deployment, eventually, never } from './fixture.ts';
import { freePort } from '../../support/free-port.ts';

const fixture = createFixture(1000);
const { admin } = fixture;
const sources = `test-sources-${process.pid}`;
const web = deployment('web', { image: 'a', args: [] });

interface Body {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly type?: string;
  readonly data?: Record<string, string>;
  readonly spec?: Record<string, unknown>;
  readonly [field: string]: unknown;
}

beforeAll(async () => {
  await create('/api/v1/namespaces', { metadata: { name: sources } });
  await create(`/api/v1/namespaces/${sources}/secrets`, {
    metadata: { name: 'wildcard' },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': base64('certificate'), 'tls.key': base64('key') },
  });
  await create(`/api/v1/namespaces/${sources}/secrets`, {
    metadata: { name: 'pull' },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': base64('{"auths":{}}') },
  });
  await create(`/api/v1/namespaces/${sources}/secrets`, {
    metadata: { name: 'private' },
    data: { word: base64('hidden') },
  });
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${sources}`;
  await create(`${rbac}/roles`, {
    metadata: { name: 'sources' },
    rules: [
      {
        apiGroups: [''],
        resources: ['secrets'],
        verbs: ['get'],
        resourceNames: ['wildcard', 'pull', 'gone'],
      },
    ],
  });
  await create(`${rbac}/rolebindings`, {
    metadata: { name: 'sources' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'sources' },
    subjects: [{ kind: 'ServiceAccount', name: 'worker', namespace: 'pr-preview' }],
  });
});
afterAll(async () => {
  await admin.json({ method: 'DELETE', path: `/api/v1/namespaces/${sources}` }, never);
  await fixture.close();
});

describe('Preparing a namespace', () => {
  test('makes everything that must be there before Helm', async () => {
    const preview = fixture.preview();
    const { uid } = await fixture.prepare(preview);

    const namespace = await fixture.read<Body>(`/api/v1/namespaces/${preview.namespace}`);
    expect(namespace?.metadata.uid).toBe(uid);
    expect(namespace?.metadata.labels).toMatchObject({
      'app.kubernetes.io/managed-by': 'pr-preview',
      app: 'preview',
      pr: String(preview.number),
      'pod-security.kubernetes.io/enforce': 'baseline',
    });
    expect(namespace?.metadata.annotations).toMatchObject({
      'pr-preview.io/hosts': `pr-${preview.number}.preview.localhost`,
      'pr-preview.io/owner': JSON.stringify(preview.plan.owner),
    });
    const quota = await inside<{ status: { hard: Record<string, string> } }>(
      preview,
      'resourcequotas/pr-preview',
    );
    expect(quota?.status.hard).toMatchObject({ pods: '10', 'services.nodeports': '0', 'limits.cpu': '500m' });
    const account = await inside<Body>(preview, 'serviceaccounts/default');
    expect(account).toMatchObject({ automountServiceAccountToken: false });
    expect(await inside(preview, 'limitranges/pr-preview')).not.toBeNull();
    const network = await fixture.read<Body>(
      `/apis/networking.k8s.io/v1/namespaces/${preview.namespace}/networkpolicies/pr-preview`,
    );
    expect(network?.spec).toMatchObject({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  });

  test('asks the server at most eight times in a row, as a deploy waits for it', async () => {
    const preview = fixture.preview({ secrets: [generated({ secret: { bytes: 32 } })] });
    let answered = 0;
    const clients = watched(fixture.clients, async (request, send) => {
      const depth = answered + 1;
      const answer = await send();
      // How often the quota is looked at depends on how busy the machine is.
      if (!(request.method === 'GET' && request.path.includes('/resourcequotas/')))
        answered = Math.max(answered, depth);
      return answer;
    });
    await fixture.prepare(preview, {
      clients,
      render: async () => [web],
    });
    expect(answered).toBeLessThanOrEqual(8);
  });

  test('a second time changes nothing and answers the same namespace', async () => {
    const preview = fixture.preview();
    const first = await fixture.prepare(preview);
    const before = await inside<Body>(preview, 'resourcequotas/pr-preview');
    const second = await fixture.prepare(preview);
    const after = await inside<Body>(preview, 'resourcequotas/pr-preview');
    expect(second).toEqual(first);
    expect(after?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
  });

  test('five at once end in one namespace and one set of generated secrets', async () => {
    const preview = fixture.preview({ secrets: [generated({ secret: { bytes: 32 } })] });
    const made = await Promise.all(Array.from({ length: 5 }, () => fixture.prepare(preview)));
    expect(new Set(made.map(({ uid }) => uid)).size).toBe(1);
    const secret = await inside<Body>(preview, 'secrets/jwt');
    await fixture.prepare(preview);
    expect((await inside<Body>(preview, 'secrets/jwt'))?.data).toEqual(secret?.data);
  });

  test('broken off at any request and run again, it comes to the same end', async () => {
    const total = await countRequests(fixture.preview());
    expect(total).toBeGreaterThan(8);
    for (let step = 1; step <= total; step += 1) {
      const preview = fixture.preview();
      const environment = fixture.environment();
      let sent = 0;
      const clients = counting(fixture.clients, (count) => {
        sent = count;
        if (count === step) environment.cancel('CANCELLED');
      });
      const activities = fixture.activities({ clients });
      const error: unknown = await environment
        .run(() => activities.prepareNamespace({ plan: preview.reference }))
        .catch((error: unknown) => error);
      // How often the quota is looked at varies, so the last steps may not be reached.
      if (sent >= step) expect(error, `step ${step}`).toBeInstanceOf(CancelledFailure);
      await fixture.prepare(preview);
      expect(await inside(preview, 'resourcequotas/pr-preview'), `step ${step}`).not.toBeNull();
      expect(await inside<Body>(preview, 'serviceaccounts/default'), `step ${step}`).toMatchObject({
        automountServiceAccountToken: false,
      });
      await admin.json({ method: 'DELETE', path: `/api/v1/namespaces/${preview.namespace}` }, never);
    }
  });

  test('keeps generated values, and adds keys that are new', async () => {
    const preview = fixture.preview({ secrets: [generated({ secret: { bytes: 32 } })] });
    await fixture.prepare(preview);
    const before = await inside<Body>(preview, 'secrets/jwt');
    const later = { ...preview, plan: { ...preview.plan } };
    Object.assign(preview.plan, { secrets: [generated({ secret: { bytes: 32 }, salt: { bytes: 8 } })] });
    await fixture.prepare(later);
    const after = await inside<Body>(preview, 'secrets/jwt');
    expect(Buffer.from(before?.data?.['secret'] ?? '', 'base64').toString()).toMatch(/^[\w-]{43}$/);
    expect(after?.data?.['secret']).toBe(before?.data?.['secret']);
    expect(after?.data).toHaveProperty('salt');
  });

  test('copies secrets as they are now, and pods pull with the pull secret', async () => {
    const preview = fixture.preview({
      tlsSecret: copy('wildcard', 'tls'),
      pullSecrets: [copy('pull', 'pull-local')],
    });
    await fixture.prepare(preview);
    expect(await inside(preview, 'secrets/tls')).toMatchObject({
      type: 'kubernetes.io/tls',
      data: { 'tls.key': base64('key') },
    });
    expect(await inside(preview, 'serviceaccounts/default')).toMatchObject({
      imagePullSecrets: [{ name: 'pull-local' }],
    });
    await admin.json(
      {
        method: 'PATCH',
        path: `/api/v1/namespaces/${sources}/secrets/wildcard`,
        body: { data: { 'tls.key': base64('renewed') } },
        contentType: 'application/merge-patch+json',
      },
      never,
    );
    await fixture.prepare(preview);
    expect(await inside(preview, 'secrets/tls')).toMatchObject({ data: { 'tls.key': base64('renewed') } });
  });

  test('replaces a secret that was of another type', async () => {
    const preview = fixture.preview({ tlsSecret: copy('wildcard', 'tls') });
    await fixture.prepare(preview);
    Object.assign(preview.plan, { tlsSecret: copy('pull', 'tls') });
    await fixture.prepare(preview);
    expect(await inside(preview, 'secrets/tls')).toMatchObject({ type: 'kubernetes.io/dockerconfigjson' });
  });

  test('says which secret is missing, and which one the worker may not read', async () => {
    const missing = fixture.preview({ pullSecrets: [copy('gone', 'gone')] });
    await expect(fixture.prepare(missing)).rejects.toMatchObject({
      type: 'SourceSecretMissing',
      nonRetryable: true,
      message: expect.stringContaining(`${sources}/gone`) as unknown,
    });
    const denied = fixture.preview({ secrets: [{ kind: 'copy', ...copy('private', 'private') }] });
    await expect(fixture.prepare(denied)).rejects.toMatchObject({
      type: 'ClusterDenied',
      message: expect.stringContaining('source secrets of the pr-preview chart') as unknown,
    });
  });

  test('never copies a certificate into an outsider’s preview', async () => {
    const preview = fixture.preview({ tlsSecret: copy('wildcard', 'tls') });
    Object.assign(preview.plan, { inputs: { ...preview.plan.inputs, outsider: true } });
    await expect(fixture.prepare(preview)).rejects.toMatchObject({ type: 'PlanRefused' });
    expect(await inside(preview, 'secrets/tls')).toBeNull();
  });

  test('leaves a namespace alone that nobody marked as ours, and says who made it', async () => {
    const preview = fixture.preview();
    await create('/api/v1/namespaces?fieldManager=kubectl-create', { metadata: { name: preview.namespace } });
    const before = await fixture.read<Body>(`/api/v1/namespaces/${preview.namespace}`);
    await expect(fixture.prepare(preview)).rejects.toMatchObject({
      type: 'NamespaceNotOurs',
      nonRetryable: true,
      message: expect.stringContaining('belongs to somebody else, made with kubectl-create') as unknown,
    });
    const after = await fixture.read<Body>(`/api/v1/namespaces/${preview.namespace}`);
    expect(after?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
  });

  test('leaves the namespace of another repository’s preview alone, and names that preview', async () => {
    const preview = fixture.preview();
    await fixture.prepare(preview);
    const other = { ...preview.plan.owner, repositoryId: 8, repository: 'other' };
    Object.assign(preview.plan, { owner: other });
    await expect(fixture.prepare(preview)).rejects.toMatchObject({
      type: 'NamespaceNotOurs',
      message: expect.stringContaining(`Example/app#${preview.number} of platform pr-preview`) as unknown,
    });
  });

  test('keeps the namespace of a repository that was renamed', async () => {
    const preview = fixture.preview();
    const { uid } = await fixture.prepare(preview);
    Object.assign(preview.plan, { owner: { ...preview.plan.owner, repository: 'renamed' } });
    expect(await fixture.prepare(preview)).toEqual({ uid });
  });

  test('waits for one that is going away, and hangs on a finalizer, and makes a new one', async () => {
    const preview = fixture.preview();
    const { uid } = await fixture.prepare(preview);
    const path = `/api/v1/namespaces/${preview.namespace}/configmaps`;
    await create(path, { metadata: { name: 'held', finalizers: ['example.test/hold'] } });
    await admin.json({ method: 'DELETE', path: `/api/v1/namespaces/${preview.namespace}` }, never);
    const again = fixture.prepare(preview);
    const early = await Promise.race([
      again,
      new Promise((resolve) => setTimeout(resolve, 1_500, 'waiting')),
    ]);
    expect(early).toBe('waiting');
    await eventually('the finalizer can be removed', async () => {
      const body = { metadata: { finalizers: null } };
      const contentType = 'application/merge-patch+json';
      await admin.json({ method: 'PATCH', path: `${path}/held`, body, contentType }, never);
      return true;
    });
    expect((await again).uid).not.toBe(uid);
  });

  test('says that the API server is away, and lets Temporal try again', async () => {
    const away = createKubernetesClients(configOf(`https://127.0.0.1:${await freePort()}`));
    await expect(fixture.prepare(fixture.preview(), { clients: away })).rejects.toMatchObject({
      type: 'ClusterUnavailable',
      nonRetryable: false,
      message: expect.stringContaining('ECONNREFUSED') as unknown,
    });
  });

  test('says which right is missing when the worker’s account has none', async () => {
    const as = createKubernetesApi(loadKubeConfig(inject('stack').cluster?.adminKubeconfig));
    const clients = { ...fixture.clients, worker: as('system:serviceaccount:pr-preview:nobody') };
    await expect(fixture.prepare(fixture.preview(), { clients })).rejects.toMatchObject({
      type: 'ClusterDenied',
      nonRetryable: true,
      message: expect.stringContaining('cannot get resource "namespaces"') as unknown,
    });
  });

  test.each([
    { type: 'NamespaceTerminating', status: 403, message: 'forbidden: because it is being terminated' },
    { type: 'ClusterConflict', status: 403, message: 'forbidden: status unknown for quota: pr-preview' },
    { type: 'ClusterConflict', status: 404, message: 'namespaces "preview-1" not found' },
    { type: 'ClusterUnavailable', status: 408, message: 'the request timed out' },
  ])('a trial that meets $message is made again', async ({ type, status, message }) => {
    const preview = fixture.preview();
    const clients = watched(fixture.clients, async (request, send) => {
      if (request.query?.['dryRun'] === undefined) return await send();
      throw new ApiError(message, { status });
    });
    const prepared = fixture.prepare(preview, { clients, render: async () => [web] });
    await expect(prepared).rejects.toMatchObject({ type, nonRetryable: false });
  });

  test('waits for a deployer’s rights also where an attempt before has made the namespace', async () => {
    const preview = fixture.preview();
    await fixture.prepare(preview);
    const deniedUntil = performance.now() + 400;
    let denied = 0;
    const clients = watched(fixture.clients, async (request, send) => {
      if (request.query?.['dryRun'] === undefined || performance.now() > deniedUntil) return await send();
      denied += 1;
      throw new ApiError('User "deployer" cannot patch resource "deployments"', { status: 403 });
    });
    await fixture.prepare(preview, { clients, render: async () => [web] });
    expect(denied).toBeGreaterThan(0);
  });

  test('lays a wrong amount at the platform config’s door', async () => {
    const preview = fixture.preview();
    Object.assign(preview.plan, { quota: { ...preview.plan.quota, limitsCpu: 'plenty' } });
    await expect(fixture.prepare(preview)).rejects.toMatchObject({ type: 'InvalidPlatformConfig' });
  });
});

async function inside<T = Body>(preview: TestPreview, path: string): Promise<T | null> {
  return await fixture.read<T>(`/api/v1/namespaces/${preview.namespace}/${path}`);
}

async function create(path: string, body: object): Promise<void> {
  const [bare = '', search] = path.split('?');
  const query = Object.fromEntries(new URLSearchParams(search));
  await admin.json({ method: 'POST', path: bare, body, query }, never);
}

function copy(from: string, name: string): { from: { namespace: string; name: string }; name: string } {
  return { from: { namespace: sources, name: from }, name };
}

function generated(keys: Record<string, { bytes: number }>) {
  return { kind: 'generate' as const, name: 'jwt', keys };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function configOf(server: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: 'away', server, skipTLSVerify: true }, { name: 'nobody' });
  return config;
}

function counting(clients: KubernetesClients, seen: (count: number) => void): KubernetesClients {
  let count = 0;
  return watched(clients, async (_request, send) => {
    seen(++count);
    return await send();
  });
}

type Around = <T>(request: ApiRequest, send: () => Promise<T>) => Promise<T>;

function watched(clients: KubernetesClients, around: Around): KubernetesClients {
  const wrapped = (api: KubernetesApi): KubernetesApi => ({
    json: (request, signal) => around(request, () => api.json(request, signal)),
    text: (request, signal) => around(request, () => api.text(request, signal)),
    stream: (request, signal) => around(request, () => api.stream(request, signal)),
  });
  return { ...clients, worker: wrapped(clients.worker), as: (account) => wrapped(clients.as(account)) };
}

async function countRequests(preview: TestPreview): Promise<number> {
  let total = 0;
  await fixture.prepare(preview, { clients: counting(fixture.clients, (count) => (total = count)) });
  return total;
}
