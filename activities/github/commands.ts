import type { Octokit } from 'octokit';
import type { CommandReaction, CommentFacts, CommentRef, Reacted } from '../../domain/command-comment.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import { formatRef } from '../../domain/pull-request.ts';
import { commandCommentAnswer, reactionAnswer } from './answers.ts';
import { createComments } from './comments.ts';
import { ask, statusOf } from './failure.ts';
import type { Identity } from './identity.ts';
import { mayWrite } from './permission.ts';

/** What commands in comments need of GitHub. Failures as in `activities.ts`. */
export interface Commands {
  readonly mayWrite: (ref: PullRequestRef, login: string) => Promise<boolean>;
  /** Given up after 2.5 s, with whatever rejects first. */
  readonly react: (comment: CommentRef, reaction: CommandReaction) => Promise<Reacted>;
  readonly hasReaction: (comment: CommentRef, reactions: readonly CommandReaction[]) => Promise<boolean>;
  /** Our one answer to a comment: found by marker and author, edited where it is there. */
  readonly answer: (comment: CommentRef, body: string) => Promise<void>;
  /** Null: the pull request has no such comment (any more). `edited`: it was written otherwise. */
  readonly readComment: (comment: CommentRef) => Promise<CommentFacts | null>;
}

/** How long a reaction may take, a place in the client's queue included: nothing depends on it. */
const reactionMs = 2_500;

interface CommandsOptions {
  readonly octokit: Octokit;
  readonly identity: Identity;
  /** Milliseconds between two 👎. Default 5 s. */
  readonly thumbDownEveryMs?: number;
}

export function createCommands({ octokit, identity, thumbDownEveryMs = 5_000 }: CommandsOptions): Commands {
  let waiting = 0;
  let nextThumbDown = 0;
  /** Github.com takes one write a second of us: strangers must not fill the queue that people with rights wait in. */
  const isTooMuch = (): boolean => {
    const now = performance.now();
    if (waiting > 0 || now < nextThumbDown) return true;
    nextThumbDown = now + thumbDownEveryMs;
    return false;
  };
  const comments = createComments({ octokit, identity });
  // the client has a deadline for each request
  const patient = new AbortController().signal;
  return {
    mayWrite: (ref, login) => mayWrite(octokit, { ref, login }, patient),

    react: async (comment, reaction) => {
      if (reaction === '-1' && isTooMuch()) return 'dropped';
      const signal = AbortSignal.timeout(reactionMs);
      waiting += 1;
      return await ask(signal, `react to a comment on ${formatRef(comment.ref)}`, async () => {
        const { status } = await octokit.rest.reactions.createForIssueComment({
          ...placeOf(comment),
          content: reaction,
          request: { signal },
        });
        return status === 201 ? ('first' as const) : ('again' as const);
      }).finally(() => (waiting -= 1));
    },

    hasReaction: async (comment, reactions) => {
      const self = await identity(patient);
      return await ask(patient, `read the reactions to a comment on ${formatRef(comment.ref)}`, async () => {
        const all = await octokit.paginate(octokit.rest.reactions.listForIssueComment, {
          ...placeOf(comment),
          per_page: 100,
        });
        return all
          .map((one) => reactionAnswer.parse(one))
          .some(({ user, content }) => user?.id === self && reactions.some((word) => word === content));
      });
    },

    answer: async ({ ref, commentId }, body) => {
      await comments.upsertAnswer({ ref, commentId, body }, patient);
    },

    readComment: (comment) =>
      ask(patient, `read a comment on ${formatRef(comment.ref)}`, async () => {
        try {
          const { data } = await octokit.rest.issues.getComment(placeOf(comment));
          return factsOf(comment, commandCommentAnswer.parse(data));
        } catch (error) {
          if ([404, 410].includes(statusOf(error) ?? 0)) return null;
          throw error;
        }
      }),
  };
}

function factsOf(
  { ref }: CommentRef,
  { user, body, issue_url: issue, created_at: created, updated_at: updated }: CommentAnswer,
): CommentFacts | null {
  // a comment of the repository, but of another pull request
  if (!issue.endsWith(`/issues/${ref.number}`)) return null;
  const author = user === null ? null : { login: user.login, bot: user.type === 'Bot' };
  return { author, body, writtenAt: Date.parse(created), edited: created !== updated };
}

type CommentAnswer = (typeof commandCommentAnswer)['_output'];

function placeOf({ ref, commentId }: CommentRef): { owner: string; repo: string; comment_id: number } {
  return { owner: ref.owner, repo: ref.repository, comment_id: commentId };
}
