import type { CleanupBlocker } from './outcome.ts';

/** What `push` carries: a hint that there is a commit to serve. */
export interface PushMessage {
  /** Head the sender knows of; null: whatever GitHub says. */
  readonly sha: string | null;
  /** `command` is a person's wish: it tries a failed commit again and brings back what is gone. */
  readonly reason: 'event' | 'command';
}

/** A message that could be read, or what is wrong with it. */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly wrong: string };

/**
 * Reads a `push` however it was encoded or typed by hand: nothing at all means a push event of an unknown commit.
 */
export function readPush(argument: unknown): Read<PushMessage> {
  if (argument === undefined || argument === null) return { ok: true, value: { sha: null, reason: 'event' } };
  if (typeof argument !== 'object')
    return wrong('{"sha": "<40 hex digits>" | null, "reason": "event" | "command"}', argument);
  const { sha = null, reason = 'event' } = argument as { sha?: unknown; reason?: unknown };
  if (sha !== null && !(typeof sha === 'string' && /^[0-9a-f]{40}$/.test(sha)))
    return wrong('"sha" as 40 lower-case hex digits or null', sha);
  if (reason !== 'event' && reason !== 'command') return wrong('"reason" as "event" or "command"', reason);
  return { ok: true, value: { sha, reason } };
}

/** Reads what a cleanup says stands in its way. */
export function readBlockers(argument: unknown): Read<readonly CleanupBlocker[]> {
  if (Array.isArray(argument) && argument.every(isBlocker)) return { ok: true, value: argument };
  return wrong('a list of {"step", "problem": {"type", "message"}}', argument);
}

function isBlocker(value: unknown): value is CleanupBlocker {
  if (typeof value !== 'object' || value === null) return false;
  const { step, problem } = value as { step?: unknown; problem?: { message?: unknown } };
  return typeof step === 'string' && typeof problem?.message === 'string';
}

function wrong(wanted: string, came: unknown): { readonly ok: false; readonly wrong: string } {
  const shown = (JSON.stringify(came) ?? String(came)).slice(0, 200);
  return { ok: false, wrong: `wanted ${wanted}, got ${shown}` };
}
