import { sameAttempt } from './attempt.ts';
import { deadlineInWords, deadlineOf, latestDeadline } from './deadline.ts';
import { isUnsettled } from './decide.ts';
import { ownImagesNote } from './own-images.ts';
import type { PreviewState } from './preview.ts';
import type { Phase, PreviewStatus } from './status.ts';

/** The phase that follows from the state; it is never stored beside it. */
export function phaseOf(state: PreviewState): Phase {
  const { running, wanted } = state;
  if (running.cleanup) return state.blockers.length > 0 ? 'cleanup-stuck' : 'cleaning-up';
  if (wanted === null) return endingPhase(state);
  if (sameAttempt(running.deploy, wanted)) return 'deploying';
  if (sameAttempt(state.images?.attempt ?? null, wanted)) return 'waiting-for-images';
  if (sameAttempt(state.approval?.attempt ?? null, wanted)) return 'awaiting-approval';
  if (queueOf(state) !== null) return 'queued';
  if (!sameAttempt(state.settled, wanted)) return 'checking';
  if (state.failure === null) return 'ready';
  return state.live === null ? 'failed' : 'update-failed';
}

/** Where in its pool's queue it stands; null: it holds a place, or wants none. */
function queueOf({ place, wanted, settled }: PreviewState): PreviewStatus['queue'] {
  return place.granted === null && !sameAttempt(settled, wanted) ? place.queue : null;
}

function endingPhase({ ending, holds, pastIsOver }: PreviewState): Phase {
  if (ending === null) return 'checking';
  return holds === 'no' && pastIsOver ? 'gone' : 'cleaning-up';
}

/** Phases in which nothing is to be done by itself any more. */
const settledPhases: readonly Phase[] = ['ready', 'update-failed', 'failed'];

/** Whether the pull request is still to be read for the last message. */
export function isLooking({ hint, running }: PreviewState): boolean {
  return hint !== null || running.reading !== null;
}

/** The whole truth as plain data, absolute times only. */
export function statusOf(state: PreviewState): PreviewStatus {
  const phase = phaseOf(state);
  const plan = state.checked?.plan ?? state.live?.plan ?? null;
  return {
    ref: state.ref,
    phase,
    reason: reasonOf(state, phase),
    ending: state.ending,
    commit: state.pullRequest?.head.sha ?? null,
    liveCommit: state.live?.plan.reference.inputs.commit ?? null,
    services: (plan?.services ?? []).map(({ name, url }) => ({ name, url })),
    deadline: deadlineOf(state.lifetime),
    deadlineReason: deadlineInWords(state.lifetime),
    latestDeadline: latestDeadline(state.lifetime),
    warned: state.lifetime.warned,
    queue: queueOf(state),
    place: state.place.granted?.place ?? null,
    progress: [],
    failure: sameAttempt(state.settled, state.wanted) ? state.failure : null,
    warnings: state.warnings,
    notes: [...state.notes, state.unread, ownImagesNote(state.own), buildProblem(state)].filter(
      (note) => note !== null,
    ),
    unread: state.unread,
    disturbed: state.live === null ? [] : state.disturbed,
    settling: settledPhases.includes(phase) && isUnsettled(state),
    blockers: state.blockers,
    receipt: state.receipt,
    since: state.since,
  };
}

function reasonOf(state: PreviewState, phase: Phase): string {
  const commit = state.pullRequest?.head.sha.slice(0, 7) ?? 'the head commit';
  switch (phase) {
    case 'awaiting-approval':
      return state.approval?.reason ?? 'waits for approval';
    case 'checking':
      return `checks whether ${commit} can be deployed`;
    case 'waiting-for-images':
      return `waits for the images of ${commit}: ${missingNames(state)}${builtBy(state)}`;
    case 'queued':
      return `waits for a place for ${commit}: number ${state.place.queue?.position ?? 1} in the queue`;
    case 'deploying':
      return `deploys ${commit}`;
    case 'ready':
      return `serves ${commit}`;
    case 'update-failed':
      return state.failure?.type === 'Cancelled'
        ? `the update to ${commit} was ${state.failure.summary}, ${fallback(state)}`
        : `${commit} failed, ${fallback(state)}: ${state.failure?.summary ?? ''}`;
    case 'failed':
      return `${commit} failed: ${state.failure?.summary ?? ''}`;
    case 'cleaning-up':
      return 'is being taken away';
    case 'cleanup-stuck':
      return `cannot be taken away yet: ${state.blockers.map(({ problem }) => problem.message).join('; ')}`;
    case 'gone':
      return goneBecause(state);
  }
}

function fallback(state: PreviewState): string {
  const { disturbed } = state;
  if (disturbed.length === 0) return 'the commit before goes on serving';
  const services = disturbed.join(', ');
  return isUnsettled(state) ? `${services} is being put back` : `${services} could not be put back`;
}

function goneBecause({ ending, pullRequest, unread }: PreviewState): string {
  const byItself = pullRequest?.startsByItself ?? true;
  const back = byItself ? 'the next push or command brings it back' : 'a command brings it back';
  switch (ending) {
    case null:
    case 'closed':
      return pullRequest === null
        ? (unread ?? 'GitHub knows no such pull request')
        : `the pull request is closed; ${byItself ? 'reopening it' : 'a command, once it is reopened,'} brings the preview back`;
    case 'person':
      return `closed by a person; ${back}`;
    case 'cancelled':
      return `its first deploy was cancelled; ${back}`;
    case 'expired':
      return `its lifetime is over; ${back}`;
    case 'reopened':
      return 'the pull request is open again; a command brings the preview back';
    case 'reaped':
      return `its workflow had been ended by force; ${back}`;
  }
}

function builtBy({ images, built, pullRequest }: PreviewState): string {
  const started = built?.problem === null && built.commit === pullRequest?.head.sha;
  return started && images?.build ? `, which ${images.build.workflow} was started to build` : '';
}

function buildProblem({ images, built, pullRequest }: PreviewState): string | null {
  const isOfHead = images !== null && built?.commit === pullRequest?.head.sha;
  const problem = isOfHead ? (built?.problem ?? null) : null;
  return problem === null ? null : `The build of the missing images could not be started: ${problem}`;
}

function missingNames(state: PreviewState): string {
  const requests = state.images?.requests ?? [];
  return requests.map(({ repository, tag }) => `${repository}:${tag}`).join(', ');
}
