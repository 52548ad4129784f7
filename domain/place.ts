import { leaseId, parseLeaseId } from './capacity-messages.ts';
import type { AcquireMessage } from './capacity-messages.ts';
import type { LeaseMessage } from './messages.ts';

/** Where in its pool's queue a preview stood when it was last told. */
export interface QueuePosition {
  /** From 1. */
  readonly position: number;
  /** When it will probably have its place, in epoch milliseconds; null: nothing can be said. */
  readonly expectedAt: number | null;
}

/** What a preview has asked of its pool, and what it was told. Instants are epoch milliseconds. */
export interface PlaceRequest {
  /** Of the request, or of the next one; grows over all lives of a preview, so that late words are known as such. */
  readonly number: number;
  /** When a place was first wanted: the queue goes by it; null: none is wanted. */
  readonly askedAt: number | null;
  /** What the pool was told last; null: nothing yet. */
  readonly told: PlaceNeed | null;
  /** Asked once more then, should the pool have been lost; null: not waiting. */
  readonly askAgainAt: number | null;
  /** How long was waited before asking once more the last time, in milliseconds. */
  readonly pauseMs: number;
  readonly queue: QueuePosition | null;
  /** `place` is a stem; null in a pool of numbers. */
  readonly granted: { readonly place: string | null; readonly at: number } | null;
  /** Leases that were granted to requests of ours that are over: to be given back. */
  readonly strays: readonly string[];
}

/** What a pool is told of a request. */
export interface PlaceNeed {
  /** Checked and its images there. */
  readonly ready: boolean;
  readonly draft: boolean;
}

/** First pause before asking once more; each further one is twice as long. */
const firstPauseMs = 60_000;
const longestPauseMs = 3_600_000;

/** Nothing asked yet; the number of the first request is the time, so that no earlier life had a greater one. */
export function noPlace(number: number): PlaceRequest {
  return {
    number,
    askedAt: null,
    told: null,
    askAgainAt: null,
    pauseMs: firstPauseMs,
    queue: null,
    granted: null,
    strays: [],
  };
}

/** Whether the pool must hear something: of a new request, of one that changed, or once more of one it may have lost. */
export function mustAsk(request: PlaceRequest, need: PlaceNeed, now: number): boolean {
  const { told, askAgainAt } = request;
  if (told === null || told.ready !== need.ready || told.draft !== need.draft) return true;
  return askAgainAt !== null && askAgainAt <= now;
}

/** The request after the pool was told of it. */
export function asked(request: PlaceRequest, need: PlaceNeed, now: number): PlaceRequest {
  const again = request.askAgainAt !== null && request.askAgainAt <= now;
  const pauseMs = again ? Math.min(2 * request.pauseMs, longestPauseMs) : request.pauseMs;
  return {
    ...request,
    askedAt: request.askedAt ?? now,
    told: need,
    pauseMs,
    askAgainAt: request.granted === null ? now + pauseMs : null,
  };
}

/** What the pool is told. */
export function acquireMessage(
  request: PlaceRequest,
  { workflowId, need, now }: { readonly workflowId: string; readonly need: PlaceNeed; readonly now: number },
): AcquireMessage {
  const { number, askedAt, granted } = request;
  return {
    id: leaseId(workflowId, number),
    askedAt: askedAt ?? now,
    ...need,
    granted: granted === null ? null : { place: granted.place },
  };
}

/** The request after the pool's word. A lease that nobody asked for, or no longer, is to be given back. */
export function heard(
  request: PlaceRequest,
  {
    message,
    workflowId,
    now,
  }: { readonly message: LeaseMessage; readonly workflowId: string; readonly now: number },
): PlaceRequest {
  const { id } = message;
  // only numbers of our own are ours to give back
  if (parseLeaseId(id)?.workflowId !== workflowId) return request;
  const ours = id === leaseId(workflowId, request.number) && request.askedAt !== null;
  // a late duplicate may have made a request of ours that is over stand again: it is given back
  if (!ours) return request.strays.includes(id) ? request : { ...request, strays: [...request.strays, id] };
  if (message.state === 'queued') {
    if (request.granted !== null) return request;
    const { position, estimateMs } = message;
    const expectedAt = estimateMs === null ? null : now + estimateMs;
    return { ...request, queue: { position, expectedAt } };
  }
  if (request.granted !== null) return request;
  return { ...request, queue: null, askAgainAt: null, granted: { place: message.place, at: now } };
}

/**
 * What is given back: the request itself where it is wanted no longer, and strays once nothing is held. Before that a
 * stray may be what an earlier life's things need, and a pool that is just being rebuilt would believe it.
 */
export function toGiveBack(
  request: PlaceRequest,
  {
    workflowId,
    wanted,
    holdsNothing,
  }: { readonly workflowId: string; readonly wanted: boolean; readonly holdsNothing: boolean },
): string[] {
  const own = wanted || request.askedAt === null ? [] : [leaseId(workflowId, request.number)];
  return [...(holdsNothing ? request.strays : []), ...own];
}

/** The request after leases were given back. */
export function gaveBack(
  request: PlaceRequest,
  { workflowId, ids }: { readonly workflowId: string; readonly ids: readonly string[] },
): PlaceRequest {
  const strays = request.strays.filter((id) => !ids.includes(id));
  if (!ids.includes(leaseId(workflowId, request.number))) return { ...request, strays };
  return { ...noPlace(request.number + 1), strays };
}
