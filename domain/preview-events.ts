import { applyCheckEnded, applyDeployEnded, applyRestoreEnded } from './apply-outcome.ts';
import { applyPullRequestRead } from './apply-reading.ts';
import type { Attempt } from './attempt.ts';
import type { FailureReport } from './failures.ts';
import type { CheckOutcome, CleanupBlocker, DeployOutcome, Receipt } from './outcome.ts';
import type { Hint } from './hint.ts';
import { joinHints } from './hint.ts';
import type { PreviewState } from './preview.ts';
import { statusOf } from './preview-status.ts';
import type { PullRequest } from './pull-request.ts';

/** All that can happen to a preview: messages, and the ends of what it started. */
export type PreviewEvent =
  | { readonly kind: 'pushed'; readonly expectSha: string | null; readonly command: boolean }
  | { readonly kind: 'close-asked' }
  | { readonly kind: 'reading-started' }
  | { readonly kind: 'pull-request-read'; readonly pullRequest: PullRequest | null }
  | { readonly kind: 'reading-failed'; readonly failure: FailureReport; readonly againAt: number }
  | { readonly kind: 'check-started'; readonly attempt: Attempt }
  | { readonly kind: 'check-ended'; readonly attempt: Attempt; readonly outcome: CheckOutcome }
  | { readonly kind: 'images-awaited'; readonly attempt: Attempt }
  | { readonly kind: 'images-ended'; readonly ended: 'complete' | 'over' | 'stopped' }
  | { readonly kind: 'deploy-started'; readonly attempt: Attempt }
  | { readonly kind: 'deploy-ended'; readonly attempt: Attempt; readonly outcome: DeployOutcome }
  | { readonly kind: 'restore-started' }
  | { readonly kind: 'restore-ended'; readonly outcome: DeployOutcome }
  | { readonly kind: 'stopping' }
  | { readonly kind: 'cleanup-started' }
  | { readonly kind: 'cleanup-stuck'; readonly blockers: readonly CleanupBlocker[] }
  | { readonly kind: 'cleanup-ended'; readonly receipt: Receipt }
  | { readonly kind: 'report-started' }
  | { readonly kind: 'reported' }
  | { readonly kind: 'report-failed'; readonly againAt: number | null }
  | { readonly kind: 'expired' };

/** The state after an event. Pure; counts visible changes and notes when the phase changed. */
export function apply(state: PreviewState, event: PreviewEvent, now: number): PreviewState {
  const next = reduce(state, event, now);
  if (next === state) return state;
  const before = statusOf(state);
  const after = statusOf(next);
  const since = before.phase === after.phase ? next.since : now;
  const changed = JSON.stringify(before) !== JSON.stringify(after);
  const report = changed ? { ...next.report, revision: next.report.revision + 1 } : next.report;
  return { ...next, since, report };
}

function reduce(state: PreviewState, event: PreviewEvent, now: number): PreviewState {
  const { running } = state;
  switch (event.kind) {
    case 'pushed':
      return hinted(state, { expectSha: event.expectSha, asks: 'serve', command: event.command });
    case 'close-asked':
      return hinted(state, { expectSha: null, asks: 'end', command: true });
    case 'reading-started':
      return { ...state, hint: null, readAgainAt: null, running: { ...running, reading: state.hint } };
    case 'pull-request-read':
      return applyPullRequestRead(state, event.pullRequest, now);
    case 'reading-failed':
      // what was asked comes back, joined with what has been asked since
      return {
        ...state,
        hint: joinHints(running.reading, state.hint, state.pullRequest?.head.sha ?? null),
        readAgainAt: state.hint ? null : event.againAt,
        unread: `GitHub could not be read: ${event.failure.summary}`,
        running: { ...running, reading: null },
      };
    case 'check-started':
      return { ...state, running: { ...running, check: event.attempt, stopping: false } };
    case 'check-ended':
      return applyCheckEnded(state, event, now);
    case 'images-awaited':
      return { ...state, running: { ...running, images: event.attempt, stopping: false } };
    case 'images-ended':
      return {
        ...state,
        images: state.images === null ? null : { ...state.images, ...imageFlags(event.ended) },
        running: { ...running, images: null, stopping: false },
      };
    case 'deploy-started':
      return {
        ...state,
        holds: 'yes',
        names: namesOf(state) ?? state.names,
        receipt: null,
        deadline: deadlineFor(state, now),
        running: { ...running, deploy: event.attempt, stopping: false },
      };
    case 'deploy-ended':
      return applyDeployEnded(state, event);
    case 'restore-started':
      return {
        ...state,
        restoredAfter: state.wanted,
        running: { ...running, restore: true, stopping: false },
      };
    case 'restore-ended':
      return applyRestoreEnded(state, event.outcome);
    case 'stopping':
      return { ...state, running: { ...running, stopping: true } };
    case 'cleanup-started':
      return {
        ...state,
        blockers: [],
        notes: [],
        live: null,
        checked: null,
        running: { ...running, cleanup: true },
      };
    case 'cleanup-stuck':
      return running.cleanup ? { ...state, blockers: event.blockers } : state;
    case 'cleanup-ended':
      return {
        ...state,
        holds: 'no',
        names: null,
        live: null,
        disturbed: [],
        restoredAfter: null,
        deadline: null,
        blockers: [],
        receipt: event.receipt,
        running: { ...running, cleanup: false },
      };
    case 'report-started':
      return {
        ...state,
        report: { ...state.report, againAt: null },
        running: { ...running, report: state.report.revision },
      };
    case 'reported':
      return {
        ...state,
        report: {
          ...state.report,
          reported: Math.max(state.report.reported, running.report ?? 0),
          spoken: true,
        },
        running: { ...running, report: null },
      };
    case 'report-failed':
      // without a time to try again the revision is given up: GitHub refuses it for good
      return {
        ...state,
        report: {
          ...state.report,
          againAt: event.againAt,
          reported:
            event.againAt === null ? (running.report ?? state.report.reported) : state.report.reported,
        },
        running: { ...running, report: null },
      };
    case 'expired':
      return { ...state, wanted: null, ending: 'expired' };
  }
}

/** The state with one more hint, to be followed at once. */
function hinted(state: PreviewState, hint: Hint): PreviewState {
  const knownSha = state.pullRequest?.head.sha ?? null;
  return { ...state, hint: joinHints(state.hint, hint, knownSha), readAgainAt: null };
}

function imageFlags(ended: 'complete' | 'over' | 'stopped'): {
  readonly complete: boolean;
  readonly over: boolean;
} {
  return { complete: ended === 'complete', over: ended === 'over' };
}

function namesOf({ checked }: PreviewState): PreviewState['names'] {
  if (checked === null) return null;
  const { namespace, database } = checked.plan.names;
  return { namespace, database };
}

/** A lifetime begins with the deploy; that of a preview that is live goes on through its updates. */
function deadlineFor({ checked, deadline, live }: PreviewState, now: number): number | null {
  if (checked === null || (live !== null && deadline !== null)) return deadline;
  return now + checked.plan.lifetime.defaultMs;
}
