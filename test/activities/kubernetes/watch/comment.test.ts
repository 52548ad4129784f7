import { describe, expect, test } from 'vitest';
import { createComment } from '../../../../activities/kubernetes/watch/comment.ts';
import { eventually } from '../fixture.ts';

describe('The comment of a running deploy', () => {
  test('is written at once, then the newest body after a while, and never the same twice', async () => {
    const written: { body: string; at: number }[] = [];
    const comment = createComment({
      everyMs: 300,
      write: async (body) => void written.push({ body, at: performance.now() }),
      failed: () => undefined,
    });
    for (const body of ['a', 'b', 'c', 'c']) {
      comment.offer(body);
      await Promise.resolve();
    }
    await eventually('a write', async () => written.length === 1);
    comment.offer('d');
    comment.offer('e');
    await eventually('a second write', async () => written.length === 2);
    comment.offer('e');
    await comment.close();
    expect(written.map(({ body }) => body)).toEqual(['c', 'e']);
    expect((written[1]?.at ?? 0) - (written[0]?.at ?? 0)).toBeGreaterThanOrEqual(295);
  });

  test('lets a write that is under way end before it is closed, and writes no more', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let writes = 0;
    const comment = createComment({
      everyMs: 0,
      write: () => {
        writes += 1;
        return promise;
      },
      failed: () => undefined,
    });
    comment.offer('a');
    await eventually('the write', async () => writes === 1);
    comment.offer('b');
    let closed = false;
    const closing = comment.close().then(() => (closed = true));
    await new Promise(setImmediate);
    expect(closed).toBe(false);
    resolve();
    await closing;
    expect(writes).toBe(1);
  });

  test('tries again with the next body after a write that failed', async () => {
    const failures: unknown[] = [];
    const written: string[] = [];
    const comment = createComment({
      everyMs: 0,
      write: async (body) => {
        if (body === 'a') throw new Error('GitHub is away');
        written.push(body);
      },
      failed: (error) => failures.push(error),
    });
    comment.offer('a');
    await eventually('the failure', async () => failures.length === 1);
    comment.offer('b');
    await eventually('the write', async () => written.length === 1);
    await comment.close();
  });
});
