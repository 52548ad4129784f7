import type { CapacityState, Telling } from './capacity.ts';
import { holderOf } from './capacity.ts';

/** The one thing to do next; `wait` until a message, an end, or the instant `until` (null: never). */
export type CapacityStep =
  | { readonly kind: 'recover' }
  | { readonly kind: 'tell'; readonly telling: Telling }
  | { readonly kind: 'wait'; readonly until: number | null };

/** Words on their way at once; Temporal fails a workflow that has 2,000. */
const mostTellings = 100;

/**
 * Decides, from the state alone, what a pool does next: rebuild what is held, tell holders of their leases, tell
 * those who wait where they stand. Places are given by `applyToCapacity`, at once.
 */
export function nextCapacityStep(state: CapacityState, now: number): CapacityStep {
  const { recovery } = state;
  const again = recovery.state === 'due' ? (recovery.againAt ?? now) : null;
  if (again !== null && again <= now) return { kind: 'recover' };
  const telling = nextTelling(state);
  return telling === null ? { kind: 'wait', until: again } : { kind: 'tell', telling };
}

function nextTelling({ leases, queue, telling }: CapacityState): Telling | null {
  if (telling.length >= mostTellings) return null;
  // two words on their way to one holder could overtake each other
  const busy = new Set(telling.map(holderOf));
  const isFree = (one: { readonly id: string }): boolean => !busy.has(holderOf(one));
  const lease = leases.find((held) => held.untold && isFree(held));
  if (lease) return { id: lease.id, position: null };
  const index = queue.findIndex((entry, index) => isNews(entry.told, index + 1) && isFree(entry));
  const entry = queue[index];
  return entry ? { id: entry.id, position: index + 1 } : null;
}

/** Who enters is told, and then each time that half the way is done: telling all of every change is quadratic. */
function isNews(told: number | null, position: number): boolean {
  return told === null || position <= told / 2;
}
