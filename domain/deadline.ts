import { formatDuration } from './lifetime.ts';
import type { PlannedLifetime } from './plan.ts';

/** What a preview's deadline follows from. Instants are epoch milliseconds. */
export interface Lifetime {
  /** Out of the last check; null: none has been made yet. */
  readonly limits: PlannedLifetime | null;
  /** The last push or command. */
  readonly askedAt: number | null;
  /** When it got its place; null: nothing is held, and no time runs. */
  readonly begunAt: number | null;
  /** What somebody extended it to; null: nobody did. */
  readonly extendedTo: number | null;
  /** When the deadline took the value that it has. */
  readonly setAt: number | null;
  /** Distance of the last warning before this deadline, in milliseconds; null: none was given. */
  readonly warned: number | null;
}

/** The lifetime of a preview that holds nothing. */
export const noLifetime: Lifetime = {
  limits: null,
  askedAt: null,
  begunAt: null,
  extendedTo: null,
  setAt: null,
  warned: null,
};

/**
 * When a preview ends: a whole lifetime after the last push or command (or after its place, if that came later), later
 * if it was extended, never later than the maximum allows. Null: no time runs.
 */
export function deadlineOf(lifetime: Lifetime): number | null {
  const { limits, extendedTo } = lifetime;
  const from = countedFrom(lifetime);
  const latest = latestDeadline(lifetime);
  if (limits === null || from === null || latest === null) return null;
  return Math.min(Math.max(from + limits.defaultMs, extendedTo ?? 0), latest);
}

/** The latest deadline that an extension can give; null: no time runs. */
export function latestDeadline(lifetime: Lifetime): number | null {
  const from = countedFrom(lifetime);
  return from === null || lifetime.limits === null ? null : from + lifetime.limits.maximumMs;
}

/** What the deadline follows from, in words that stay true; null: no time runs. */
export function deadlineInWords(lifetime: Lifetime): string | null {
  const { limits } = lifetime;
  const deadline = deadlineOf(lifetime);
  if (limits === null || deadline === null) return null;
  if (deadline !== deadlineOf({ ...lifetime, extendedTo: null })) return 'as it was extended';
  return `${formatDuration(Math.min(limits.defaultMs, limits.maximumMs))} after the last push or command`;
}

/** An extension that was possible, or why it is not, in words for the person who asked. */
export type Extension =
  | { readonly ok: true; readonly until: number; readonly deadline: number }
  | { readonly ok: false; readonly reason: string };

/**
 * Extends a lifetime to `durationMs` from now; null: to a whole lifetime. A deadline that is later already stays: asked
 * twice is asked once.
 */
export function extend(lifetime: Lifetime, durationMs: number | null, now: number): Extension {
  const { limits } = lifetime;
  const latest = latestDeadline(lifetime);
  if (limits === null || latest === null)
    return { ok: false, reason: 'there is nothing to extend: the preview holds nothing just now' };
  const wished = now + (durationMs ?? limits.defaultMs);
  if (wished <= latest) {
    const until = Math.max(wished, lifetime.extendedTo ?? 0);
    return { ok: true, until, deadline: deadlineOf({ ...lifetime, extendedTo: until }) ?? until };
  }
  const largest = Math.max(0, Math.floor((latest - now) / 60_000) * 60_000);
  const most = `no preview lives longer than ${formatDuration(limits.maximumMs)} after its last push or command`;
  return {
    ok: false,
    reason: `${formatDuration(wished - now)} from now is too long: ${most}. The largest possible is ${formatDuration(largest)}, until ${new Date(latest).toISOString()}; a push or a command begins a new lifetime`,
  };
}

/** The next warning: how far before the deadline, and when; null: none is left. */
export function nextWarning(lifetime: Lifetime): { readonly distance: number; readonly at: number } | null {
  const deadline = deadlineOf(lifetime);
  if (deadline === null) return null;
  const { setAt, warned } = lifetime;
  const distances = (lifetime.limits?.warningsMs ?? []).filter(
    // what was past when the deadline was set tells nobody anything new
    (distance) => deadline - distance > (setAt ?? 0) && (warned === null || distance < warned),
  );
  const distance = Math.max(...distances);
  return distances.length === 0 ? null : { distance, at: deadline - distance };
}

/** The nearest of the warnings that are due now: of several that were slept through, one is given; null: none. */
export function dueWarning(lifetime: Lifetime, now: number): number | null {
  let due: number | null = null;
  for (let current = lifetime; ;) {
    const next = nextWarning(current);
    if (next === null || next.at > now) return due;
    due = next.distance;
    current = { ...current, warned: due };
  }
}

/** After a change: a deadline that moved is warned of anew. */
export function settleDeadline(before: Lifetime, after: Lifetime, now: number): Lifetime {
  if (before === after || deadlineOf(before) === deadlineOf(after)) return after;
  return { ...after, setAt: deadlineOf(after) === null ? null : now, warned: null };
}

function countedFrom({ askedAt, begunAt }: Lifetime): number | null {
  return begunAt === null ? null : Math.max(begunAt, askedAt ?? 0);
}
