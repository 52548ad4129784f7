import type { PoolConfig, PoolSize } from './capacity-messages.ts';

/** Everything a pool remembers: plain data, absolute times. It is handed on by continue-as-new. */
export interface CapacityState {
  readonly v: 1;
  readonly config: PoolConfig;
  readonly recovery: Recovery;
  /** In the order in which they were granted; one for each holder. */
  readonly leases: readonly Lease[];
  /** In the order in which places are given; one for each holder, none for one that has a lease. */
  readonly queue: readonly Entry[];
  /** Given back last, the newest at the end; one for each holder, its highest. What comes late of them is ignored. */
  readonly released: readonly string[];
  /** How long the last leases that were given back were held, in milliseconds; the newest last. */
  readonly holds: readonly number[];
  /** What holders are being told just now; at most one word for each of them. */
  readonly telling: readonly Telling[];
}

/** Rebuilding what is held, in the first run of a life. Until it is done nothing is granted. */
export interface Recovery {
  readonly state: 'due' | 'running' | 'done';
  /** Not before; null: at once. */
  readonly againAt: number | null;
  /** Why it failed last; null: it did not. */
  readonly problem: string | null;
  /** How often in a row it failed. */
  readonly rounds: number;
}

export interface Lease {
  readonly id: string;
  /** Null in a pool of numbers. */
  readonly place: string | null;
  /** Epoch milliseconds. */
  readonly grantedAt: number;
  /** The holder must be told of it. */
  readonly untold: boolean;
  /** The holder knew of it once, so that there may be something that needs the place: it is not taken from it. */
  readonly known: boolean;
}

export interface Entry {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly askedAt: number;
  readonly ready: boolean;
  readonly draft: boolean;
  /** A grant that the holder says it has, to be believed once leases are rebuilt; null: none. */
  readonly claim: { readonly place: string | null } | null;
  /** The position it was told last; null: none. */
  readonly told: number | null;
}

export interface Telling {
  readonly id: string;
  /** Null: its lease. */
  readonly position: number | null;
}

/** A pool at the beginning of its life: nothing is known of what is held. */
export function initialCapacity(config: PoolConfig): CapacityState {
  return {
    v: 1,
    config,
    recovery: { state: 'due', againAt: null, problem: null, rounds: 0 },
    leases: [],
    queue: [],
    released: [],
    holds: [],
    telling: [],
  };
}

/** Whether nothing runs that would be lost with this run of the workflow. */
export function isAtRest({ recovery, telling }: CapacityState): boolean {
  return recovery.state !== 'running' && telling.length === 0;
}

/** How many places there are. */
export function countOf(size: PoolSize): number {
  return 'places' in size ? size.places : new Set(size.stems).size;
}

/** Whether one more may be held. What was held before the pool shrank counts. */
export function hasRoom({ leases, config }: CapacityState): boolean {
  return leases.length < countOf(config.size);
}

/** A place that nobody has: null in a pool of numbers; undefined when every stem is taken. */
export function freePlace({ leases, config: { size } }: CapacityState): string | null | undefined {
  if ('places' in size) return null;
  return size.stems.find((stem) => leases.every(({ place }) => place !== stem));
}

/** The workflow that a lease or an entry belongs to; its id was read by `parseLeaseId` when it came. */
export function holderOf({ id }: { readonly id: string }): string {
  return id.slice(0, id.indexOf('#'));
}

/** Which request of its holder this is. */
export function numberOf({ id }: { readonly id: string }): number {
  return Number(id.slice(id.indexOf('#') + 1));
}

/** Whether a request was given back already, as far as is remembered. */
export function isReleased({ released }: CapacityState, request: { readonly id: string }): boolean {
  return released.some((id) => isSameHolder({ id }, request) && numberOf(request) <= numberOf({ id }));
}

/** Whether two ids are requests of one holder. */
export function isSameHolder(one: { readonly id: string }, other: { readonly id: string }): boolean {
  return holderOf(one) === holderOf(other);
}
