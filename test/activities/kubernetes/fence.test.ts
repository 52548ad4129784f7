import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubernetesApi } from '../../../activities/kubernetes/api.ts';
import { NoAnswer } from '../../../activities/kubernetes/api-error.ts';
import type { Fence } from '../../../activities/kubernetes/fence.ts';
import { acquireFence } from '../../../activities/kubernetes/fence.ts';
import type { TestPreview } from './fixture.ts';
import { createFixture, eventually, never } from './fixture.ts';

const fixture = createFixture(1200);
const api = fixture.clients.worker;
let preview: TestPreview;
beforeAll(async () => {
  preview = fixture.preview();
  await fixture.prepare(preview);
});
afterAll(() => fixture.close());

function fence(name: string, holder: string, through: KubernetesApi = api): Promise<Fence> {
  const [runId = '', attempt] = holder.split(':');
  const wanted = { namespace: preview.namespace, name, holder: { runId, attempt: Number(attempt) } };
  return acquireFence(through, wanted, never);
}

async function lease(
  name: string,
): Promise<{ spec: { holderIdentity?: string; renewTime?: string } } | null> {
  return await fixture.read(`/apis/coordination.k8s.io/v1/namespaces/${preview.namespace}/leases/${name}`);
}

describe('The fence', () => {
  test('is free again as soon as it is given back', async () => {
    const first = await fence('back', 'run-a:1');
    expect((await lease('back'))?.spec.holderIdentity).toBe('run-a:1');
    await first.release();
    await first.release();
    const started = performance.now();
    const second = await fence('back', 'run-b:1');
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(first.signal.aborted).toBe(false);
    await second.release();
  });

  test('one run waits until another gives it back', async () => {
    const first = await fence('wait', 'run-a:1');
    const second = fence('wait', 'run-b:1');
    const early = await Promise.race([
      second,
      new Promise((resolve) => setTimeout(resolve, 1_200, 'waiting')),
    ]);
    expect(early).toBe('waiting');
    await first.release();
    await (await second).release();
  });

  test('is renewed while it is held', async () => {
    const held = await fence('renew', 'run-a:1');
    const before = (await lease('renew'))?.spec.renewTime;
    await eventually('a renewal', async () => (await lease('renew'))?.spec.renewTime !== before, 10);
    expect(held.signal.aborted).toBe(false);
    await held.release();
  });

  test('a higher attempt takes over, the lower one loses it and cannot have it back', async () => {
    const lower = await fence('attempts', 'run-a:1');
    const higher = await fence('attempts', 'run-a:2');
    expect(lower.signal.aborted).toBe(true);
    expect(lower.signal.reason).toMatchObject({ type: 'FenceLost', nonRetryable: false });
    await lower.release();
    expect((await lease('attempts'))?.spec.holderIdentity).toBe('run-a:2');
    expect(higher.signal.aborted).toBe(false);
    await higher.release();
    await expect(fence('attempts', 'run-a:1')).rejects.toMatchObject({ type: 'FenceLost' });
  });

  test('of many that want it at once, one has it at a time', async () => {
    let holding = 0;
    const most: number[] = [];
    await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (run) => {
        const held = await fence('many', `${run}:1`);
        most.push(++holding);
        await new Promise((resolve) => setTimeout(resolve, 50));
        holding -= 1;
        await held.release();
      }),
    );
    expect(most).toEqual([1, 1, 1, 1]);
  });

  test('is lost when it cannot be renewed in time', async () => {
    let isAway = false;
    const through: KubernetesApi = {
      ...api,
      json: async (request, signal) => {
        if (isAway) throw new NoAnswer('away');
        return await api.json(request, signal);
      },
    };
    const held = await fence('away', 'run-a:1', through);
    isAway = true;
    await eventually('the loss', async () => held.signal.aborted, 20);
    expect(held.signal.reason).toMatchObject({
      type: 'FenceLost',
      message: expect.stringContaining('could not be renewed') as unknown,
    });
    await held.release();
  });

  test('aborts with its parent, for the parent’s reason', async () => {
    const parent = new AbortController();
    const wanted = { namespace: preview.namespace, name: 'parent', holder: { runId: 'run-a', attempt: 1 } };
    const held = await acquireFence(api, wanted, parent.signal);
    const reason = new Error('cancelled');
    parent.abort(reason);
    expect(held.signal.reason).toBe(reason);
    await held.release();
    expect((await lease('parent'))?.spec.holderIdentity).toBeUndefined();
  });

  test('says so when the namespace is not there', async () => {
    const wanted = { namespace: 'preview-1299999', name: 'x', holder: { runId: 'run-a', attempt: 1 } };
    await expect(acquireFence(api, wanted, never)).rejects.toMatchObject({ type: 'ClusterDenied' });
  });
});
