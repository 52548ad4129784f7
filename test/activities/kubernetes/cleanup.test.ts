import { CancelledFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, test, vi } from 'vitest';
import type { KubernetesActivities } from '../../../activities/kubernetes/activities.ts';
import type { Deletion } from '../../../activities/kubernetes/cleanup.ts';
import { awaitNamespaceGone } from '../../../activities/kubernetes/cleanup.ts';
import type { TestPreview } from './fixture.ts';
import { createFixture, deployment, eventually, never, testImage } from './fixture.ts';

vi.setConfig({ maxConcurrency: 20 });

const fixture = createFixture(1500);
const { admin, operations } = fixture;
let image: string;
beforeAll(async () => {
  image = await testImage();
});
afterAll(() => fixture.close());

async function prepared(): Promise<TestPreview> {
  const preview = fixture.preview();
  await fixture.prepare(preview);
  return preview;
}

function run<T>(work: (activities: KubernetesActivities) => Promise<T>): Promise<T> {
  return fixture.environment().run(() => work(fixture.activities()));
}

const remove = ({ target }: TestPreview): Promise<Deletion> =>
  run((activities) => activities.deleteNamespace(target));
const gone = ({ target }: TestPreview): Promise<void> =>
  run((activities) => activities.awaitNamespaceGone(target));

async function hold(preview: TestPreview): Promise<() => Promise<void>> {
  const path = `/api/v1/namespaces/${preview.namespace}/configmaps`;
  const body = { metadata: { name: 'held', finalizers: ['example.test/hold'] } };
  await admin.json({ method: 'POST', path, body }, never);
  return async () => {
    const contentType = 'application/merge-patch+json';
    const release = { metadata: { finalizers: null } };
    await admin.json({ method: 'PATCH', path: `${path}/held`, body: release, contentType }, never);
  };
}

describe('Taking a namespace away', { concurrent: true }, () => {
  test('keeps the last words, waits for the pods, and a second time is a success', async ({ expect }) => {
    const preview = await prepared();
    const data = { word: 'hidden-word' };
    await operations.applySecret(
      { namespace: preview.namespace, name: 'words', data, owner: preview.plan.owner },
      never,
    );
    const env = [{ name: 'MESSAGE', value: 'hidden-word' }];
    await fixture.deploy(preview, 'web', [deployment('web', { image, args: ['serve'], env })]);
    await operations.awaitReady({ namespace: preview.namespace, release: 'web', timeoutMs: 40_000 }, never);

    const deleted = await remove(preview);
    expect(deleted).toMatchObject({ state: 'draining', detail: '' });
    expect(deleted.evidence.join('\n')).toMatch(
      /^web-\S+ \(ready\), app:\nMESSAGE is \[secret words\/word\]\nlistening/,
    );
    expect(JSON.stringify(deleted)).not.toContain('hidden-word');
    const pods = await fixture.read<{ items: unknown[] }>(`/api/v1/namespaces/${preview.namespace}/pods`);
    expect(pods?.items ?? []).toEqual([]);

    await gone(preview);
    expect(await fixture.read(`/api/v1/namespaces/${preview.namespace}`)).toBeNull();
    expect(await remove(preview)).toEqual({ state: 'absent', detail: '', evidence: [] });
    await gone(preview);
  });

  test('twice at once comes to one end', async ({ expect }) => {
    const preview = await prepared();
    const deleted = await Promise.all([remove(preview), remove(preview), remove(preview)]);
    for (const { state } of deleted) expect(['draining', 'absent']).toContain(state);
    await gone(preview);
  });

  test('broken off and run again, it goes on', async ({ expect }) => {
    const preview = await prepared();
    const release = await hold(preview);
    await remove(preview);
    const environment = fixture.environment();
    const waiting = environment.run(() => fixture.activities().awaitNamespaceGone(preview.target));
    waiting.catch(() => undefined);
    environment.cancel('WORKER_SHUTDOWN');
    await expect(waiting).rejects.toBeInstanceOf(CancelledFailure);
    await release();
    await gone(preview);
  });

  test('says what blocks a namespace that hangs on a finalizer', { timeout: 90_000 }, async ({ expect }) => {
    const preview = await prepared();
    const release = await hold(preview);
    expect(await remove(preview)).toMatchObject({ state: 'draining', detail: '' });
    const blockers = await eventually('the cluster says what remains', async () => {
      const namespace = await fixture.read<{ status: { conditions?: { type: string; message: string }[] } }>(
        `/api/v1/namespaces/${preview.namespace}`,
      );
      return namespace?.status.conditions?.find(({ type }) => type === 'NamespaceFinalizersRemaining');
    });
    expect(blockers.message).toContain('example.test/hold');
    const { target } = preview;
    const waiting = awaitNamespaceGone(fixture.clients.worker, { target, withinMs: 300 }, never);
    await expect(waiting).rejects.toMatchObject({
      type: 'NamespaceStuck',
      nonRetryable: false,
      message: expect.stringMatching(
        /NamespaceContentRemaining: .*configmaps.*NamespaceFinalizersRemaining: .*example\.test\/hold/,
      ) as unknown,
    });
    await release();
    await gone(preview);
  });

  test('never touches a namespace that is not ours, and says whose it is', async ({ expect }) => {
    const preview = fixture.preview();
    await admin.json(
      {
        method: 'POST',
        path: '/api/v1/namespaces',
        query: { fieldManager: 'kubectl-create' },
        body: { metadata: { name: preview.namespace } },
      },
      never,
    );
    expect(await remove(preview)).toEqual({
      state: 'foreign',
      detail: `Namespace ${preview.namespace} belongs to somebody else, made with kubectl-create; it was not touched.`,
      evidence: [],
    });
    const namespace = await fixture.read<{ metadata: object }>(`/api/v1/namespaces/${preview.namespace}`);
    expect(namespace?.metadata).not.toHaveProperty('deletionTimestamp');
    expect(await operations.readNamespace(preview.target, never)).toEqual({
      state: 'foreign',
      whose: 'somebody else, made with kubectl-create',
    });
  });

  test('never touches another repository’s preview', async ({ expect }) => {
    const preview = await prepared();
    const stranger = { ...preview, target: { ...preview.target, repositoryId: 99 } };
    expect(await remove(stranger)).toMatchObject({
      state: 'foreign',
      detail: expect.stringContaining(`Example/app#${preview.number}`) as unknown,
    });
  });

  test('knows its own by name when the repository’s id is not known', async ({ expect }) => {
    const preview = await prepared();
    const nameless = { ...preview.target, repositoryId: null, owner: 'example', repository: 'APP' };
    expect((await operations.readNamespace(nameless, never)).state).toBe('ours');
    expect((await operations.readNamespace({ ...nameless, repository: 'other' }, never)).state).toBe(
      'foreign',
    );
  });

  test('lets Temporal try again when the namespace is there and is not being deleted', async ({ expect }) => {
    await expect(gone(await prepared())).rejects.toMatchObject({
      type: 'NamespaceStuck',
      nonRetryable: false,
    });
  });
});
