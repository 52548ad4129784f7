import type { CleanupEvent } from './apply-cleanup.ts';
import { applyCleanupEvent } from './apply-cleanup.ts';
import { applyCheckEnded, applyDeployEnded, applyRestoreEnded } from './apply-outcome.ts';
import type { PlaceEvent } from './apply-place.ts';
import { applyPlaceEvent } from './apply-place.ts';
import { applyPullRequestRead } from './apply-reading.ts';
import type { ReportEvent } from './apply-report.ts';
import { applyReportEvent } from './apply-report.ts';
import {
  applyApproved,
  applyCancel,
  applyClose,
  applyImagesReported,
  applyPush,
  applyReap,
  applyReset,
} from './apply-wish.ts';
import type { Attempt } from './attempt.ts';
import { settleDeadline } from './deadline.ts';
import type { FailureReport } from './failures.ts';
import { joinHints } from './hint.ts';
import type { FoundThings, ImagesReadyMessage } from './messages.ts';
import type { CheckOutcome, DeployOutcome } from './outcome.ts';
import type { OwnImagesEvent } from './own-images.ts';
import { applyOwnImagesEvent, settleImages, withImagesOf } from './own-images.ts';
import type { PreviewState, UpdateAnswer } from './preview.ts';
import { statusOf } from './preview-status.ts';
import type { PullRequest } from './pull-request.ts';

/** All that can happen to a preview: messages, and the ends of what it started. */
export type PreviewEvent =
  | { readonly kind: 'pushed'; readonly expectSha: string | null; readonly command: boolean }
  | { readonly kind: 'close-asked'; readonly command: boolean }
  | { readonly kind: 'reap-asked'; readonly found: FoundThings | null }
  | { readonly kind: 'cancel-asked'; readonly by: string | null }
  | { readonly kind: 'reset-asked' }
  | { readonly kind: 'approved'; readonly sha: string; readonly by: string | null }
  | { readonly kind: 'images-reported'; readonly report: ImagesReadyMessage }
  | { readonly kind: 'extended'; readonly until: number }
  | { readonly kind: 'answered'; readonly answer: UpdateAnswer }
  | { readonly kind: 'reading-started' }
  | { readonly kind: 'pull-request-read'; readonly pullRequest: PullRequest | null }
  | { readonly kind: 'reading-failed'; readonly failure: FailureReport; readonly againAt: number }
  | { readonly kind: 'check-started'; readonly attempt: Attempt }
  | { readonly kind: 'check-ended'; readonly attempt: Attempt; readonly outcome: CheckOutcome }
  | { readonly kind: 'check-retried' }
  | { readonly kind: 'images-awaited'; readonly attempt: Attempt }
  | { readonly kind: 'build-asked'; readonly commit: string; readonly problem: string | null }
  | { readonly kind: 'images-ended'; readonly ended: 'complete' | 'over' | 'stopped' }
  | PlaceEvent
  | { readonly kind: 'deploy-started'; readonly attempt: Attempt }
  | { readonly kind: 'deploy-ended'; readonly attempt: Attempt; readonly outcome: DeployOutcome }
  | { readonly kind: 'restore-started' }
  | { readonly kind: 'restore-ended'; readonly outcome: DeployOutcome }
  | { readonly kind: 'stopping' }
  | CleanupEvent
  | OwnImagesEvent
  | ReportEvent
  | { readonly kind: 'warned'; readonly distance: number }
  | { readonly kind: 'expired' };

/** The state after an event. Pure; counts visible changes and notes when the phase and the deadline changed. */
export function apply(state: PreviewState, event: PreviewEvent, now: number): PreviewState {
  const reduced = reduce(state, event, now);
  if (reduced === state) return state;
  const next = {
    ...reduced,
    lifetime: settleDeadline(state.lifetime, reduced.lifetime, now),
    own: settleImages(reduced, now),
  };
  const before = statusOf(state);
  const after = statusOf(next);
  const since = before.phase === after.phase ? next.since : now;
  if (JSON.stringify(before) === JSON.stringify(after)) return { ...next, since };
  const revision = next.report.revision + 1;
  const phaseRevision = before.phase === after.phase ? next.report.phaseRevision : revision;
  return { ...next, since, report: { ...next.report, revision, phaseRevision } };
}

/** Updates whose answers are remembered. */
const rememberedAnswers = 50;

function reduce(state: PreviewState, event: PreviewEvent, now: number): PreviewState {
  const { running } = state;
  switch (event.kind) {
    case 'pushed':
      return applyPush(state, event);
    case 'close-asked':
      return applyClose(state, event);
    case 'reap-asked':
      return applyReap(state, event.found, now);
    case 'cancel-asked':
      return applyCancel(state, event.by);
    case 'reset-asked':
      return applyReset(state);
    case 'approved':
      return applyApproved(state, event);
    case 'images-reported':
      return applyImagesReported(state, event.report);
    case 'extended':
      return { ...state, lifetime: { ...state.lifetime, extendedTo: event.until } };
    case 'answered':
      return { ...state, answers: [...state.answers, event.answer].slice(-rememberedAnswers) };
    case 'reading-started':
      return { ...state, hint: null, readAgainAt: null, running: { ...running, reading: state.hint } };
    case 'pull-request-read':
      return applyPullRequestRead(state, event.pullRequest, now);
    case 'reading-failed':
      if (isNoneOfOurs(state, event.failure)) return endedUnserved(state, event.failure, now);
      // what was asked comes back, joined with what has been asked since
      return {
        ...state,
        hint: joinHints(running.reading, state.hint, state.pullRequest?.head.sha ?? null),
        readAgainAt: state.hint ? null : event.againAt,
        unread: `GitHub could not be read: ${event.failure.summary}`,
        running: { ...running, reading: null },
      };
    case 'check-started':
      return {
        ...state,
        checked: null,
        running: { ...running, check: event.attempt, reports: state.reports.seq, stopping: false },
      };
    case 'check-ended':
      return applyCheckEnded(state, event, now);
    case 'check-retried':
      return { ...state, wanted: state.wanted && { ...state.wanted, retry: state.wanted.retry + 1 } };
    case 'images-awaited':
      return { ...state, running: { ...running, images: event.attempt, stopping: false } };
    case 'build-asked':
      return { ...state, built: { commit: event.commit, problem: event.problem } };
    case 'images-ended':
      return {
        ...state,
        images: state.images && {
          ...state.images,
          // CI's word may have ended the wait
          complete: state.images.complete || event.ended === 'complete',
          over: event.ended === 'over',
        },
        running: { ...running, images: null, stopping: false },
      };
    case 'place-asked':
    case 'place-told':
    case 'lease-heard':
    case 'giving-back':
    case 'given-back':
      return applyPlaceEvent(state, event, now);
    case 'deploy-started':
      return {
        ...state,
        holds: 'yes',
        names: namesOf(state) ?? state.names,
        own: state.checked === null ? state.own : withImagesOf(state.own, state.checked.plan),
        receipt: null,
        lifetime: { ...state.lifetime, begunAt: state.lifetime.begunAt ?? now },
        running: { ...running, deploy: event.attempt, reset: state.reset, stopping: false },
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
    case 'cleanup-stuck':
    case 'cleanup-ended':
      return applyCleanupEvent(state, event);
    case 'images-deleting':
    case 'deletion-stopping':
    case 'deletion-stopped':
    case 'images-deleted':
    case 'images-not-deleted':
      return applyOwnImagesEvent(state, event, now);
    case 'report-started':
    case 'reported':
    case 'report-failed':
      return { ...state, ...applyReportEvent(state, event) };
    case 'warned':
      return { ...state, lifetime: { ...state.lifetime, warned: event.distance } };
    case 'expired':
      return { ...state, wanted: null, ending: 'expired' };
  }
}

function namesOf({ checked }: PreviewState): PreviewState['names'] {
  if (checked === null) return null;
  const { names, owner } = checked.plan;
  return { namespace: names.namespace, database: names.database, repositoryId: owner.repositoryId };
}

/** Somebody named a repository that the platform does not serve, to a life that knows of nothing. */
function isNoneOfOurs({ pullRequest, holds, live }: PreviewState, { type }: FailureReport): boolean {
  return type === 'RepositoryNotAllowed' && pullRequest === null && live === null && holds !== 'yes';
}

/**
 * The end of such a life. What an earlier one may have left stays: the repository may be missing in the config by
 * mistake, and GitHub has not said that the pull request is closed. Only a person's close takes that away.
 */
function endedUnserved(state: PreviewState, failure: FailureReport, now: number): PreviewState {
  const ended = { ...applyPullRequestRead(state, null, now), unread: failure.summary };
  if (state.running.reading?.asks === 'end') return ended;
  return { ...ended, holds: 'no', pastIsOver: true, doubted: false };
}
