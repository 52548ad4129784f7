import type { Octokit } from 'octokit';
import { ApplicationFailure } from '@temporalio/common';
import { ask } from '../github/failure.ts';
import type { RegistryOptions } from './activities.ts';

/**
 * Whether an image's commit is a merge whose second parent is the head: builds of pull requests run on such a merge,
 * made by GitHub, unless they check out the head. A commit that the repository does not have is none.
 *
 * @throws failures of GitHub, such as `GitHubUnavailable`.
 */
export function createIsMergeOf(octokit: Octokit): NonNullable<RegistryOptions['isMergeOf']> {
  return async ({ source: { owner, repository: repo }, merge, head }, signal) => {
    try {
      const { data } = await ask(signal, `read commit ${merge} of ${owner}/${repo}`, () =>
        octokit.rest.repos.getCommit({ owner, repo, ref: merge, per_page: 1 }),
      );
      return data.parents.length === 2 && data.parents[1]?.sha === head;
    } catch (error) {
      if (error instanceof ApplicationFailure && absent.has(error.type ?? '')) return false;
      throw error;
    }
  };
}

/** GitHub answers 404, or 422 to a hash it does not know. */
const absent = new Set(['GitHubNotFound', 'GitHubRefused']);
