import type { PullRequestRef } from '../../domain/pull-request.ts';
import { formatRef } from '../../domain/pull-request.ts';

/** The longest comment that GitHub takes, in characters. */
const longest = 65_536;

/** The hidden first line by which our comment is found again. */
function commentMarker(ref: PullRequestRef): string {
  return `<!-- pr-preview:${formatRef(ref)} -->`;
}

/** Whether a comment's text carries the marker of this pull request; GitHub's names are case-insensitive. */
export function carriesMarker(text: string, ref: PullRequestRef): boolean {
  return text.trimStart().toLowerCase().startsWith(commentMarker(ref).toLowerCase());
}

/** The comment's whole text: marker, then body, cut where GitHub would refuse it, with what is open closed. */
export function commentText(ref: PullRequestRef, body: string): string {
  const marker = `${commentMarker(ref)}\n`;
  const room = longest - marker.length;
  if (body.length <= room) return marker + body;
  const kept = body.slice(0, room - roomForEnding).replace(/[\ud800-\udbff]$/, '');
  return marker + kept + ending(kept);
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
