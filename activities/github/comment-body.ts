import type { PullRequestRef } from '../../domain/pull-request.ts';
import { formatRef } from '../../domain/pull-request.ts';

/** The longest comment that GitHub takes, in characters. */
const longest = 65_536;

/** The hidden first line by which a pull request's one comment of ours is found again. */
export function commentMarker(ref: PullRequestRef): string {
  return `<!-- pr-preview:${formatRef(ref)} -->`;
}

/** The hidden first line by which our answer to a comment is found again. */
export function answerMarker(commentId: number): string {
  return `<!-- pr-preview:answer:${commentId} -->`;
}

/** Whether a comment's text carries this marker; GitHub's names are case-insensitive. */
export function carriesMarker(text: string, marker: string): boolean {
  return text.trimStart().toLowerCase().startsWith(marker.toLowerCase());
}

/** The comment's whole text: marker, then body, cut where GitHub would refuse it, with what is open closed. */
export function commentText(marker: string, body: string): string {
  const room = longest - marker.length - 1;
  if (body.length <= room) return `${marker}\n${body}`;
  const kept = body.slice(0, room - roomForEnding).replace(/[\ud800-\udbff]$/, '');
  return `${marker}\n${kept}${ending(kept)}`;
}

const notice = '\n\n_Cut here: GitHub takes no longer comment._';
const roomForEnding = 1_000;

/** Ends a code block and folded parts that the cut left open, so that the notice is read as text. */
function ending(kept: string): string {
  const fence = openFence(kept);
  const folds = (kept.match(/<details/g)?.length ?? 0) - (kept.match(/<\/details>/g)?.length ?? 0);
  const closed = '\n</details>'.repeat(Math.min(Math.max(folds, 0), 50));
  return `${fence === null ? '' : `\n${fence}`}\n${closed}${notice}`;
}

/** The fence of the code block that is open at the end of a text. */
function openFence(text: string): string | null {
  let open: string | null = null;
  for (const [, fence = ''] of text.matchAll(/^ {0,3}(`{3,100}|~{3,100})/gm)) {
    if (open === null) open = fence;
    else if (fence.startsWith(open)) open = null;
  }
  return open;
}
