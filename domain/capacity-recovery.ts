import { applyAcquire } from './capacity-acquire.ts';
import type { CapacityState, Entry, Lease } from './capacity.ts';
import { holderOf, isReleased, isSameHolder, numberOf } from './capacity.ts';
import type { CapacityStatus, LeaseStatus } from './capacity-messages.ts';
import { leaseId, parseLeaseId } from './capacity-messages.ts';
import type { OwnerMark } from './pull-request.ts';
import { previewWorkflowId } from './workflow-ids.ts';

/** Rounds in vain after which what the pool's last run knew is no longer waited for: about ten minutes. */
const roundsAtMost = 8;

/** What is known of a pool whose workflow was lost; one lease for each holder. */
export interface Recovered {
  readonly leases: readonly RecoveredLease[];
  /** In the order that it had. */
  readonly queue: readonly RecoveredEntry[];
}

export interface RecoveredLease extends LeaseStatus {
  /** A namespace needs it. Without one its holder is told once more, and gives it back if it wants it no longer. */
  readonly exists: boolean;
}

export type RecoveredEntry = Pick<Entry, 'id' | 'askedAt' | 'ready' | 'draft'>;

/** A namespace of the pool's platform, as far as its lease is concerned. */
export interface LeasedNamespace {
  readonly owner: OwnerMark;
  /** Epoch milliseconds; null: not known. */
  readonly createdAt: number | null;
  readonly lease: string | null;
  readonly place: string | null;
}

/** What was seen: the cluster's namespaces, and what the pool's last run said of itself; null: nothing. */
export interface Remains {
  readonly namespaces: readonly LeasedNamespace[];
  readonly last: CapacityStatus | null;
}

/**
 * Puts together what is held. Every namespace is a lease; of the last run's leases those of holders that are not
 * known to be closed; of one holder the highest number.
 */
export function recoveredFrom(
  { namespaces, last }: Remains,
  { closed, now }: { readonly closed: ReadonlySet<string>; readonly now: number },
): Recovered {
  const found = new Map<string, RecoveredLease>();
  for (const namespace of namespaces) {
    const { createdAt, place } = namespace;
    const lease = { id: leaseOf(namespace), place, grantedAt: createdAt ?? now, exists: true };
    found.set(holderOf(lease), joined(found.get(holderOf(lease)), lease));
  }
  for (const { id, place, grantedAt } of last?.leases ?? []) {
    const lease = { id, place, grantedAt, exists: false };
    const holder = holderOf(lease);
    if (!closed.has(holder)) found.set(holder, joined(found.get(holder), lease));
  }
  const queue = (last?.queue ?? []).map(({ id, askedAt, ready, draft }) => ({ id, askedAt, ready, draft }));
  return { leases: [...found.values()].toSorted((one, other) => one.grantedAt - other.grantedAt), queue };
}

/**
 * The pool with what was found, less what was given back meanwhile. Then each request is looked at once more, in the
 * queue's order: grants that are claimed, and holders whose lease was found.
 */
export function applyRecovered(state: CapacityState, recovered: Recovered, now: number): CapacityState {
  const leases = recovered.leases.filter((lease) => !isReleased(state, lease)).map(leaseFrom);
  const begun: CapacityState = {
    ...state,
    recovery: { state: 'done', againAt: null, problem: null, rounds: 0 },
    leases,
  };
  const known = recovered.queue.reduce(
    (pool, entry) => applyAcquire(pool, { ...entry, granted: null }, now),
    begun,
  );
  const isSettled = (entry: Entry): boolean =>
    entry.claim === null && !known.leases.some((lease) => isSameHolder(lease, entry));
  return known.queue
    .filter((entry) => !isSettled(entry))
    .reduce((pool, { id, askedAt, ready, draft, claim }) => {
      const queue = pool.queue.filter((other) => other.id !== id);
      return applyAcquire({ ...pool, queue }, { id, askedAt, ready, draft, granted: claim }, now);
    }, known);
}

/** Whether the next round goes on with namespaces alone, should the pool's last run not answer in it either. */
export function mayGiveUp({ recovery }: Pick<CapacityState, 'recovery'>): boolean {
  return recovery.rounds >= roundsAtMost;
}

/** A lease that is not written on its namespace is older than any request. */
function leaseOf({ lease, owner }: LeasedNamespace): string {
  return lease !== null && parseLeaseId(lease) !== null ? lease : leaseId(previewWorkflowId(owner), 0);
}

function joined(one: RecoveredLease | undefined, other: RecoveredLease): RecoveredLease {
  if (!one) return other;
  const [higher, lower] = numberOf(other) > numberOf(one) ? [other, one] : [one, other];
  return {
    ...higher,
    place: higher.place ?? lower.place,
    grantedAt: Math.min(one.grantedAt, other.grantedAt),
    exists: one.exists || other.exists,
  };
}

/** The holder knew of it, or may have; told again it answers what it wants no longer by giving it back. */
function leaseFrom({ id, place, grantedAt, exists }: RecoveredLease): Lease {
  return { id, place, grantedAt, untold: !exists, known: true };
}
