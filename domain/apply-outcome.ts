import type { Attempt } from './attempt.ts';
import { sameAttempt } from './attempt.ts';
import { plainReport } from './failures.ts';
import type { CheckOutcome, DeployOutcome } from './outcome.ts';
import { joinHints } from './hint.ts';
import type { PreviewState } from './preview.ts';

/** A plan may change this often between check and deploy before that is called a failure. */
const planChangesAllowed = 5;

/** What a check's end changes. */
export function applyCheckEnded(
  state: PreviewState,
  { attempt, outcome }: { readonly attempt: Attempt; readonly outcome: CheckOutcome },
  now: number,
): PreviewState {
  const ended: PreviewState = { ...state, running: { ...state.running, check: null, stopping: false } };
  // what was found of an attempt that nobody wants any more says nothing of the one that is wanted
  if (!sameAttempt(attempt, state.wanted)) return ended;
  switch (outcome.outcome) {
    case 'ready':
      return {
        ...ended,
        checked: { attempt, plan: outcome.plan },
        warnings: outcome.warnings,
        images: null,
        approval: null,
      };
    case 'images-missing': {
      const until = state.images?.until ?? now + outcome.waitMs;
      if (state.images?.over === true || outcome.waitMs === 0 || until <= now)
        return { ...ended, settled: attempt, images: null, failure: outcome.failure };
      return {
        ...ended,
        images: { attempt, requests: outcome.requests, until, complete: false, over: false },
      };
    }
    case 'refused':
      return {
        ...ended,
        settled: attempt,
        images: null,
        failure: outcome.failure,
        warnings: outcome.warnings ?? [],
      };
    case 'approval-needed':
      return {
        ...ended,
        settled: attempt,
        images: null,
        failure: null,
        approval: { attempt, reason: outcome.reason },
      };
    case 'outdated':
      return lookAgain(ended, outcome.pullRequest?.head.sha ?? null);
    case 'stopped':
      return ended;
  }
}

/** What a deploy's end changes. */
export function applyDeployEnded(
  state: PreviewState,
  { attempt, outcome }: { readonly attempt: Attempt; readonly outcome: DeployOutcome },
): PreviewState {
  const ended: PreviewState = {
    ...state,
    checked: null,
    disturbed: disturbedBy(state, outcome),
    running: { ...state.running, deploy: null, stopping: false },
  };
  switch (outcome.outcome) {
    case 'verified':
      // closed or pushed to while it was verified: look once more before people are told that it is ready
      return {
        ...lookAgain(ended, null),
        settled: attempt,
        failure: null,
        planChanges: 0,
        notes: outcome.notes,
        live: state.checked ? { plan: state.checked.plan, verifiedAt: outcome.verifiedAt } : state.live,
      };
    case 'failed':
      return { ...ended, settled: attempt, failure: outcome.failure, notes: outcome.notes };
    case 'plan-changed': {
      const planChanges = state.planChanges + 1;
      if (planChanges <= planChangesAllowed) return { ...ended, planChanges };
      const summary = `the plan changed ${planChanges} times between check and deploy; the platform config or the charts keep changing`;
      return { ...ended, planChanges, settled: attempt, failure: plainReport('PlanChanged', summary) };
    }
    case 'stopped':
      return ended;
  }
}

/** What the end of putting back changes: what is live, stays live. */
export function applyRestoreEnded(state: PreviewState, outcome: DeployOutcome): PreviewState {
  const ended: PreviewState = { ...state, running: { ...state.running, restore: false, stopping: false } };
  if (outcome.outcome === 'verified') return { ...ended, disturbed: [] };
  if (outcome.outcome !== 'failed') return ended;
  const note = `putting ${state.disturbed.join(', ')} back failed: ${outcome.failure.summary}`;
  return { ...ended, notes: [...state.notes, note] };
}

function disturbedBy({ disturbed }: PreviewState, outcome: DeployOutcome): readonly string[] {
  switch (outcome.outcome) {
    case 'verified':
      return [];
    case 'failed':
      return outcome.restored === true ? [] : [...new Set([...disturbed, ...outcome.touched])];
    case 'stopped':
      return [...new Set([...disturbed, ...outcome.touched])];
    case 'plan-changed':
      return disturbed;
  }
}

/** GitHub is asked once more: what an outcome saw of the pull request may be older than what was read since. */
function lookAgain(state: PreviewState, expectSha: string | null): PreviewState {
  const knownSha = state.pullRequest?.head.sha ?? null;
  return { ...state, hint: joinHints({ expectSha, asks: 'look', command: false }, state.hint, knownSha) };
}
