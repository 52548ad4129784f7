import type { FailureReport } from './failures.ts';
import type { CleanupBlocker, Receipt, ServiceProgress } from './outcome.ts';
import type { QueuePosition } from './place.ts';
import type { PullRequestRef } from './pull-request.ts';

/** Where a preview stands. */
export const phases = [
  'awaiting-approval',
  'checking',
  'waiting-for-images',
  'queued',
  'deploying',
  'ready',
  'update-failed',
  'failed',
  'cleaning-up',
  'cleanup-stuck',
  'gone',
] as const;

export type Phase = (typeof phases)[number];

/** Closed on GitHub; ended, or its first deploy cancelled, by a person while open; lifetime over; left behind by a life that was terminated. */
export type Ending = 'closed' | 'person' | 'cancelled' | 'expired' | 'reaped';

/** The whole truth about a preview as plain data; every time is epoch milliseconds. Answer of the `status` query. */
export interface PreviewStatus {
  readonly ref: PullRequestRef;
  readonly phase: Phase;
  /** What it waits for or does, in one line. */
  readonly reason: string;
  /** Why nothing is to be served; null: something is, or nothing was asked yet. */
  readonly ending: Ending | null;
  /** Commit that is asked for. */
  readonly commit: string | null;
  /** Commit that is served; null when nothing is. */
  readonly liveCommit: string | null;
  readonly services: readonly ServiceStatus[];
  readonly deadline: number | null;
  /** What the deadline follows from, such as `3d after the last push or command`; null: no time runs. */
  readonly deadlineReason: string | null;
  /** The latest that an extension can give. */
  readonly latestDeadline: number | null;
  /** How far before the deadline it was warned last, in milliseconds; null: it was not. */
  readonly warned: number | null;
  /** Where it waits for a place; null: it holds one, or wants none. */
  readonly queue: QueuePosition | null;
  /** The stem it was granted; null: none, or places have no names. */
  readonly place: string | null;
  readonly progress: readonly ServiceProgress[];
  readonly failure: FailureReport | null;
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
  /** Services that may serve something else than `liveCommit`: an update of theirs was stopped, or could not be put back. */
  readonly disturbed: readonly string[];
  /** What was stopped is not yet still, or services are being put back: the phase stands, its pods do not. */
  readonly settling: boolean;
  readonly blockers: readonly CleanupBlocker[];
  readonly receipt: Receipt | null;
  /** When the phase last changed. */
  readonly since: number;
  /** The pull request is being read for the last message: all else here may be older than what was asked. */
  readonly looking?: boolean;
  /** Why GitHub could not be read the last time, after minutes of trying; it is asked again. Absent or null: it could. */
  readonly unread?: string | null;
}

export interface ServiceStatus {
  readonly name: string;
  readonly url: string | null;
}
