import type { Octokit } from 'octokit';
import { branchAnswer } from '../github/answers.ts';
import { ask } from '../github/failure.ts';
import { createCache } from './cache.ts';
import { download } from './download.ts';
import { shared } from './shared.ts';

export interface RepositoryName {
  readonly owner: string;
  readonly repository: string;
}

/** Where preview configs and charts come from: a repository's files at a commit. */
export interface Source {
  /**
   * The commit a branch is at.
   * @throws failure `GitHubNotFound` when there is no such branch; else as every question to GitHub.
   */
  branchHead(repository: RepositoryName, branch: string, signal: AbortSignal): Promise<string>;
  /**
   * Absolute path of a folder with the repository's files at a commit, to be read and never written to. It stays for
   * at least an hour after it was last asked for. Symbolic links that lead out of it are left out.
   * @throws failure `PlanRefused` when the repository is too large; else as every question to GitHub.
   */
  folder(repository: RepositoryName, commit: string, signal: AbortSignal): Promise<string>;
}

export interface SourceDependencies {
  readonly octokit: Octokit;
  /** Folder of ours alone; several processes may share it. Made where it is missing. */
  readonly cacheFolder: string;
  /** What an archive may unpack to. Default: 1 GiB in 100,000 entries. */
  readonly limits?: { readonly bytes: number; readonly entries: number };
}

export function createSource({ octokit, cacheFolder, limits }: SourceDependencies): Source {
  const cache = createCache(cacheFolder);
  const downloads = shared<string>();
  const cap = limits ?? { bytes: 1024 ** 3, entries: 100_000 };
  return {
    branchHead: (repository, branch, signal) =>
      ask(signal, `read branch ${branch} of ${nameOf(repository)}`, async () => {
        const { data } = await octokit.rest.repos.getBranch({
          owner: repository.owner,
          repo: repository.repository,
          branch,
          request: { signal },
        });
        return branchAnswer.parse(data).commit.sha;
      }),

    folder: async (repository, commit, signal) => {
      const key = cacheKey(repository, commit);
      return (
        (await cache.find(key)) ??
        // Activities of one deploy ask for the same commit in the same moment.
        (await downloads(key, signal, (whileWanted) =>
          cache.fill(key, (folder) =>
            download({ octokit, repository, commit, folder, limits: cap }, whileWanted),
          ),
        ))
      );
    },
  };
}

/** A path of three safe segments. GitHub's names are case-insensitive. */
function cacheKey({ owner, repository }: RepositoryName, commit: string): string {
  const safe = /^(?!\.{1,2}$)[\w.-]+$/;
  if (!safe.test(owner) || !safe.test(repository) || !/^[0-9a-f]{40}$/.test(commit)) {
    throw new TypeError(
      `Source: wanted owner, repository and a full commit, got ${JSON.stringify({ owner, repository, commit })}`,
    );
  }
  return `${owner}/${repository}/${commit}`.toLowerCase();
}

function nameOf({ owner, repository }: RepositoryName): string {
  return `${owner}/${repository}`;
}
