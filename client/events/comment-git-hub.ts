import type { PullRequestRef } from '../../domain/pull-request.ts';
import type { EventComment } from './read-event.ts';

/** Our reactions to a command, and what each says to the person who gave it. */
export type CommandReaction =
  /** Taken: it is being passed on. */
  | 'rocket'
  /** Done: the preview's workflow has it, or the answer is written. */
  | '+1'
  /** Only people with write permission may. Nothing else is said. */
  | '-1'
  /** It cannot be done: an answer says why. */
  | 'confused';

/** One comment of a pull request. */
export interface CommentRef {
  readonly ref: PullRequestRef;
  readonly commentId: number;
}

/**
 * What commands need of GitHub; `activities/github/commands.ts` has it. Whatever GitHub refuses, or does not answer, is
 * thrown as the failures of `activities/github/failure.ts`.
 */
export interface CommentGitHub {
  /** By the permission in the repository, which counts; what a payload says of an author does not. */
  mayWrite(ref: PullRequestRef, login: string): Promise<boolean>;
  /** Reacts to a comment; `again`: it has this reaction of ours already; `dropped`: one 👎 of too many. */
  react(comment: CommentRef, reaction: CommandReaction): Promise<'first' | 'again' | 'dropped'>;
  /** Whether a comment has one of these reactions of ours. */
  hasReaction(comment: CommentRef, reactions: readonly CommandReaction[]): Promise<boolean>;
  /** Answers a comment: our one answer to it, found again and edited. */
  answer(comment: CommentRef, body: string): Promise<void>;
  /** Null: that pull request has no such comment (any more). */
  readComment(comment: CommentRef): Promise<Omit<EventComment, 'id'> | null>;
}
