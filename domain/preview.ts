import type { Attempt } from './attempt.ts';
import type { FailureReport } from './failures.ts';
import type { Hint } from './hint.ts';
import type { ImageRequest } from './image.ts';
import type { CheckedPlan, CleanupBlocker, LivePlan, Receipt } from './outcome.ts';
import type { PullRequest, PullRequestRef } from './pull-request.ts';

/**
 * The whole state of a preview's workflow: plain data, handed on by continue-as-new. Every time in it is an absolute
 * instant in epoch milliseconds. Changed only by `apply` (`preview-events.ts`); what follows from it says `nextStep`
 * (`decide.ts`).
 */
export interface PreviewState {
  readonly v: 1;
  readonly ref: PullRequestRef;
  /** As last read; null: never read, or GitHub knows no such pull request. */
  readonly pullRequest: PullRequest | null;
  /** Counts observed changes of head. */
  readonly headSeq: number;
  /** What people and GitHub said since the last reading; null: nothing. */
  readonly hint: Hint | null;
  /** When a reading that failed is tried again. */
  readonly readAgainAt: number | null;
  /** What is to be served; null: nothing. */
  readonly wanted: Attempt | null;
  /** The last attempt that ended: verified, failed or refused. */
  readonly settled: Attempt | null;
  /** Why nothing is to be served. */
  readonly ending: Ending | null;
  readonly running: Running;
  /** A plan that was checked and is not deployed yet. */
  readonly checked: { readonly attempt: Attempt; readonly plan: CheckedPlan } | null;
  readonly images: ImageWait | null;
  /** The platform wants a person's word for this attempt. */
  readonly approval: { readonly attempt: Attempt; readonly reason: string } | null;
  readonly live: LivePlan | null;
  /** Services that a deploy changed which was stopped, or not put back: they may serve something else than `live`. */
  readonly disturbed: readonly string[];
  /** The attempt after which putting `disturbed` back was tried; it is tried once for each. */
  readonly restoredAfter: Attempt | null;
  /**
   * Whether anything of ours exists. `unknown` at the start: an earlier life may have been terminated. `no` only
   * after a cleanup read everything back as absent.
   */
  readonly holds: 'unknown' | 'yes' | 'no';
  /** What the things are called that are held; null: nothing was begun in this life. */
  readonly names: { readonly namespace: string; readonly database: string | null } | null;
  /** How often in a row a plan changed between check and deploy. */
  readonly planChanges: number;
  readonly failure: FailureReport | null;
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
  /** Why GitHub could not be read the last time; null: it could. */
  readonly unread: string | null;
  readonly blockers: readonly CleanupBlocker[];
  readonly receipt: Receipt | null;
  /** When it ends unless extended; null: nothing is held. */
  readonly deadline: number | null;
  /** When the phase last changed. */
  readonly since: number;
  readonly report: ReportState;
}

/** Closed on GitHub; ended by a person while open; lifetime over. */
export type Ending = 'closed' | 'person' | 'expired';

/** What has been started and has not ended. */
export interface Running {
  /** The hint that is being followed. */
  readonly reading: Hint | null;
  readonly check: Attempt | null;
  readonly images: Attempt | null;
  readonly deploy: Attempt | null;
  /** What is live is put back where a deploy disturbed it. */
  readonly restore: boolean;
  readonly cleanup: boolean;
  /** Revision that is being reported. */
  readonly report: number | null;
  /** Check, wait, deploy or putting back was told to stop. */
  readonly stopping: boolean;
}

export interface ImageWait {
  readonly attempt: Attempt;
  readonly requests: readonly ImageRequest[];
  readonly until: number;
  /** All came: the check looks again. */
  readonly complete: boolean;
  /** Waited to the end: fallbacks may be used, what is missing then is an error. */
  readonly over: boolean;
}

export interface ReportState {
  /** Counts visible changes. */
  readonly revision: number;
  /** Last revision that people can see. */
  readonly reported: number;
  /** A comment was ever written. */
  readonly spoken: boolean;
  /** When a report that failed is tried again. */
  readonly againAt: number | null;
}

/** The state of a preview nobody has asked anything of yet. */
export function initialState(ref: PullRequestRef, now: number): PreviewState {
  return {
    v: 1,
    ref,
    pullRequest: null,
    headSeq: 0,
    hint: null,
    readAgainAt: null,
    wanted: null,
    settled: null,
    ending: null,
    running: idle,
    checked: null,
    images: null,
    approval: null,
    live: null,
    disturbed: [],
    restoredAfter: null,
    holds: 'unknown',
    names: null,
    planChanges: 0,
    failure: null,
    warnings: [],
    notes: [],
    unread: null,
    blockers: [],
    receipt: null,
    deadline: null,
    since: now,
    report: { revision: 0, reported: 0, spoken: false, againAt: null },
  };
}

export const idle: Running = {
  reading: null,
  check: null,
  images: null,
  deploy: null,
  restore: false,
  cleanup: false,
  report: null,
  stopping: false,
};
