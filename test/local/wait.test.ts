import { describe, expect, it } from 'vitest';
import { waitFor } from '../../local/wait.ts';

describe('waitFor', () => {
  it('answers the first thing that is neither undefined nor false, and takes a failure as not yet', async () => {
    const tries = [
      () => Promise.reject(new Error('refused')),
      () => Promise.resolve(false as const),
      () => Promise.resolve(undefined),
      () => Promise.resolve('there'),
    ];
    expect(
      await waitFor(() => (tries.shift() ?? (() => Promise.resolve('late')))(), { what: 'It', everyMs: 1 }),
    ).toBe('there');
  });

  it('says what did not happen, with the last failure as cause', async () => {
    const waiting = waitFor(() => Promise.reject(new Error('refused')), {
      what: 'An answer',
      timeoutMs: 20,
      everyMs: 5,
    });
    await expect(waiting).rejects.toMatchObject({
      message: 'An answer did not happen within 0.02 s.',
      cause: expect.objectContaining({ message: 'refused' }) as Error,
    });
  });

  it('gives up at once when it is told that there is no hope', async () => {
    const check = (): void => {
      throw new Error('it died');
    };
    await expect(waitFor(async () => false, { what: 'It', check })).rejects.toThrow('it died');
  });
});
