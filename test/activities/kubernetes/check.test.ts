import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubernetesApi } from '../../../activities/kubernetes/api.ts';
import { ApiError } from '../../../activities/kubernetes/api-error.ts';
import { checkCluster } from '../../../activities/kubernetes/check.ts';
import type { SecretCopy } from '../../../domain/plan.ts';
import type { TestPreview } from './fixture.ts';
import { createFixture, never } from './fixture.ts';

const fixture = createFixture(1600);
const { admin, operations } = fixture;
const sources = `test-check-${process.pid}`;

beforeAll(async () => {
  const secret = { metadata: { name: 'there' }, data: {} };
  const rule = { apiGroups: [''], resources: ['secrets'], verbs: ['get'], resourceNames: ['there', 'gone'] };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'sources' };
  const subjects = [{ kind: 'ServiceAccount', name: 'worker', namespace: 'pr-preview' }];
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${sources}`;
  await create('/api/v1/namespaces', { metadata: { name: sources } });
  await create(`/api/v1/namespaces/${sources}/secrets`, secret);
  await create(`${rbac}/roles`, { metadata: { name: 'sources' }, rules: [rule] });
  await create(`${rbac}/rolebindings`, { metadata: { name: 'sources' }, roleRef, subjects });
});
afterAll(async () => {
  await admin.json({ method: 'DELETE', path: `/api/v1/namespaces/${sources}` }, never);
  await fixture.close();
});

describe('Checking the cluster', () => {
  test('finds nothing wrong where all is there, and creates nothing', async () => {
    const preview = fixture.preview();
    const answer = await ask(preview, { tlsSecret: from('there'), pullSecrets: [from('there')] });
    expect(answer).toEqual({ problems: [], warnings: [], exists: false });
    expect(await fixture.read(`/api/v1/namespaces/${preview.namespace}`)).toBeNull();
  });

  test('tells every problem at once', async () => {
    const preview = fixture.preview();
    await create('/api/v1/namespaces', { metadata: { name: preview.namespace } });
    const { problems } = await ask(preview, {
      tlsSecret: { from: { namespace: sources, name: 'gone' }, name: 'tls' },
      pullSecrets: [from('gone')],
      copies: [from('private')],
    });
    expect(problems.map(({ type, where }) => `${type} ${where}`)).toEqual([
      `NamespaceNotOurs Namespace/${preview.namespace}`,
      `TlsSecretMissing Secret/${sources}/gone`,
      `SourceSecretMissing Secret/${sources}/gone`,
      `ClusterDenied Secret/${sources}/private`,
    ]);
  });

  test('gives the manifest that makes the missing certificate', async () => {
    const preview = fixture.preview();
    const { problems } = await ask(preview, { tlsSecret: from('gone') });
    expect(problems[0]?.message).toContain(
      [
        'apiVersion: cert-manager.io/v1',
        'kind: Certificate',
        'metadata:',
        '  name: gone',
        `  namespace: ${sources}`,
        'spec:',
        '  secretName: gone',
        '  dnsNames:',
        '    - "*.preview.localhost"',
      ].join('\n'),
    );
  });

  test('never copies certificates or secrets for an outsider', async () => {
    const preview = fixture.preview();
    const { problems } = await ask(preview, {
      tlsSecret: from('there'),
      copies: [from('other')],
      pullSecrets: [{ from: { namespace: sources, name: 'gone' }, name: 'pull' }],
      outsider: true,
    });
    expect(problems.map(({ type }) => type)).toEqual(['PlanRefused', 'PlanRefused', 'SourceSecretMissing']);
  });

  test('warns when the cluster cannot give probes to Deployments', async () => {
    const older: KubernetesApi = {
      ...fixture.clients.worker,
      json: async (request, signal) => {
        if (request.path.startsWith('/apis/admissionregistration')) throw new ApiError('no', { status: 404 });
        return await fixture.clients.worker.json(request, signal);
      },
    };
    const preview = fixture.preview();
    const { warnings } = await checkCluster(older, question(preview, {}), never);
    expect(warnings).toEqual([expect.stringContaining('MutatingAdmissionPolicy')]);
  });

  test('does not take a server that is not well for an answer', async () => {
    const broken: KubernetesApi = {
      ...fixture.clients.worker,
      json: () => Promise.reject(new ApiError('etcd is away', { status: 500 })),
    };
    const asked = checkCluster(broken, question(fixture.preview(), { tlsSecret: from('there') }), never);
    await expect(asked).rejects.toMatchObject({ type: 'ClusterUnavailable', nonRetryable: false });
  });
});

interface Wanted {
  readonly tlsSecret?: SecretCopy;
  readonly pullSecrets?: readonly SecretCopy[];
  readonly copies?: readonly SecretCopy[];
  readonly outsider?: boolean;
}

function question({ plan }: TestPreview, wanted: Wanted): Parameters<typeof operations.checkCluster>[0] {
  const nothing = { tlsSecret: null, pullSecrets: [], copies: [], outsider: false };
  return { names: plan.names, owner: plan.owner, ...nothing, ...wanted };
}

function ask(preview: TestPreview, wanted: Wanted): ReturnType<typeof operations.checkCluster> {
  return operations.checkCluster(question(preview, wanted), never);
}

function from(name: string): SecretCopy {
  return { from: { namespace: sources, name }, name };
}

async function create(path: string, body: object): Promise<void> {
  await admin.json({ method: 'POST', path, body }, never);
}
