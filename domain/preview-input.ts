import type { Read } from './messages.ts';
import type { PreviewState } from './preview.ts';
import type { PullRequestRef } from './pull-request.ts';

/** What a preview's workflow is started with, and what it hands on to itself by continue-as-new. */
export interface PreviewInput {
  readonly v: 1;
  readonly ref: PullRequestRef;
  /** Null in the first run of a life. */
  readonly state: PreviewState | null;
}

/** Reads the argument of a start, whoever made it. */
export function readPreviewInput(argument: unknown): Read<PreviewInput> {
  const wanted = 'wanted {"v": 1, "ref": {"owner": "…", "repository": "…", "number": 1}, "state": null}';
  const wrong = {
    ok: false,
    wrong: `${wanted}, got ${(JSON.stringify(argument) ?? 'nothing').slice(0, 200)}`,
  } as const;
  if (typeof argument !== 'object' || argument === null) return wrong;
  const { v, ref, state = null } = argument as Partial<PreviewInput>;
  if (v !== 1 || !isRef(ref)) return wrong;
  if (state !== null && (state as { v?: unknown }).v !== 1) return wrong;
  return { ok: true, value: { v, ref, state } };
}

/** Whether a value names a pull request: GitHub's own alphabet for owner and repository, a number from 1. */
export function isRef(value: unknown): value is PullRequestRef {
  if (typeof value !== 'object' || value === null) return false;
  const { owner, repository, number } = value as Partial<Record<keyof PullRequestRef, unknown>>;
  return (
    typeof owner === 'string' &&
    /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38})$/.test(owner) &&
    typeof repository === 'string' &&
    /^[A-Za-z0-9._-]{1,100}$/.test(repository) &&
    typeof number === 'number' &&
    Number.isSafeInteger(number) &&
    number > 0
  );
}
