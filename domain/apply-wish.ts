import { sameAttempt } from './attempt.ts';
import { plainReport } from './failures.ts';
import type { Hint } from './hint.ts';
import { hintOf, joinHints } from './hint.ts';
import type { FoundThings, ImagesReadyMessage } from './messages.ts';
import type { PreviewState } from './preview.ts';
import { imagesAtMost } from './read-message.ts';

/** Somebody says that there is a commit to serve. */
export function applyPush(
  state: PreviewState,
  { expectSha, command }: { readonly expectSha: string | null; readonly command: boolean },
): PreviewState {
  return hinted({ ...state, cancels: null }, hintOf({ asks: 'serve', expectSha, command }));
}

/** GitHub's word that the pull request was closed is looked up; a person's is a wish. */
export function applyClose(state: PreviewState, { command }: { readonly command: boolean }): PreviewState {
  return hinted(state, hintOf({ asks: command ? 'end' : 'look', command }));
}

/** The reaper's word: look at GitHub, and at what exists where this life knows of nothing. */
export function applyReap(state: PreviewState, found: FoundThings | null, now: number): PreviewState {
  const { place } = state;
  // the pool may have lost a lease that is held: it hears of it once more
  const askAgainAt = place.granted === null ? place.askAgainAt : now;
  const looked = hinted(state, hintOf({ asks: 'reap' }));
  return { ...looked, doubted: true, names: state.names ?? found, place: { ...place, askAgainAt } };
}

/**
 * A person stops what is under way. With something live behind it, that stays; otherwise what was begun is taken
 * away. Where nothing is under way, nothing changes.
 */
export function applyCancel(state: PreviewState, by: string | null): PreviewState {
  const { wanted, settled, approval, checkAgain, live } = state;
  // what is still being looked up is stopped as soon as it is known
  if (asksToServe(state)) return { ...state, cancels: { by } };
  const waits = approval !== null || checkAgain !== null;
  const underway = wanted !== null && (!sameAttempt(settled, wanted) || waits);
  if (!underway) return state;
  const stopped = { ...state, images: null, approval: null, checkAgain: null, reset: false };
  if (live === null) return { ...stopped, wanted: null, ending: 'cancelled', failure: null };
  const failure = plainReport('Cancelled', `cancelled${by === null ? '' : ` by ${by}`}`);
  return { ...stopped, settled: wanted, failure };
}

/** A person wants a new database: the head is deployed again, with one. Where nothing is held, that is any deploy. */
export function applyReset(state: PreviewState): PreviewState {
  return hinted({ ...state, cancels: null }, hintOf({ asks: 'serve', command: true, reset: true }));
}

/** A person allows one commit. Whether it is the head, GitHub is asked; if it is not, nothing has happened. */
export function applyApproved(
  state: PreviewState,
  { sha, by }: { readonly sha: string; readonly by: string | null },
): PreviewState {
  return hinted(state, hintOf({ asks: 'look', expectSha: sha, approves: { sha, by } }));
}

/** Somebody's wish to serve is being looked up, or is going to be. */
function asksToServe({ hint, running }: PreviewState): boolean {
  return [hint, running.reading].some((one) => one?.asks === 'serve' || one?.approves != null);
}

/** Reports of so many commits are kept: CI may be heard before the push. */
const keptReports = 3;

/** CI's word on a commit's images ends the wait for them, and tries again what failed for want of them. */
export function applyImagesReported(state: PreviewState, report: ImagesReadyMessage): PreviewState {
  const earlier = state.reports.list.find(({ sha }) => sha === report.sha);
  const others = state.reports.list.filter(({ sha }) => sha !== report.sha);
  const spokenOf = (service: string, image: string | null): boolean =>
    report.images.some((one) => one.service === service && one.image === image);
  const images = [
    ...(earlier?.images ?? []).filter(({ service, image }) => !spokenOf(service, image)),
    ...report.images,
  ].slice(-imagesAtMost);
  const list = [...others, { sha: report.sha, images }].slice(-keptReports);
  const next: PreviewState = { ...state, reports: { seq: state.reports.seq + 1, list } };
  if (state.pullRequest?.head.sha !== report.sha || state.wanted === null) return next;
  if (next.images !== null) return { ...next, images: { ...next.images, complete: true } };
  const { settled, wanted, failure } = state;
  const wanting = failure?.type === 'ImageMissing' || failure?.type === 'ImageOfAnotherCommit';
  if (!wanting || !sameAttempt(settled, wanted)) return next;
  return { ...next, wanted: { ...wanted, retry: wanted.retry + 1 } };
}

/** The state with one more hint, to be followed at once. */
function hinted(state: PreviewState, hint: Hint): PreviewState {
  const knownSha = state.pullRequest?.head.sha ?? null;
  // whether GitHub can be read now, the next reading tells
  return { ...state, hint: joinHints(state.hint, hint, knownSha), readAgainAt: null, unread: null };
}
