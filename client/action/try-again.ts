import { setTimeout as delay } from 'node:timers/promises';

interface Patience {
  /** Milliseconds before the second try, the third, and so on; after the last one it is given up. */
  readonly pausesMs: readonly number[];
  /** How long after this error it is to be left alone at least, in milliseconds; null: to try again does not help. */
  readonly wishOf: (error: unknown) => number | null;
}

/** Does work until it succeeds, as long as that may help. @throws its last error. */
export async function tryAgain<T>(work: () => Promise<T>, { pausesMs, wishOf }: Patience): Promise<T> {
  for (const pauseMs of pausesMs) {
    try {
      return await work();
    } catch (error) {
      const wishMs = wishOf(error);
      if (wishMs === null) throw error;
      await delay(Math.max(pauseMs, wishMs));
    }
  }
  return await work();
}
