import type { Attempt } from './attempt.ts';
import type { Lifetime } from './deadline.ts';
import { noLifetime } from './deadline.ts';
import type { FailureReport } from './failures.ts';
import type { Hint } from './hint.ts';
import type { BuildWorkflow, ImageRequest } from './image.ts';
import type { FoundThings, ImagesReadyMessage } from './messages.ts';
import type { CheckedPlan, CleanupBlocker, LivePlan, Receipt } from './outcome.ts';
import type { OwnImages } from './own-images.ts';
import { noOwnImages } from './own-images.ts';
import type { PlaceNeed, PlaceRequest } from './place.ts';
import { noPlace } from './place.ts';
import type { PinnedImages } from './plan.ts';
import type { PullRequest, PullRequestRef } from './pull-request.ts';
import type { Ending } from './status.ts';

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
  /** A person cancels what is still being looked up; null: nobody does. */
  readonly cancels: { readonly by: string | null } | null;
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
  readonly checked: Checked | null;
  readonly images: ImageWait | null;
  readonly own: OwnImages;
  /** CI's word on images of the last commits, newest last; `seq` counts the words. */
  readonly reports: { readonly seq: number; readonly list: readonly ImagesReadyMessage[] };
  /** The platform wants a person's word for this attempt. */
  readonly approval: { readonly attempt: Attempt; readonly reason: string } | null;
  /** The one commit that a person allowed; null: none. */
  readonly approved: Approved | null;
  /** When a check that failed for want of an outside system is tried again; null: it is not. */
  readonly checkAgain: { readonly at: number; readonly pauseMs: number } | null;
  readonly place: PlaceRequest;
  readonly lifetime: Lifetime;
  readonly live: LivePlan | null;
  /** The next deploy drops the database and makes it anew. */
  readonly reset: boolean;
  /** Services that a deploy changed which was stopped, or not put back: they may serve something else than `live`. */
  readonly disturbed: readonly string[];
  /** The attempt after which putting `disturbed` back was tried; it is tried once for each. */
  readonly restoredAfter: Attempt | null;
  /**
   * Whether anything of ours exists. `unknown` at the start: an earlier life may have been terminated. `no` only
   * after a cleanup read everything back as absent.
   */
  readonly holds: 'unknown' | 'yes' | 'no';
  /**
   * Whether what an earlier life had running is known to be over: its deploy may still create things, its cleanup take
   * away what this one makes.
   */
  readonly pastIsOver: boolean;
  /** The reaper saw something where nothing should be: it is looked for once more. */
  readonly doubted: boolean;
  /** What the things are called that are held; null: nothing was begun in this life. */
  readonly names: FoundThings | null;
  /** How often in a row a plan changed between check and deploy. */
  readonly planChanges: number;
  readonly failure: FailureReport | null;
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
  /** Why GitHub could not be read the last time; null: it could. */
  readonly unread: string | null;
  readonly blockers: readonly CleanupBlocker[];
  readonly receipt: Receipt | null;
  /** When the phase last changed. */
  readonly since: number;
  readonly report: ReportState;
  /** The last Updates and their answers, oldest first: one that is sent again is answered, not done, again. */
  readonly answers: readonly UpdateAnswer[];
}

export interface Checked {
  readonly attempt: Attempt;
  readonly plan: CheckedPlan;
  /** Epoch milliseconds: what has waited for a place since is checked again. */
  readonly at: number;
}

export interface Approved {
  readonly sha: string;
  readonly by: string | null;
  /** The images that the approval is for; null until the first check of the commit found them. */
  readonly images: PinnedImages | null;
}

/** What an Update came to: a value, or a refusal in words. */
export type UpdateAnswer =
  | { readonly id: string; readonly ok: true; readonly answer: unknown }
  | { readonly id: string; readonly ok: false; readonly reason: string };

/** What has been started and has not ended. */
export interface Running {
  /** The hint that is being followed. */
  readonly reading: Hint | null;
  readonly check: Attempt | null;
  /** How many words of CI the running check knows. */
  readonly reports: number;
  readonly images: Attempt | null;
  readonly deploy: Attempt | null;
  /** The running deploy drops the database. */
  readonly reset: boolean;
  /** Leases that are being given back, or the pool is being asked. */
  readonly place: { readonly asks: PlaceNeed } | { readonly givesBack: readonly string[] } | null;
  /** What is live is put back where a deploy disturbed it. */
  readonly restore: boolean;
  readonly cleanup: boolean;
  /** The pull request's own images are being deleted. */
  readonly deletion: boolean;
  /** Revision that is being reported. */
  readonly report: number | null;
  /** Check, wait, deploy or putting back was told to stop. */
  readonly stopping: boolean;
}

export interface ImageWait {
  readonly attempt: Attempt;
  readonly requests: readonly ImageRequest[];
  readonly until: number;
  /** Started once for this wait; null: CI alone starts it. */
  readonly build: BuildWorkflow | null;
  /** What became of starting it: null: not tried yet; otherwise whether it was, and why not. */
  readonly buildAsked: { readonly problem: string | null } | null;
  /** All came, or CI spoke of them: the check looks again. */
  readonly complete: boolean;
  /** Waited to the end: fallbacks may be used, what is missing then is an error. */
  readonly over: boolean;
}

export interface ReportState {
  /** Counts visible changes. */
  readonly revision: number;
  /** The revision with which the phase changed last. */
  readonly phaseRevision: number;
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
    cancels: null,
    readAgainAt: null,
    wanted: null,
    settled: null,
    ending: null,
    running: idle,
    checked: null,
    images: null,
    own: noOwnImages,
    reports: { seq: 0, list: [] },
    approval: null,
    approved: null,
    checkAgain: null,
    place: noPlace(now),
    lifetime: noLifetime,
    live: null,
    reset: false,
    disturbed: [],
    restoredAfter: null,
    holds: 'unknown',
    pastIsOver: false,
    doubted: false,
    names: null,
    planChanges: 0,
    failure: null,
    warnings: [],
    notes: [],
    unread: null,
    blockers: [],
    receipt: null,
    since: now,
    report: { revision: 0, phaseRevision: 0, reported: 0, spoken: false, againAt: null },
    answers: [],
  };
}

/** Whether nothing runs that would be lost with this run of the workflow. */
export function isIdle({
  reading,
  check,
  images,
  deploy,
  place,
  restore,
  cleanup,
  deletion,
  report,
}: Running): boolean {
  const underway = [reading, check, images, deploy, place, report];
  return underway.every((one) => one === null) && !restore && !cleanup && !deletion;
}

const idle: Running = {
  reading: null,
  check: null,
  reports: 0,
  images: null,
  deploy: null,
  reset: false,
  place: null,
  restore: false,
  cleanup: false,
  deletion: false,
  report: null,
  stopping: false,
};
