import type { Handling } from './handling.ts';

/**
 * What became of GitHub's deliveries, by their id, so that one that comes twice is handled once. The last 10,000 of this
 * process: what is forgotten is handled again, which harms nothing (`handleEvent`).
 */
export interface Deliveries {
  /** The handling of a delivery: the one that is known, or a new one. One that came to nothing may come again. */
  once(id: string, start: () => Handling): { readonly handling: Handling; readonly again: boolean };
}

export function createDeliveries(atMost = 10_000): Deliveries {
  const known = new Map<string, Handling>();
  return {
    once: (id, start) => {
      const before = known.get(id);
      if (before !== undefined) return { handling: before, again: true };
      const handling = start();
      known.set(id, handling);
      // also when words to a person were not written
      handling.result.catch(() => known.delete(id));
      for (const oldest of known.keys()) {
        if (known.size <= atMost) break;
        known.delete(oldest);
      }
      return { handling, again: false };
    },
  };
}
