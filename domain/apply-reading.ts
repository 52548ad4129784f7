import { sameAttempt } from './attempt.ts';
import type { Hint } from './hint.ts';
import type { PreviewState } from './preview.ts';
import type { PullRequest } from './pull-request.ts';

/**
 * What GitHub's word changes. GitHub alone says which head is the newest and whether the pull request is open; a
 * hint only made us look.
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
    unread: null,
    running: { ...state.running, reading: null },
  };
  const ended: PreviewState = { ...known, wanted: null, checked: planInUse(state) };
  if (read === null || read.state === 'closed') return { ...ended, ending: 'closed' };
  // the head stays the one that was known: the push of a newer one may still be on its way, and brings it back
  if (hint?.asks === 'end') {
    const unheard = state.hint?.expectSha === read.head.sha;
    const headSeq = unheard ? state.headSeq : Math.max(1, state.headSeq);
    return { ...ended, headSeq, pullRequest: withHead(read, state.pullRequest), ending: 'person' };
  }
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
  const asked = command || (moved && hint?.asks === 'serve');
  if (resting && !asked) return { ...state, pullRequest: withHead(read, previous.pullRequest) };
  const unserved = previous.failure !== null || previous.approval !== null;
  const triedBefore = sameAttempt(previous.settled, previous.wanted) && unserved;
  const retry = !moved && (reopened || resting || (command && triedBefore));
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
    checked: planInUse(state),
    notes: [],
    images: null,
    approval: null,
    planChanges: 0,
    deadline: renewed(state, hint, now),
  };
}

/** A plan that was checked for another wish is forgotten, unless it is being deployed: its end needs it. */
function planInUse({ checked, running }: PreviewState): PreviewState['checked'] {
  return running.deploy === null ? null : checked;
}

/** A lifetime counts from the last push or command. */
function renewed(state: PreviewState, hint: Hint | null, now: number): number | null {
  const plan = state.checked?.plan ?? state.live?.plan;
  if (state.deadline === null || hint?.asks !== 'serve' || plan === undefined) return state.deadline;
  return Math.max(state.deadline, now + plan.lifetime.defaultMs);
}

function seqOf(state: PreviewState, read: PullRequest): number {
  return state.pullRequest?.head.sha === read.head.sha && state.headSeq > 0
    ? state.headSeq
    : state.headSeq + 1;
}

function withHead(read: PullRequest, known: PullRequest | null): PullRequest {
  return known === null ? read : { ...read, head: known.head };
}
