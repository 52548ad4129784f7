import type { CommandReaction, CommentFacts, CommentRef, Reacted } from '../../domain/command-comment.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';

/**
 * What commands need of GitHub; `activities/github/commands.ts` has it. Whatever GitHub refuses, or does not answer, is
 * thrown as the failures of `activities/github/failure.ts`.
 */
export interface CommentGitHub {
  /** By the permission in the repository, which counts; what a payload says of an author does not. */
  mayWrite(ref: PullRequestRef, login: string): Promise<boolean>;
  /** Reacts to a comment. Many 👎 are too many. */
  react(comment: CommentRef, reaction: CommandReaction): Promise<Reacted>;
  /** Whether a comment has one of these reactions of ours. */
  hasReaction(comment: CommentRef, reactions: readonly CommandReaction[]): Promise<boolean>;
  /** Answers a comment: our one answer to it, found again and edited. */
  answer(comment: CommentRef, body: string): Promise<void>;
  /** Null: that pull request has no such comment (any more). */
  readComment(comment: CommentRef): Promise<CommentFacts | null>;
}
