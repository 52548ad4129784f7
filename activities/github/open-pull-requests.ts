import type { Octokit } from 'octokit';
import type { SeenPullRequest } from '../../domain/reconcile-world.ts';
import type { StartPolicy } from '../../domain/start.ts';
import { startsByItself } from '../../domain/start.ts';
import { listedPullRequestAnswer } from './answers.ts';
import { ask } from './failure.ts';

/** A repository as the platform config names it, and what starts a preview of a pull request there. */
export interface ListedRepository {
  readonly owner: string;
  readonly name: string;
  readonly policy: StartPolicy;
}

/**
 * All open pull requests of a repository, every page of them, or none: what only one of two pages has is not what is
 * open. Newest first, so that one that is opened meanwhile moves others to a later page, where they are seen twice;
 * one that is closed meanwhile may let another go unseen.
 *
 * @throws failure `GitHubNotFound` when the repository is not to be seen, and what else GitHub answers.
 */
export async function listOpenPullRequests(
  octokit: Octokit,
  { owner, name, policy }: ListedRepository,
  signal: AbortSignal,
): Promise<SeenPullRequest[]> {
  return await ask(signal, `list the open pull requests of ${owner}/${name}`, async () => {
    const all = await octokit.paginate(octokit.rest.pulls.list, {
      owner,
      repo: name,
      state: 'open',
      sort: 'created',
      direction: 'desc',
      per_page: 100,
      request: { signal },
    });
    return all.map((item) => toSeen(policy, listedPullRequestAnswer.parse(item)));
  });
}

function toSeen(policy: StartPolicy, answer: (typeof listedPullRequestAnswer)['_output']): SeenPullRequest {
  const { number, draft = false, labels, updated_at: updatedAt, user, head, base } = answer;
  const { owner, name, id } = base.repo;
  return {
    ref: { owner: owner.login, repository: name, number },
    sha: head.sha,
    startsByItself: startsByItself(policy, { draft, labels: labels.map((label) => label.name) }),
    outsider: head.repo?.id !== id || user?.type === 'Bot',
    updatedAt: Date.parse(updatedAt),
  };
}
