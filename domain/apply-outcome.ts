import type { Attempt } from './attempt.ts';
import { sameAttempt } from './attempt.ts';
import { canonicalJson } from './canonical-json.ts';
import { isPermanent, plainReport } from './failures.ts';
import type { CheckedPlan, CheckOutcome, DeployOutcome } from './outcome.ts';
import { hintOf, joinHints } from './hint.ts';
import type { PreviewState } from './preview.ts';

/** A plan may change this often between check and deploy before that is called a failure. */
const planChangesAllowed = 5;

/** Pauses before a check is tried again that failed for want of an outside system: 5, 10, 20, 40 and then 60 min. */
const checkPauseMs = { first: 300_000, longest: 3_600_000 };

/** What a check's end changes. */
export function applyCheckEnded(
  state: PreviewState,
  { attempt, outcome }: { readonly attempt: Attempt; readonly outcome: CheckOutcome },
  now: number,
): PreviewState {
  const running = { ...state.running, check: null, stopping: false };
  const ended: PreviewState = { ...state, checkAgain: null, holds: holdsAfter(state, outcome), running };
  // what was found of an attempt that nobody wants any more says nothing of the one that is wanted
  if (!sameAttempt(attempt, state.wanted) || sameAttempt(attempt, state.settled)) return ended;
  switch (outcome.outcome) {
    case 'ready':
      return applyReady(ended, { attempt, plan: outcome.plan, warnings: outcome.warnings }, now);
    case 'images-missing': {
      const until = state.images?.until ?? now + outcome.waitMs;
      // CI spoke while it was checked: the check looks again
      const complete = state.reports.seq !== state.running.reports;
      if (!complete && (state.images?.over === true || outcome.waitMs === 0 || until <= now))
        return { ...withoutReset(ended), settled: attempt, images: null, failure: outcome.failure };
      const wait = { until, complete, over: false, build: outcome.build };
      return {
        ...ended,
        warnings: outcome.warnings ?? [],
        images: { attempt, requests: outcome.requests, ...wait },
      };
    }
    case 'refused':
      return {
        ...(isPermanent(outcome.failure.type) ? withoutReset(ended) : ended),
        settled: attempt,
        images: null,
        failure: outcome.failure,
        warnings: outcome.warnings ?? [],
        checkAgain: isPermanent(outcome.failure.type) ? null : nextCheck(state, now),
      };
    case 'approval-needed':
      // approved while it was checked: the check looks again
      if (state.approved !== null && state.approved.sha === state.pullRequest?.head.sha)
        return { ...ended, wanted: { ...attempt, retry: attempt.retry + 1 } };
      return needsApproval(ended, { attempt, reason: outcome.reason });
    case 'outdated':
      return lookAgain(ended, outcome.pullRequest?.head.sha ?? null);
    case 'stopped':
      return ended;
  }
}

interface Ready {
  readonly attempt: Attempt;
  readonly plan: CheckedPlan;
  readonly warnings: readonly string[];
}

function applyReady(state: PreviewState, { attempt, plan, warnings }: Ready, now: number): PreviewState {
  const known: PreviewState = {
    ...state,
    images: null,
    warnings,
    lifetime: { ...state.lifetime, limits: plan.lifetime },
  };
  const { approved } = state;
  const { commit, images, outsider } = plan.reference.inputs;
  const ready = { ...known, approval: null, checked: { attempt, plan, at: now } };
  if (!outsider || approved?.sha !== commit) return ready;
  if (approved.images === null) return { ...ready, approved: { ...approved, images } };
  if (canonicalJson(approved.images) === canonicalJson(images)) return ready;
  const reason = `the images of ${commit.slice(0, 7)} are others than those that were approved: somebody with write permission has to approve the commit again`;
  return needsApproval({ ...known, approved: null }, { attempt, reason });
}

function needsApproval(state: PreviewState, approval: NonNullable<PreviewState['approval']>): PreviewState {
  const settled = approval.attempt;
  return { ...withoutReset(state), settled, images: null, failure: null, approval };
}

/** A reset is of one attempt: one that may not be deployed is not made up for at some later push. */
function withoutReset(state: PreviewState): PreviewState {
  if (!state.reset) return state;
  const note = 'The database was not reset, as nothing was deployed; ask for it again.';
  return { ...state, reset: false, notes: [...state.notes, note] };
}

/** A first check tells whether an earlier life left something. */
function holdsAfter({ holds }: PreviewState, outcome: CheckOutcome): PreviewState['holds'] {
  return holds === 'unknown' && 'exists' in outcome && outcome.exists === false ? 'no' : holds;
}

function nextCheck({ checkAgain }: PreviewState, now: number): PreviewState['checkAgain'] {
  const pauseMs =
    checkAgain === null ? checkPauseMs.first : Math.min(2 * checkAgain.pauseMs, checkPauseMs.longest);
  return { at: now + pauseMs, pauseMs };
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
    // a deploy that came to an end has made the new database
    reset: state.reset && !(state.running.reset && isOver(outcome)),
    pastIsOver: state.pastIsOver || isOver(outcome),
    running: { ...state.running, deploy: null, reset: false, stopping: false },
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

function isOver({ outcome }: DeployOutcome): boolean {
  return outcome === 'verified' || outcome === 'failed';
}

function disturbedBy({ disturbed }: PreviewState, outcome: DeployOutcome): readonly string[] {
  switch (outcome.outcome) {
    case 'verified':
      return [];
    case 'failed':
      return outcome.restored === true ? [] : [...new Set([...disturbed, ...outcome.touched])];
    case 'stopped':
    case 'plan-changed':
      return [...new Set([...disturbed, ...(outcome.touched ?? [])])];
  }
}

/** GitHub is asked once more: what an outcome saw of the pull request may be older than what was read since. */
function lookAgain(state: PreviewState, expectSha: string | null): PreviewState {
  const knownSha = state.pullRequest?.head.sha ?? null;
  return { ...state, hint: joinHints(hintOf({ asks: 'look', expectSha }), state.hint, knownSha) };
}
