import type { Hint, PreviewState } from './preview.ts';
import { sameAttempt } from './attempt.ts';
import type { PullRequest } from './pull-request.ts';

/**
 * What GitHub's word changes. GitHub alone says which head is the newest and whether the pull request is open; a
 * hint only made us look. A reading without a hint (a check saw that the world moved) asks for what was asked before.
 */
export function applyPullRequestRead(
  state: PreviewState,
  read: PullRequest | null,
  now: number,
): PreviewState {
  const hint = state.running.reading;
  const known: PreviewState = {
    ...state,
    pullRequest: read ?? state.pullRequest,
    notes: [],
    running: { ...state.running, reading: null },
  };
  if (read === null || read.state === 'closed') return { ...known, wanted: null, ending: 'closed' };
  if (hint?.asks === 'end') return { ...known, headSeq: seqOf(state, read), wanted: null, ending: 'person' };
  return serve(known, { read, hint, previous: state, now });
}

interface Reading {
  readonly read: PullRequest;
  readonly hint: Hint | null;
  readonly previous: PreviewState;
  readonly now: number;
}

function serve(state: PreviewState, { read, hint, previous, now }: Reading): PreviewState {
  const headSeq = seqOf(previous, read);
  const moved = headSeq !== previous.headSeq;
  const reopened = previous.ending === 'closed';
  const resting = previous.ending === 'person' || previous.ending === 'expired';
  const command = hint?.command ?? false;
  if (resting && !moved && !command) return { ...state, headSeq };
  const failedBefore = sameAttempt(previous.settled, previous.wanted) && previous.failure !== null;
  const retry = !moved && (reopened || resting || (command && failedBefore));
  if (!moved && !retry && previous.wanted !== null)
    return { ...state, headSeq, deadline: renewed(state, hint, now) };
  const last = previous.wanted ?? previous.settled;
  const wanted = { headSeq, retry: retry ? (last?.retry ?? 0) + 1 : 0 };
  return {
    ...state,
    headSeq,
    wanted,
    ending: null,
    receipt: null,
    images: null,
    approval: null,
    planChanges: 0,
    deadline: renewed(state, hint, now),
  };
}

/** A lifetime counts from the last push or command. */
function renewed(state: PreviewState, hint: Hint | null, now: number): number | null {
  if (state.deadline === null || hint?.asks !== 'serve' || state.live === null) return state.deadline;
  return Math.max(state.deadline, now + state.live.plan.lifetime.defaultMs);
}

function seqOf(state: PreviewState, read: PullRequest): number {
  return state.pullRequest?.head.sha === read.head.sha && state.headSeq > 0
    ? state.headSeq
    : state.headSeq + 1;
}
