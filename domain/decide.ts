import { sameAttempt } from './attempt.ts';
import type { PreviewState } from './preview.ts';

/** The one thing to do next; `wait` until a message, an end, or the instant `until`. */
export type Step =
  | {
      readonly kind:
        | 'read'
        | 'check'
        | 'await-images'
        | 'deploy'
        | 'restore'
        | 'stop'
        | 'cleanup'
        | 'report'
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

/**
 * Decides, from the state alone, what a preview does next. Total and pure: the workflow's loop asks again after each
 * step, and every step changes the state so that the same answer does not come twice.
 */
export function nextStep(state: PreviewState, now: number): Step {
  const { running } = state;
  if (running.reading === null && state.hint !== null && (state.readAgainAt ?? now) <= now)
    return { kind: 'read' };
  const step = state.wanted === null ? endStep(state) : serveStep(state, now);
  if (step !== null) return step;
  if (reportIsDue(state, now)) return { kind: 'report' };
  if (isFinished(state)) return { kind: 'finish' };
  return { kind: 'wait', ...nextInstant(state, now) };
}

/** Nothing is to be served: stop what runs, take away what may exist. */
function endStep(state: PreviewState): Step | null {
  const { running } = state;
  if (isBusy(state)) return running.stopping ? null : { kind: 'stop' };
  if (running.cleanup || state.ending === null || state.holds === 'no') return null;
  // while GitHub is asked again, what it says may be that the pull request is open after all
  if (running.reading !== null) return null;
  return { kind: 'cleanup' };
}

/** Something is to be served: the newest head, one attempt at a time. */
function serveStep(state: PreviewState, now: number): Step | null {
  const { running, wanted } = state;
  if (running.cleanup) return null;
  if (isBusy(state)) {
    const current = running.check ?? running.images ?? running.deploy ?? state.settled;
    return sameAttempt(current, wanted) || running.stopping ? null : { kind: 'stop' };
  }
  if (sameAttempt(state.settled, wanted)) {
    if (state.deadline !== null && state.deadline <= now) return { kind: 'expire' };
    if (mayRestore(state)) return { kind: 'restore' };
    // what a first deploy left that failed, or was stopped for a commit that may not be deployed
    return state.live === null && state.holds === 'yes' ? { kind: 'cleanup' } : null;
  }
  if (sameAttempt(state.checked?.attempt ?? null, wanted)) return { kind: 'deploy' };
  if (sameAttempt(state.images?.attempt ?? null, wanted) && waitsForImages(state))
    return { kind: 'await-images' };
  // the head that is wanted may just be becoming an old one
  return running.reading === null ? { kind: 'check' } : null;
}

/** A deploy was stopped half way, or could not be put back, and nothing newer may be deployed: what was live is wanted back. */
function mayRestore({ live, disturbed, restoredAfter, wanted, running }: PreviewState): boolean {
  const tried = sameAttempt(restoredAfter, wanted);
  return live !== null && disturbed.length > 0 && !tried && running.reading === null;
}

function waitsForImages({ images }: PreviewState): boolean {
  return images !== null && !images.complete && !images.over;
}

function isBusy({ running }: PreviewState): boolean {
  return running.check !== null || running.images !== null || running.deploy !== null || running.restore;
}

/** One report at a time. While a deploy runs, its watch writes the progress; here only a change of phase is told. */
function reportIsDue(state: PreviewState, now: number): boolean {
  const { report, running } = state;
  if (running.report !== null || report.revision === report.reported) return false;
  if (report.againAt !== null && report.againAt > now) return false;
  return report.spoken || state.wanted !== null || state.receipt?.found === true;
}

function isFinished(state: PreviewState): boolean {
  const { running } = state;
  const quiet = running.reading === null && running.report === null && !running.cleanup && !isBusy(state);
  const closed = state.ending === 'closed' && state.holds === 'no';
  const told = state.report.revision === state.report.reported || !state.report.spoken;
  const nothingAsked = state.ending === null && state.wanted === null && state.hint === null;
  return quiet && state.hint === null && ((closed && told) || nothingAsked);
}

/** The next instant at which time alone changes the answer; one that is past has had its say. */
function nextInstant(
  state: PreviewState,
  now: number,
): { readonly until: number | null; readonly what: string } {
  const { hint, readAgainAt, running, report, wanted, settled, deadline } = state;
  const rests = wanted !== null && sameAttempt(settled, wanted);
  const unsaid = running.report === null && report.revision !== report.reported;
  const instants = [
    { until: hint === null ? null : readAgainAt, what: 'until GitHub is asked again' },
    { until: unsaid ? report.againAt : null, what: 'until the report is tried again' },
    { until: rests ? deadline : null, what: 'until its lifetime is over' },
  ].flatMap(({ until, what }) => (until === null || until <= now ? [] : [{ until, what }]));
  return (
    instants.sort((one, other) => one.until - other.until)[0] ?? { until: null, what: 'until a message' }
  );
}
