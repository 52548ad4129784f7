import type { CapacityState } from './capacity.ts';
import { countOf } from './capacity.ts';
import type { CapacityStatus } from './capacity-messages.ts';

/** What a pool says of itself. */
export function capacityStatusOf(pool: string, state: CapacityState, now: number): CapacityStatus {
  const estimates = estimatesOf(state, now);
  return {
    pool,
    at: now,
    size: state.config.size,
    recovered: state.recovery.state === 'done',
    problem: state.recovery.problem,
    leases: state.leases.map(({ id, place, grantedAt }) => ({ id, place, grantedAt })),
    queue: state.queue.map(({ id, askedAt, ready, draft }, index) => ({
      id,
      askedAt,
      ready,
      draft,
      position: index + 1,
      estimateMs: estimates[index] ?? null,
    })),
  };
}

/**
 * How long each of the queue will wait, in milliseconds, in the queue's order. A place is expected back when it was
 * held as long as the middle one of the last 20 was (until there are some: as long as a preview lives by default), or
 * at once when that has passed. Each that is ready takes the first place that comes free and holds it as long.
 * Null: nothing can be said, as of one that is not ready, or while it is not known what is held.
 */
function estimatesOf(state: CapacityState, now: number): (number | null)[] {
  const { leases, queue, config, recovery } = state;
  const places = countOf(config.size);
  if (recovery.state !== 'done' || places === 0) return queue.map(() => null);
  const hold = median(state.holds) ?? config.holdMs;
  const ends = leases.map(({ grantedAt }) => Math.max(now, grantedAt + hold)).toSorted(ascending);
  // in a pool that shrank the first to end give way to nobody
  const free = [
    ...ends.slice(Math.max(0, ends.length - places)),
    ...Array<number>(spare(places, ends)).fill(now),
  ];
  free.sort(ascending);
  return queue.map(({ ready }) => {
    if (!ready) return null;
    const [at = now] = free.splice(0, 1);
    insert(free, at + hold);
    return at - now;
  });
}

function spare(places: number, ends: readonly number[]): number {
  return Math.max(0, places - ends.length);
}

/** Keeps the order of a sorted list. */
function insert(sorted: number[], value: number): void {
  const index = sorted.findIndex((other) => other > value);
  sorted.splice(index === -1 ? sorted.length : index, 0, value);
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted(ascending);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? null : (upper + lower) / 2;
}

function ascending(one: number, other: number): number {
  return one - other;
}
