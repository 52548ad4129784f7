import type { Read } from './messages.ts';
import { isCount, wrong } from './read-message.ts';

/** How many previews may exist at once: a number of places, or one for each fixed stem of their hosts. */
export type PoolSize = { readonly places: number } | { readonly stems: readonly string[] };

/** What an operator configures of a pool. */
export interface PoolConfig {
  readonly size: PoolSize;
  /** How long a place is held, by default, in milliseconds: what waiting is estimated from until some were given back. */
  readonly holdMs: number;
}

/** What `capacity` is started with, and what it hands on to itself by continue-as-new. */
export interface CapacityInput<State = unknown> {
  readonly v: 1;
  /** The platform's name. */
  readonly pool: string;
  readonly config: PoolConfig;
  /** Null in the first run of a life. */
  readonly state: State | null;
}

/** What `acquire` carries. Sent again, it changes what is said of the request, never its position. */
export interface AcquireMessage {
  /** `leaseId` of the asking workflow and its request's number. */
  readonly id: string;
  /** When the asker first wanted a place, epoch milliseconds: the queue's order, also after it was lost. */
  readonly askedAt: number;
  /** Checked and its images there: others are passed over without losing their position. */
  readonly ready: boolean;
  /** Drafts come last. */
  readonly draft: boolean;
  /** What the asker was granted already: believed where nobody else has it. Null: nothing. */
  readonly granted: { readonly place: string | null } | null;
}

/** What `release` carries. */
export interface ReleaseMessage {
  readonly id: string;
}

/** Answer of the query `capacity`: plain data, absolute times. */
export interface CapacityStatus {
  readonly pool: string;
  /** The instant that estimates count from: that of the pool's last step. */
  readonly at: number;
  readonly size: PoolSize;
  /** False: leases are still being rebuilt from the cluster, and nothing is granted. */
  readonly recovered: boolean;
  /** Why they could not be rebuilt yet; null: nothing failed. */
  readonly problem: string | null;
  readonly leases: readonly LeaseStatus[];
  /** In the order in which places are given. */
  readonly queue: readonly QueueStatus[];
}

export interface LeaseStatus {
  readonly id: string;
  readonly place: string | null;
  /** Epoch milliseconds. */
  readonly grantedAt: number;
}

export interface QueueStatus {
  readonly id: string;
  /** When a place was first wanted, epoch milliseconds. */
  readonly askedAt: number;
  /** From 1. */
  readonly position: number;
  /** Milliseconds; null: nothing can be said. */
  readonly estimateMs: number | null;
  readonly ready: boolean;
  readonly draft: boolean;
}

/** `<workflow id>#<n>`: one request of one preview. Numbers of one preview only grow, over all its lives. */
export function leaseId(workflowId: string, number: number): string {
  return `${workflowId}#${number}`;
}

/**
 * The workflow and the number of a lease's id; null when the text is none. Printable ASCII alone: Temporal counts an
 * id's bytes, and a pool that told a holder with too long an id would fail again and again.
 */
export function parseLeaseId(id: string): { readonly workflowId: string; readonly number: number } | null {
  const match = /^(?<workflowId>[!"$-~]{1,255})#(?<number>\d{1,15})$/.exec(id);
  if (!match?.groups) return null;
  return { workflowId: match.groups['workflowId'] ?? '', number: Number(match.groups['number']) };
}

/** Reads an `acquire`. */
export function readAcquire(argument: unknown): Read<AcquireMessage> {
  const shape = '{"id": "preview:…#1", "askedAt": 1, "ready": true, "draft": false, "granted": null}';
  if (typeof argument !== 'object' || argument === null) return wrong(shape, argument);
  const {
    id,
    askedAt,
    ready,
    draft,
    granted = null,
  } = argument as Partial<Record<keyof AcquireMessage, unknown>>;
  if (typeof id !== 'string' || parseLeaseId(id) === null || !isCount(askedAt)) return wrong(shape, argument);
  if (typeof ready !== 'boolean' || typeof draft !== 'boolean') return wrong(shape, argument);
  if (granted === null) return { ok: true, value: { id, askedAt, ready, draft, granted } };
  const { place } = granted as { place?: unknown };
  if (typeof granted !== 'object' || !(place === null || typeof place === 'string'))
    return wrong(shape, argument);
  return { ok: true, value: { id, askedAt, ready, draft, granted: { place } } };
}

/** Reads a `release`. */
export function readRelease(argument: unknown): Read<ReleaseMessage> {
  const { id } = (argument ?? {}) as { id?: unknown };
  if (typeof id === 'string' && parseLeaseId(id) !== null) return { ok: true, value: { id } };
  return wrong('{"id": "preview:…#1"}', argument);
}

/** Reads a pool's configuration. */
export function readPoolConfig(argument: unknown): Read<PoolConfig> {
  const shape = '{"size": {"places": 3} | {"stems": ["…"]}, "holdMs": 259200000}';
  const { size, holdMs } = (argument ?? {}) as {
    size?: { places?: unknown; stems?: unknown };
    holdMs?: unknown;
  };
  if (!isCount(holdMs) || typeof size !== 'object' || size === null) return wrong(shape, argument);
  const { places, stems } = size;
  if (isCount(places) && stems === undefined) return { ok: true, value: { size: { places }, holdMs } };
  if (!Array.isArray(stems) || stems.length === 0 || places !== undefined) return wrong(shape, argument);
  if (!stems.every((stem): stem is string => typeof stem === 'string' && stem !== ''))
    return wrong(shape, argument);
  return { ok: true, value: { size: { stems }, holdMs } };
}

/** Reads what a pool's workflow was started with. */
export function readCapacityInput<State>(argument: unknown): Read<CapacityInput<State>> {
  const shape = '{"v": 1, "pool": "…", "config": {"size", "holdMs"}, "state": null}';
  const { v, pool, config, state = null } = (argument ?? {}) as Partial<Record<keyof CapacityInput, unknown>>;
  if (v !== 1 || typeof pool !== 'string' || typeof state !== 'object') return wrong(shape, argument);
  const read = readPoolConfig(config);
  return read.ok ? { ok: true, value: { v, pool, config: read.value, state: state as State | null } } : read;
}
