import type { z } from 'zod';
import { faultsInWords } from '../../config/problem.ts';
import { checkSchema } from '../../config/schema-faults.ts';
import type { CommentFacts } from '../../domain/command-comment.ts';
import type { ImagesReadyMessage, Read } from '../../domain/messages.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import type { CommentPayload, PullRequestPayload } from './payloads.ts';
import { commentPayload, pullRequestPayload } from './payloads.ts';

/** What a preview is to be told because of something that happened on GitHub or in CI. */
export type PreviewEvent =
  | ({ readonly kind: 'push'; readonly sha: string; readonly fromFork: boolean } & EventTarget)
  | ({ readonly kind: 'close'; readonly fromFork: boolean } & EventTarget)
  | ({ readonly kind: 'comment'; readonly comment: EventComment } & EventTarget)
  /** CI's word on the images of one commit. */
  | { readonly kind: 'images'; readonly ref: PullRequestRef; readonly message: ImagesReadyMessage }
  /** What a workflow that a person started asks for. */
  | { readonly kind: 'wish'; readonly ref: PullRequestRef; readonly wish: Wish; readonly by: string | null }
  | { readonly kind: 'ignored'; readonly reason: string };

export interface EventTarget {
  readonly ref: PullRequestRef;
  /** GitHub's numeric id of the repository. */
  readonly repositoryId: number;
}

export type Wish = 'deploy' | 'close';

export interface EventComment extends CommentFacts {
  readonly id: number;
}

/**
 * Reads an event as GitHub delivers it, to a webhook or to a workflow's run. What no preview follows from is ignored
 * with a reason; what cannot be an event of that name is wrong, every fault of it at once.
 */
export function readEvent(name: string, payload: unknown): Read<PreviewEvent> {
  switch (name) {
    case 'pull_request':
    case 'pull_request_target': {
      const read = readPayload(name, { payload, schema: pullRequestPayload });
      return read.ok ? { ok: true, value: pullRequestEvent(name, read.value) } : read;
    }
    case 'issue_comment': {
      const read = readPayload(name, { payload, schema: commentPayload });
      return read.ok ? { ok: true, value: commentEvent(read.value) } : read;
    }
    default:
      return { ok: true, value: ignored(`nothing follows from an event \`${name.slice(0, 60)}\``) };
  }
}

/** Only what we use of an event's payload, so that nothing else leaves the machine that it came to. */
export function essentialPayload(name: string, payload: unknown): Read<unknown> {
  if (name === 'issue_comment') return readPayload(name, { payload, schema: commentPayload });
  return readPayload(name, { payload, schema: pullRequestPayload });
}

function readPayload<Schema extends z.ZodType>(
  name: string,
  { payload, schema }: { readonly payload: unknown; readonly schema: Schema },
): Read<z.output<Schema>> {
  const checked = checkSchema(schema, payload);
  if (checked.ok) return checked;
  const faults = faultsInWords(checked.faults);
  return { ok: false, wrong: `this is no event \`${name}\` of GitHub. ${faults}` };
}

/** After these there may be another commit to serve, or a commit may be served that was not before. */
const pushes: readonly string[] = ['opened', 'reopened', 'synchronize', 'ready_for_review', 'labeled'];

function pullRequestEvent(name: string, payload: PullRequestPayload): PreviewEvent {
  const { action, number, pull_request: pullRequest, changes } = payload;
  const { head, base } = pullRequest;
  const about = { ...targetOf(payload, number), fromFork: head.repo?.id !== base.repo.id };
  if (action === 'closed') return { kind: 'close', ...about };
  // another base branch may have another preview config
  if (pushes.includes(action) || (action === 'edited' && changes?.base !== undefined))
    return { kind: 'push', sha: head.sha, ...about };
  return ignored(`nothing follows from \`${action.slice(0, 60)}\` of \`${name}\``);
}

function commentEvent(payload: CommentPayload): PreviewEvent {
  const { action, issue, comment } = payload;
  if (action !== 'created') return ignored('only a new comment gives a command, not one that was changed');
  if (issue.pull_request === undefined) return ignored('it is a comment on an issue, not on a pull request');
  const { id, body, user, created_at: createdAt } = comment;
  const author = user === null ? null : { login: user.login, bot: user.type === 'Bot' };
  return {
    kind: 'comment',
    ...targetOf(payload, issue.number),
    comment: { id, author, body, writtenAt: Date.parse(createdAt), edited: false },
  };
}

function targetOf({ repository }: Pick<PullRequestPayload, 'repository'>, number: number): EventTarget {
  const { id, name, owner } = repository;
  return { ref: { owner: owner.login, repository: name, number }, repositoryId: id };
}

function ignored(reason: string): PreviewEvent {
  return { kind: 'ignored', reason };
}
