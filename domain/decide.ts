import { sameAttempt } from './attempt.ts';
import { deadlineOf, dueWarning, nextWarning } from './deadline.ts';
import type { PlaceNeed } from './place.ts';
import { mustAsk, toGiveBack } from './place.ts';
import type { PreviewState } from './preview.ts';
import { previewWorkflowId } from './workflow-ids.ts';

/** The one thing to do next; `wait` until a message, an end, or the instant `until`. */
export type Step =
  | {
      readonly kind:
        | 'read'
        | 'check'
        | 'check-again'
        | 'await-images'
        | 'ask-place'
        | 'give-back'
        | 'delete-images'
        | 'deploy'
        | 'restore'
        | 'stop'
        | 'cleanup'
        | 'report'
        | 'warn'
        | 'expire'
        | 'finish';
    }
  | {
      readonly kind: 'wait';
      /** When time alone changes the answer; null: never. */
      readonly until: number | null;
      /** What that instant is, for people who look at the timer. */
      readonly what: string;
    };

/** A plan that has waited this long for its place, in milliseconds, is checked again before anything is created. */
const freshMs = 60_000;

/**
 * Decides, from the state alone, what a preview does next. Total and pure: the workflow's loop asks again after each
 * step, and every step changes the state so that the same answer does not come twice.
 */
export function nextStep(state: PreviewState, now: number): Step {
  const { running } = state;
  if (running.reading === null && state.hint !== null && (state.readAgainAt ?? now) <= now)
    return { kind: 'read' };
  const step = (state.wanted === null ? endStep(state, now) : serveStep(state, now)) ?? placeStep(state, now);
  if (step !== null) return step;
  if (reportIsDue(state, now)) return { kind: 'report' };
  if (isFinished(state)) return { kind: 'finish' };
  return { kind: 'wait', ...nextInstant(state, now) };
}

/** Nothing is to be served: stop what runs, take away what may exist. */
function endStep(state: PreviewState, now: number): Step | null {
  const { running } = state;
  if (isBusy(state)) return running.stopping ? null : { kind: 'stop' };
  if (running.cleanup || state.ending === null) return null;
  if (state.holds === 'no' && state.pastIsOver && !state.doubted) return imagesStep(state, now);
  // while GitHub is asked again, what it says may be that the pull request is open after all
  if (running.reading !== null) return null;
  return { kind: 'cleanup' };
}

/** Nothing is there any more but the images that were made for the pull request. */
function imagesStep({ own, running, hint }: PreviewState, now: number): Step | null {
  const asked = running.deletion || running.reading !== null || hint !== null;
  return !asked && own.dueAt !== null && own.dueAt <= now ? { kind: 'delete-images' } : null;
}

/** Something is to be served: the newest head, one attempt at a time. */
function serveStep(state: PreviewState, now: number): Step | null {
  const { running, wanted, settled } = state;
  // an image that is found while it is being deleted is none
  if (running.cleanup || running.deletion) return null;
  if (isExpired(state, now)) return { kind: 'expire' };
  if (dueWarning(state.lifetime, now) !== null) return { kind: 'warn' };
  const over = sameAttempt(settled, wanted);
  if (isBusy(state)) {
    if (running.stopping) return null;
    const underway = running.check ?? running.images ?? running.deploy;
    // cancelled, or told by CI that the images it waits for are there
    const needless = (underway !== null && over) || (running.images !== null && state.images?.complete);
    return sameAttempt(underway ?? settled, wanted) && !needless ? null : { kind: 'stop' };
  }
  if (over) return restStep(state, now);
  if (sameAttempt(state.checked?.attempt ?? null, wanted)) return checkedStep(state, now);
  if (sameAttempt(state.images?.attempt ?? null, wanted) && waitsForImages(state))
    return { kind: 'await-images' };
  // the head that is wanted may just be becoming an old one
  return running.reading === null ? { kind: 'check' } : null;
}

/** What was wanted is served, failed or was refused. */
function restStep(state: PreviewState, now: number): Step | null {
  const { checkAgain, doubted, live, holds } = state;
  if (mayRestore(state)) return { kind: 'restore' };
  // what a first deploy left that failed, or was stopped for a commit that may not be deployed; what the reaper saw
  if (live === null && (holds === 'yes' || doubted)) return { kind: 'cleanup' };
  return checkAgain !== null && checkAgain.at <= now ? { kind: 'check-again' } : null;
}

/** A plan stands ready: it needs a place, and must be fresh and made for that place. What is live has one. */
function checkedStep({ checked, place, live, running }: PreviewState, now: number): Step | null {
  // what is being given back is no place any more
  if (checked === null || (running.place !== null && 'givesBack' in running.place)) return null;
  const { granted } = place;
  if (granted === null) return live === null ? null : { kind: 'deploy' };
  const elsewhere = checked.plan.reference.inputs.place !== granted.place;
  return elsewhere || now - checked.at > freshMs ? { kind: 'check' } : { kind: 'deploy' };
}

/** The pool is told what is needed, and given back what is not. One word at a time. */
function placeStep(state: PreviewState, now: number): Step | null {
  const { place, running } = state;
  if (running.place !== null) return null;
  if (leasesToGiveBack(state).length > 0) return { kind: 'give-back' };
  const need = placeNeed(state, now);
  return need !== null && mustAsk(place, need, now) ? { kind: 'ask-place' } : null;
}

/** What the pool must know of a request; null: none is to be made. Updates never queue. */
export function placeNeed(state: PreviewState, now: number): PlaceNeed | null {
  const { place, wanted, live, checked, images } = state;
  if (place.granted !== null || mayTakeOver(state))
    // told once more, should the pool have lost it
    return place.askAgainAt !== null && place.askAgainAt <= now ? place.told : null;
  if (wanted === null || live !== null || sameAttempt(state.settled, wanted)) return null;
  const draft = state.pullRequest?.draft ?? false;
  if (sameAttempt(checked?.attempt ?? null, wanted)) return { ready: true, draft };
  const queues = place.askedAt !== null || sameAttempt(images?.attempt ?? null, wanted);
  return queues ? { ready: false, draft } : null;
}

/** Leases that are held, and requests that stand, for nothing. */
export function leasesToGiveBack(state: PreviewState): string[] {
  const { place, ref, holds } = state;
  const workflowId = previewWorkflowId(ref);
  return toGiveBack(place, { workflowId, wanted: keepsPlace(state), holdsNothing: holds === 'no' });
}

/**
 * A request that nobody wants any more, and that the pool has not answered: its answer may be the lease of an earlier
 * life, whose things may still be there. A number in the queue says that there is no such lease.
 */
function mayTakeOver(state: PreviewState): boolean {
  const { place, holds } = state;
  const answered = place.granted !== null || place.queue !== null;
  return !isToBeServed(state) && place.askedAt !== null && !answered && holds !== 'no';
}

/** A place is kept as long as anything exists, may exist or is being made; a request, as long as it is wanted. */
function keepsPlace(state: PreviewState): boolean {
  const { place, holds, running } = state;
  if (isToBeServed(state) || mayTakeOver(state)) return true;
  return place.granted !== null && (holds !== 'no' || running.cleanup || isBusy(state));
}

/** Something is wanted, and has not come to its end; a check that an outage refused is tried again. */
function isToBeServed({ wanted, settled, checkAgain }: PreviewState): boolean {
  return wanted !== null && (!sameAttempt(settled, wanted) || checkAgain !== null);
}

/** How long a wish that came in time may be looked up while GitHub does not answer, in milliseconds. */
const graceMs = 900_000;

/** When it is taken away; null: no time runs. A wish that is still to be looked up may have come in time. */
function expiryOf({ lifetime, hint }: PreviewState): number | null {
  const deadline = deadlineOf(lifetime);
  return deadline !== null && hint?.asks === 'serve' ? deadline + graceMs : deadline;
}

function isExpired(state: PreviewState, now: number): boolean {
  const expiry = expiryOf(state);
  return state.wanted !== null && expiry !== null && expiry <= now && state.running.reading === null;
}

/** A deploy was stopped half way, or could not be put back, and nothing newer may be deployed: what was live is wanted back. */
function mayRestore({ live, disturbed, restoredAfter, wanted, running }: PreviewState): boolean {
  const tried = sameAttempt(restoredAfter, wanted);
  return live !== null && disturbed.length > 0 && !tried && running.reading === null;
}

/** What runs has not ended, or what is live is still to be put back. */
export function isUnsettled(state: PreviewState): boolean {
  return isBusy(state) || mayRestore(state);
}

function waitsForImages({ images }: PreviewState): boolean {
  return images !== null && !images.complete && !images.over;
}

function isBusy({ running }: PreviewState): boolean {
  return running.check !== null || running.images !== null || running.deploy !== null || running.restore;
}

/** One report at a time. */
function reportIsDue(state: PreviewState, now: number): boolean {
  const { report } = state;
  const worth = isChanging(state) ? report.phaseRevision : report.revision;
  if (state.running.report !== null || worth <= report.reported) return false;
  if (report.againAt !== null && report.againAt > now) return false;
  return report.spoken || state.wanted !== null || state.receipt?.found === true;
}

/**
 * Only a new phase is told: a deploy's watch writes the progress, which a report would wipe out, and what a pool that
 * was just asked answers is told with its answer.
 */
function isChanging({ running, place }: PreviewState): boolean {
  const unanswered = place.askedAt !== null && place.granted === null && place.queue === null;
  return running.deploy !== null || unanswered;
}

function isFinished(state: PreviewState): boolean {
  const { running, place } = state;
  const active = running.reading !== null || running.report !== null || running.place !== null;
  const quiet = !active && !running.cleanup && !running.deletion && !isBusy(state) && place.granted === null;
  const closed =
    state.ending === 'closed' && state.holds === 'no' && state.pastIsOver && state.own.dueAt === null;
  // the last word of a life that took something away is owed also where it is its first
  const owed = state.report.spoken || state.receipt?.found === true;
  const told = state.report.revision === state.report.reported || !owed;
  const nothingAsked = state.ending === null && state.wanted === null && state.hint === null;
  return quiet && state.hint === null && ((closed && told) || nothingAsked);
}

/** The next instant at which time alone changes the answer; one that is past has had its say. */
function nextInstant(
  state: PreviewState,
  now: number,
): { readonly until: number | null; readonly what: string } {
  const { hint, readAgainAt, running, report, wanted, lifetime, checkAgain, place } = state;
  const unsaid = running.report === null && report.revision !== report.reported;
  const lives = wanted !== null && !running.cleanup;
  const warning = nextWarning(lifetime);
  const instants = [
    { until: hint === null ? null : readAgainAt, what: 'until GitHub is asked again' },
    { until: unsaid ? report.againAt : null, what: 'until the report is tried again' },
    { until: lives ? (warning?.at ?? null) : null, what: 'until its deadline is warned of' },
    { until: lives ? expiryOf(state) : null, what: 'until its lifetime is over' },
    { until: lives ? (checkAgain?.at ?? null) : null, what: 'until the check is tried again' },
    { until: running.deletion ? null : state.own.dueAt, what: 'until its images are deleted' },
    { until: running.place === null ? place.askAgainAt : null, what: 'until the pool is asked again' },
  ].flatMap(({ until, what }) => (until === null || until <= now ? [] : [{ until, what }]));
  return (
    instants.sort((one, other) => one.until - other.until)[0] ?? { until: null, what: 'until a message' }
  );
}
