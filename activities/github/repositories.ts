import type { Octokit } from 'octokit';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import { formatRef } from '../../domain/pull-request.ts';
import { originAnswer, repositoryAnswer } from './answers.ts';
import { ask, statusOf } from './failure.ts';

/** What is asked of a repository before a run of its CI is believed. Failures as in `activities.ts`. */
export interface Repositories {
  /** The repository as GitHub has it; not asked for again within a minute. */
  readonly readRepository: (name: {
    readonly owner: string;
    readonly repository: string;
  }) => Promise<{ readonly id: number; readonly defaultBranch: string }>;
  /**
   * Whether a pull request comes from a fork, or from one that is gone, and into which branch it shall go; null: there is
   * none of that number.
   */
  readonly readOrigin: (
    ref: PullRequestRef,
  ) => Promise<{ readonly fromFork: boolean; readonly baseBranch: string } | null>;
}

const keptMs = 60_000;

export function createRepositories(octokit: Octokit): Repositories {
  type Facts = Awaited<ReturnType<Repositories['readRepository']>>;
  const kept = new Map<string, { readonly facts: Facts; readonly until: number }>();
  // the client has a deadline for each request
  const patient = new AbortController().signal;
  return {
    readRepository: async ({ owner, repository }) => {
      const name = `${owner}/${repository}`.toLowerCase();
      const before = kept.get(name);
      if (before !== undefined && Date.now() < before.until) return before.facts;
      const facts = await ask(patient, `read ${owner}/${repository}`, async () => {
        const { data } = await octokit.rest.repos.get({ owner, repo: repository });
        const { id, default_branch: defaultBranch } = repositoryAnswer.parse(data);
        return { id, defaultBranch };
      });
      kept.set(name, { facts, until: Date.now() + keptMs });
      return facts;
    },

    readOrigin: (ref) =>
      ask(patient, `read ${formatRef(ref)}`, async () => {
        const { owner, repository: repo, number } = ref;
        try {
          const { data } = await octokit.rest.pulls.get({ owner, repo, pull_number: number });
          const { head, base } = originAnswer.parse(data);
          return { fromFork: head.repo?.id !== base.repo.id, baseBranch: base.ref };
        } catch (error) {
          if (statusOf(error) === 404) return null;
          throw error;
        }
      }),
  };
}
