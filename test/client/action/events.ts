import type { PullRequestRef } from '../../../domain/pull-request.ts';
import { sha } from '../../domain/support.ts';
import type { GitHubEvent } from './run-action.ts';

/* Events as GitHub writes them into a runner's file, with a little of what we have no use for. */

function repositoryOf({ owner, repository }: PullRequestRef) {
  return { id: 42, name: repository, full_name: `${owner}/${repository}`, owner: { login: owner, id: 1 } };
}

/** Something happened to a pull request. */
export function pullRequestEvent(ref: PullRequestRef, action: string, commit: string = sha(1)): GitHubEvent {
  const { number } = ref;
  const head = { sha: commit, ref: 'change', repo: { id: 42 } };
  return {
    name: 'pull_request_target',
    payload: {
      action,
      number,
      pull_request: { number, title: 'A change', head, base: { ref: 'main', repo: { id: 42 } } },
      repository: repositoryOf(ref),
      sender: { login: 'alice' },
    },
  };
}

/** Somebody wrote a comment. */
export function commentEvent(
  ref: PullRequestRef,
  comment: { readonly id: number; readonly author: string; readonly body: string },
): GitHubEvent {
  const { id, author, body } = comment;
  return {
    name: 'issue_comment',
    payload: {
      action: 'created',
      issue: { number: ref.number, pull_request: { url: 'https://api.github.example' } },
      comment: {
        id,
        body,
        created_at: new Date().toISOString(),
        user: { login: author, type: 'User' },
        author_association: 'NONE',
      },
      repository: repositoryOf(ref),
    },
  };
}

/** Somebody started a workflow by hand, or the worker did. */
export function dispatchEvent(ref: PullRequestRef): GitHubEvent {
  const payload = {
    inputs: {},
    ref: 'refs/heads/main',
    repository: repositoryOf(ref),
    sender: { login: 'alice' },
  };
  return { name: 'workflow_dispatch', payload };
}
