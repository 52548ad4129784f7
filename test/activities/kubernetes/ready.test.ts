import { afterAll, beforeAll, describe, test, vi } from 'vitest';
import type { KubernetesApi } from '../../../activities/kubernetes/api.ts';
import { awaitReady } from '../../../activities/kubernetes/ready.ts';
import { createWorlds } from '../../../activities/kubernetes/watch/worlds.ts';
import type { TestPreview } from './fixture.ts';
import { createFixture, deployment, eventually, job, never, statefulSet, testImage } from './fixture.ts';

vi.setConfig({ maxConcurrency: 20, testTimeout: 120_000 });

const fixture = createFixture(1400);
const { operations } = fixture;
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

function ready(preview: TestPreview, timeoutMs = 40_000): Promise<void> {
  return operations.awaitReady(
    { namespace: preview.namespace, release: 'web', service: 'web', timeoutMs },
    never,
  );
}

/** The worker's clients, the watches that are opened by them, and what was read once all are open. */
function watched(): {
  readonly clients: typeof fixture.clients;
  readonly watches: readonly AbortSignal[];
  readonly readSince: readonly unknown[];
} {
  const watches: AbortSignal[] = [];
  const readSince: unknown[] = [];
  const { worker } = fixture.clients;
  const api: KubernetesApi = {
    ...worker,
    json: async <T>(...asked: Parameters<KubernetesApi['json']>): Promise<T> => {
      const isSince = watches.length === 6;
      const answer = await worker.json<T>(...asked);
      if (isSince) readSince.push(answer);
      return answer;
    },
    stream: (request, signal) => {
      watches.push(signal);
      return worker.stream(request, signal);
    },
  };
  return { clients: { ...fixture.clients, worker: api, worlds: createWorlds(api) }, watches, readSince };
}

describe('Waiting for a release', { concurrent: true }, () => {
  test('ends when Deployments, StatefulSets and Jobs are ready', async ({ expect }) => {
    const preview = await prepared();
    await fixture.deploy(preview, 'web', [
      deployment('web', { image, args: ['serve'], replicas: 2 }),
      statefulSet('store', { image, args: ['serve'] }),
      job('seed', { image, args: ['slow', '1'], probe: false }),
    ]);
    await ready(preview);
    const running = await operations.runningDigests({ namespace: preview.namespace }, never);
    expect(running.map(({ release, container }) => `${release} ${container}`)).toEqual(
      Array.from({ length: 3 }, () => 'web app'),
    );
    expect(new Set(running.map(({ imageId }) => imageId.replace(/.*@/, '')))).toEqual(
      new Set([image.replace(/.*@/, '')]),
    );
  });

  test('looks at the workloads of that release alone', async () => {
    const preview = await prepared();
    await fixture.deploy(preview, 'worker', [deployment('worker', { image, args: ['crash', '1'] })]);
    await fixture.deploy(preview, 'web', [deployment('web', { image, args: ['serve'] })]);
    await ready(preview);
  });

  test('a release without workloads is ready', async () => {
    const preview = await prepared();
    await fixture.deploy(preview, 'web', [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web' } },
    ]);
    await ready(preview, 1_000);
  });

  test('is not content with what was ready before the update', async ({ expect }) => {
    const preview = await prepared();
    await fixture.deploy(preview, 'web', [deployment('web', { image, args: ['serve'] })]);
    await ready(preview);
    for (const seconds of ['1', '2', '3']) {
      await fixture.deploy(preview, 'web', [deployment('web', { image, args: ['serve', seconds] })]);
      await ready(preview);
      const path = `/api/v1/namespaces/${preview.namespace}/pods`;
      const pods = await fixture.read<{ items: Pod[] }>(path);
      const current = pods?.items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      expect(current?.map(({ spec }) => spec.containers[0]?.args)).toEqual([['serve', seconds]]);
    }
  });

  test('fails early for what was broken already and has not changed', async ({ expect }) => {
    const preview = await prepared();
    await fixture.deploy(preview, 'web', [deployment('web', { image: 'NOT-a-name', args: [] })]);
    await expect(ready(preview)).rejects.toMatchObject({ type: 'ServiceFailed' });
    await expect(ready(preview)).rejects.toMatchObject({
      type: 'ServiceFailed',
      nonRetryable: true,
      details: [{ service: 'web', reason: 'InvalidImageName' }],
    });
  });

  test('says in time what is not ready, with log tail and probe events', async ({ expect }) => {
    const preview = await prepared();
    await fixture.deploy(preview, 'web', [
      deployment('web', { image, args: ['serve', '600'], env: [hello] }),
    ]);
    const refusal = (): Promise<unknown> => ready(preview, 3_000).catch((error: unknown) => error);
    // its pod has started, was probed and has logged something by the end of one of these times
    await expect.poll(refusal, { timeout: 60_000, interval: 0 }).toMatchObject({
      type: 'ServiceTimeout',
      message: expect.stringMatching(
        /^web was not ready within 3 s: Deployment web: 0 of 1 pods available, web-\S+ running, not ready$/,
      ) as unknown,
      details: [
        {
          logTail: ['MESSAGE is hello'],
          events: expect.arrayContaining([expect.stringContaining('Readiness probe failed')]) as unknown,
        },
      ],
    });
  });

  test('fails when somebody deletes what it waits for', async ({ expect }) => {
    const preview = await prepared();
    await fixture.deploy(preview, 'web', [deployment('web', { image, args: ['serve', '600'] })]);
    const { clients, readSince } = watched();
    const question = { namespace: preview.namespace, release: 'web', timeoutMs: 60_000 };
    const waiting = awaitReady(clients, question, never);
    waiting.catch(() => undefined);
    await eventually('Deployments, StatefulSets and Jobs are read', async () => readSince.length >= 3);
    const path = `/apis/apps/v1/namespaces/${preview.namespace}/deployments/web`;
    await fixture.admin.json({ method: 'DELETE', path }, never);
    await expect(waiting).rejects.toMatchObject({
      type: 'ServiceFailed',
      message: 'Deployment web was deleted by somebody while it was waited for.',
    });
  });

  test('stops at once when it is cancelled, and leaves no watch open', async ({ expect }) => {
    const preview = await prepared();
    await fixture.deploy(preview, 'web', [deployment('web', { image, args: ['serve', '600'] })]);
    const { clients, watches } = watched();
    const cancel = new AbortController();
    const question = { namespace: preview.namespace, release: 'web', timeoutMs: 60_000 };
    const waiting = awaitReady(clients, question, cancel.signal);
    waiting.catch(() => undefined);
    await eventually('six kinds are watched', async () => watches.length === 6);
    const reason = new Error('cancelled');
    cancel.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(watches.every(({ aborted }) => aborted)).toBe(true);
  });

  test('a StatefulSet that is put back recovers when its broken pod is deleted', async ({ expect }) => {
    const preview = await prepared();
    await fixture.deploy(preview, 'web', [statefulSet('store', { image, args: ['serve'] })]);
    await ready(preview);
    await fixture.deploy(preview, 'web', [statefulSet('store', { image, args: ['crash', '1'] })]);
    await eventually('the pod is broken', () => hasBrokenPod(preview));
    await fixture.deploy(preview, 'web', [statefulSet('store', { image, args: ['serve'] })]);
    const at = { namespace: preview.namespace, release: 'web' };
    expect(await operations.deleteBrokenPods(at, never)).toEqual(['store-0']);
    await ready(preview);
    expect(await operations.deleteBrokenPods(at, never)).toEqual([]);
  });
});

interface Pod {
  readonly metadata: { readonly deletionTimestamp?: string };
  readonly spec: { readonly containers: readonly { readonly args: readonly string[] }[] };
  readonly status: { readonly containerStatuses?: readonly { readonly restartCount: number }[] };
}

const hello = { name: 'MESSAGE', value: 'hello' };

async function hasBrokenPod(preview: TestPreview): Promise<boolean> {
  const pods = await fixture.read<{ items: Pod[] }>(`/api/v1/namespaces/${preview.namespace}/pods`);
  return pods?.items.some(({ status }) => (status.containerStatuses?.[0]?.restartCount ?? 0) > 0) ?? false;
}
