import type { components } from '@octokit/openapi-types';
import type { PullRequestRef } from '../../../domain/pull-request.ts';

type Schemas = components['schemas'];

/** Parts of what GitHub sends, held to GitHub's own description of it. */
type Part<T> = T extends readonly (infer E)[]
  ? readonly Part<E>[]
  : T extends object
    ? { readonly [K in keyof T]?: Part<T[K]> }
    : T;

export interface Source {
  readonly ref: PullRequestRef;
  readonly repositoryId: number;
}

function repositoryOf({ ref, repositoryId }: Source) {
  return {
    id: repositoryId,
    name: ref.repository,
    full_name: `${ref.owner}/${ref.repository}`,
    private: false,
    owner: { login: ref.owner, id: 1, type: 'Organization' },
    default_branch: 'main',
  } as const satisfies Part<Schemas['repository-webhooks']>;
}

export type PullRequestAction =
  | 'opened'
  | 'reopened'
  | 'synchronize'
  | 'ready_for_review'
  | 'labeled'
  | 'closed'
  | 'edited'
  | 'unlabeled'
  | 'assigned';

/** A `pull_request` event; of a fork where `headRepositoryId` is another. Extra fields are there to be dropped. */
export function pullRequestPayload(
  action: PullRequestAction,
  source: Source & { readonly sha: string; readonly headRepositoryId?: number | null },
  changes: object = {},
): Readonly<Record<string, unknown>> {
  const { ref, repositoryId, sha, headRepositoryId = repositoryId } = source;
  const repository = repositoryOf(source);
  const payload = {
    action: 'opened',
    number: ref.number,
    pull_request: {
      number: ref.number,
      title: 'A change',
      state: action === 'closed' ? 'closed' : 'open',
      user: { login: 'alice', type: 'User' },
      base: { ref: 'main', repo: { id: repositoryId, full_name: repository.full_name } },
    },
    repository,
    sender: { login: 'alice', type: 'User' },
  } satisfies Part<Schemas['webhook-pull-request-opened']>;
  // GitHub says null of a fork that is gone, which its description forgets
  const head = { sha, ref: 'topic', repo: headRepositoryId === null ? null : { id: headRepositoryId } };
  return { ...payload, pull_request: { ...payload.pull_request, head }, action, ...changes };
}

/** An `issue_comment` event of a comment that GitHub has. */
export function commentPayload(
  comment: Pick<Schemas['issue-comment'], 'id' | 'body' | 'user'> & { readonly created_at?: string },
  source: Source,
  changes: object = {},
): Readonly<Record<string, unknown>> {
  const user = comment.user;
  const payload = {
    action: 'created',
    issue: {
      number: source.ref.number,
      title: 'A change',
      pull_request: { url: 'https://api.github.com/repos/o/r/pulls/7' },
    },
    comment: {
      id: comment.id,
      body: comment.body ?? '',
      created_at: comment.created_at ?? new Date().toISOString(),
      user: user === null ? null : { login: user.login, id: user.id, type: user.type as 'User' },
    },
    repository: repositoryOf(source),
    sender: { login: user?.login ?? 'ghost', type: 'User' },
  } satisfies Part<Omit<Schemas['webhook-issue-comment-created'], 'comment'>> & {
    readonly comment: Part<Schemas['webhook-issue-comment-created']['comment']>;
  };
  return { ...payload, ...changes };
}
