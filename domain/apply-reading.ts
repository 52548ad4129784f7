import { applyCancel } from './apply-wish.ts';
import { sameAttempt } from './attempt.ts';
import type { Hint } from './hint.ts';
import type { PreviewState } from './preview.ts';
import type { PullRequest } from './pull-request.ts';
import { isOutsider } from './pull-request.ts';

/**
 * What GitHub's word changes. GitHub alone says which head is the newest and whether the pull request is open; a
 * hint only made us look.
 */
export function applyPullRequestRead(
  state: PreviewState,
  read: PullRequest | null,
  now: number,
): PreviewState {
  const hint = approvedBy(state.running.reading, read);
  const known: PreviewState = {
    ...state,
    cancels: null,
    approved: approvedHead(state, hint),
    pullRequest: read ?? state.pullRequest,
    unread: null,
    running: { ...state.running, reading: null },
  };
  const ended: PreviewState = {
    ...known,
    wanted: null,
    checked: planInUse(state),
    images: null,
    approval: null,
  };
  if (read === null || read.state === 'closed') return { ...ended, ending: 'closed', approved: null };
  // the head stays the one that was known: the push of a newer one may still be on its way, and brings it back
  if (hint !== null && isEnd(hint, read)) {
    const unheard = state.hint?.expectSha === read.head.sha;
    const headSeq = unheard ? state.headSeq : Math.max(1, state.headSeq);
    return { ...ended, headSeq, pullRequest: withHead(read, state.pullRequest), ending: 'person' };
  }
  const fresh = state.wanted === null && state.ending === null;
  if (fresh && hint?.asks === 'look') return known;
  if (fresh && hint?.asks === 'reap') return { ...known, headSeq: 1, ending: 'reaped' };
  const served = serve(known, { read, hint, previous: state, now });
  const { cancels } = state;
  const wished = { ...served, ...voidApproval(served, read) };
  // an approval came after it
  return cancels === null || hint?.approves != null ? wished : applyCancel(wished, cancels.by);
}

/** A person's wish to end, which only a person's command overrules where no push starts a preview. */
function isEnd({ asks, command, overrules }: Hint, read: PullRequest): boolean {
  return asks === 'end' || (overrules && !command && !read.startsByItself);
}

/** An approval of the head is a command to serve it; one of another commit is nothing. */
function approvedBy(hint: Hint | null, read: PullRequest | null): Hint | null {
  if (hint?.approves == null) return hint;
  const isHead = read?.state === 'open' && read.head.sha === hint.approves.sha;
  return isHead ? { ...hint, asks: 'serve', command: true } : { ...hint, approves: null };
}

function approvedHead({ approved }: PreviewState, hint: Hint | null): PreviewState['approved'] {
  if (hint?.approves == null) return approved;
  const { sha } = hint.approves;
  return { ...hint.approves, images: approved?.sha === sha ? approved.images : null };
}

interface Reading {
  readonly read: PullRequest;
  readonly hint: Hint | null;
  readonly previous: PreviewState;
  readonly now: number;
}

function serve(state: PreviewState, reading: Reading): PreviewState {
  const { read, hint, previous, now } = reading;
  const headSeq = seqOf(previous, read);
  const moved = headSeq !== previous.headSeq;
  const reopened = previous.ending === 'closed';
  const resting = previous.wanted === null && previous.ending !== null && !reopened;
  const command = hint?.command ?? false;
  if (resting && !isRevived(reading, moved))
    return { ...state, pullRequest: withHead(read, previous.pullRequest) };
  // nothing is served, and the platform starts nothing by itself
  if (previous.wanted === null && !command && !read.startsByItself)
    return reopened ? { ...state, headSeq, ending: 'reopened' } : state;
  const unserved = previous.failure !== null || previous.approval !== null;
  const triedBefore = sameAttempt(previous.settled, previous.wanted) && unserved;
  const again = (triedBefore && (command || isAllowedNow(reading))) || isRetargeted(reading);
  const retry = !moved && (reopened || resting || again || (hint?.reset ?? false));
  const lifetime = moved || command ? { ...state.lifetime, askedAt: now } : state.lifetime;
  if (!moved && !retry && previous.wanted !== null) return { ...state, headSeq, lifetime };
  const last = previous.wanted ?? previous.settled;
  const wanted = { headSeq, retry: retry ? (last?.retry ?? 0) + 1 : 0 };
  // what nothing is held of begins anew in any case
  const reset = state.holds !== 'no' && (state.reset || (hint?.reset ?? false));
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
    checkAgain: null,
    planChanges: 0,
    reset,
    built: command ? null : state.built,
    lifetime,
  };
}

/** What is gone while its pull request is open comes back by a command; by a push of news, where the platform lets it. */
function isRevived({ hint, previous, read }: Reading, moved: boolean): boolean {
  if (hint?.command === true) return true;
  if (hint === null || hint.asks === 'look' || !read.startsByItself) return false;
  // nobody wanted that end: any push will do
  const unwanted = previous.ending === 'reaped' || previous.ending === 'reopened';
  return moved || (unwanted && hint.asks === 'serve');
}

/** It was refused for what it was, a draft or an outsider's, and is so no more. */
function isAllowedNow({ previous: { failure, pullRequest }, read }: Reading): boolean {
  if (failure?.type !== 'PreviewNotAllowed' || pullRequest === null) return false;
  return (pullRequest.draft && !read.draft) || (isOutsider(pullRequest) && !isOutsider(read));
}

/** Another base branch may have another preview config. */
function isRetargeted({ previous: { pullRequest, wanted }, read }: Reading): boolean {
  return wanted !== null && pullRequest !== null && pullRequest.base.branch !== read.base.branch;
}

/** An approval is for one commit: a later push voids it. */
function voidApproval({ approved, notes }: PreviewState, read: PullRequest): Partial<PreviewState> {
  if (approved === null || approved.sha === read.head.sha) return {};
  const [was, is] = [approved.sha, read.head.sha].map((sha) => sha.slice(0, 7));
  return { approved: null, notes: [...notes, `The approval of ${was} is void: the head is ${is}.`] };
}

/** A plan that was checked for another wish is forgotten, unless it is being deployed: its end needs it. */
function planInUse({ checked, running }: PreviewState): PreviewState['checked'] {
  return running.deploy === null ? null : checked;
}

function seqOf(state: PreviewState, read: PullRequest): number {
  return state.pullRequest?.head.sha === read.head.sha && state.headSeq > 0
    ? state.headSeq
    : state.headSeq + 1;
}

function withHead(read: PullRequest, known: PullRequest | null): PullRequest {
  return known === null ? read : { ...read, head: known.head };
}
