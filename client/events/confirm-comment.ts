import type { CommentGitHub } from './comment-git-hub.ts';
import type { PreviewEvent } from './read-event.ts';

/**
 * A comment as GitHub itself has it, in place of what somebody says of it who is not GitHub. Other events are as they
 * were: the preview reads the pull request again in any case.
 *
 * @throws the failures of GitHub.
 */
export async function confirmComment(
  event: PreviewEvent,
  gitHub: Pick<CommentGitHub, 'readComment'>,
): Promise<PreviewEvent> {
  if (event.kind !== 'comment') return event;
  const { ref, comment } = event;
  const facts = await gitHub.readComment({ ref, commentId: comment.id });
  if (facts === null) return { kind: 'ignored', reason: 'the pull request has no such comment (any more)' };
  return { ...event, comment: { id: comment.id, ...facts } };
}
