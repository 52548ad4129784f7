import type { PullRequestRef } from './pull-request.ts';

/** One comment of a pull request. */
export interface CommentRef {
  readonly ref: PullRequestRef;
  readonly commentId: number;
}

/** What a comment that may hold a command says. */
export interface CommentFacts {
  /** Null when the account is gone. */
  readonly author: { readonly login: string; readonly bot: boolean } | null;
  readonly body: string;
  /** When it was written, by GitHub's clock, in epoch milliseconds. */
  readonly writtenAt: number;
  /** It is not any more what it was when it was written. */
  readonly edited: boolean;
}

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

/** What became of a reaction; `again`: the comment has it already; `dropped`: one 👎 too many, which was not sent. */
export type Reacted = 'first' | 'again' | 'dropped';
