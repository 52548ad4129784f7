import type { Octokit } from 'octokit';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import { formatRef } from '../../domain/pull-request.ts';
import { commentAnswer } from './answers.ts';
import { answerMarker, carriesMarker, commentMarker, commentText } from './comment-body.ts';
import { ask, statusOf } from './failure.ts';
import type { Identity } from './identity.ts';

interface Words {
  readonly ref: PullRequestRef;
  /** Markdown without the marker; what is longer than GitHub takes is cut. */
  readonly body: string;
}

export interface Comments {
  /**
   * Makes the pull request's one comment of ours say this; answers with its id.
   *
   * Ours is what the token's own account wrote and what carries the marker; it is looked for on all pages each time,
   * so that a deleted comment comes back, and of several the oldest stays. Nothing is written when it says so already.
   * Safe at once: both end on one comment. After an error, whether the write was done or not, call it again.
   */
  upsertComment(comment: Words, signal: AbortSignal): Promise<number>;
  /** Makes our one answer to a comment say this, in the same way. */
  upsertAnswer(answer: Words & { readonly commentId: number }, signal: AbortSignal): Promise<number>;
}

export function createComments({ octokit, identity }: { octokit: Octokit; identity: Identity }): Comments {
  const call = { octokit, identity };
  const upsert = async ({ ref, marker, body }: Words & { marker: string }, signal: AbortSignal) => {
    const said = { ref, marker, body: commentText(marker, body) };
    const written = await updateOurs(call, said, signal);
    if (written !== null) return written;
    const created = await create(octokit, said, signal);
    // Another attempt may have created one in the same moment: the older of the two stays.
    return (await updateOurs(call, said, signal)) ?? created;
  };
  return {
    upsertComment: ({ ref, body }, signal) => upsert({ ref, body, marker: commentMarker(ref) }, signal),
    upsertAnswer: ({ ref, body, commentId }, signal) =>
      upsert({ ref, body, marker: answerMarker(commentId) }, signal),
  };
}

/** A comment with its marker, as GitHub has it. */
interface MarkedComment extends Words {
  readonly marker: string;
}

interface Call {
  readonly octokit: Octokit;
  readonly identity: Identity;
}

interface Found {
  readonly id: number;
  readonly body: string;
}

/** Updates the oldest of our comments and deletes the rest; null where there is none (any more). */
async function updateOurs(call: Call, comment: MarkedComment, signal: AbortSignal): Promise<number | null> {
  const [oldest, ...rest] = await findOurs(call, comment, signal);
  if (oldest === undefined) return null;
  for (const { id } of rest) await remove(call.octokit, { ref: comment.ref, id }, signal);
  if (oldest.body === comment.body) return oldest.id;
  const there = await update(call.octokit, { ...comment, id: oldest.id }, signal);
  return there ? oldest.id : null;
}

async function findOurs(
  { octokit, identity }: Call,
  { ref, marker }: Pick<MarkedComment, 'ref' | 'marker'>,
  signal: AbortSignal,
): Promise<Found[]> {
  const self = await identity(signal);
  const comments = await ask(signal, `read the comments of ${formatRef(ref)}`, async () => {
    const all = await octokit.paginate(octokit.rest.issues.listComments, {
      ...repositoryOf(ref),
      issue_number: ref.number,
      per_page: 100,
      request: { signal },
    });
    return all.map((comment) => commentAnswer.parse(comment));
  });
  return comments
    .filter(({ user, body = '' }) => user?.id === self && carriesMarker(body, marker))
    .map(({ id, body = '' }) => ({ id, body }))
    .sort((one, other) => one.id - other.id);
}

async function create(octokit: Octokit, { ref, body }: MarkedComment, signal: AbortSignal): Promise<number> {
  return ask(signal, `comment on ${formatRef(ref)}`, async () => {
    const { data } = await octokit.rest.issues.createComment({
      ...repositoryOf(ref),
      issue_number: ref.number,
      body,
      request: { signal },
    });
    return commentAnswer.parse(data).id;
  });
}

/** False when somebody has deleted the comment meanwhile. */
async function update(
  octokit: Octokit,
  { ref, body, id }: MarkedComment & { id: number },
  signal: AbortSignal,
): Promise<boolean> {
  return ask(signal, `edit the comment on ${formatRef(ref)}`, () =>
    unlessGone(() =>
      octokit.rest.issues.updateComment({ ...repositoryOf(ref), comment_id: id, body, request: { signal } }),
    ),
  );
}

async function remove(
  octokit: Octokit,
  { ref, id }: { ref: PullRequestRef; id: number },
  signal: AbortSignal,
): Promise<boolean> {
  return ask(signal, `delete a second comment of ours on ${formatRef(ref)}`, () =>
    unlessGone(() =>
      octokit.rest.issues.deleteComment({ ...repositoryOf(ref), comment_id: id, request: { signal } }),
    ),
  );
}

async function unlessGone(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if ([404, 410].includes(statusOf(error) ?? 0)) return false;
    throw error;
  }
}

function repositoryOf({ owner, repository }: PullRequestRef): { owner: string; repo: string } {
  return { owner, repo: repository };
}
