import { ApplicationFailure } from '@temporalio/common';
import type { Octokit } from 'octokit';
import { failure } from '../failure.ts';
import { packageVersionAnswer, userAnswer } from './answers.ts';
import { ask, statusOf, wordsOf } from './failure.ts';

/** A container package: `ghcr.io/<owner>/<name>`. */
export interface PackageRef {
  readonly owner: string;
  /** May contain slashes. */
  readonly name: string;
}

export interface PackageVersion {
  readonly id: number;
  readonly digest: string;
  readonly tags: readonly string[];
}

/**
 * GitHub's container packages. Every question throws the failures of `githubFailure`; `GitHubDenied` says which token it
 * takes.
 */
export interface Packages {
  /** All versions; null where there is no such package, or the token may not see it. */
  list(of: PackageRef, signal: AbortSignal): Promise<PackageVersion[] | null>;
  /** One version as it is now; null: it is gone. */
  read(of: PackageRef, id: number, signal: AbortSignal): Promise<PackageVersion | null>;
  /** Deletes a version with all its tags. Null: it is gone; else in words why GitHub leaves it for good. */
  remove(of: PackageRef, id: number, signal: AbortSignal): Promise<string | null>;
}

export function createPackages(octokit: Octokit): Packages {
  const roots = new Map<string, string>();
  const rootOf = async (owner: string, signal: AbortSignal): Promise<string | null> => {
    const root = roots.get(owner) ?? (await readRoot(octokit, owner, signal));
    if (root !== null) roots.set(owner, root);
    return root;
  };
  const versions = async ({ owner }: PackageRef, signal: AbortSignal): Promise<string | null> => {
    const root = await rootOf(owner, signal);
    return root === null ? null : `/${root}/{owner}/packages/container/{name}/versions`;
  };

  const packages: Packages = {
    list: async (of, signal) => {
      const path = await versions(of, signal);
      if (path === null) return null;
      return await asking(signal, `list the versions of the package ${of.owner}/${of.name}`, () =>
        orNull(async () => {
          const all = await octokit.paginate(`GET ${path}`, { ...of, per_page: 100, request: { signal } });
          return all.map(toVersion);
        }),
      );
    },
    read: async (of, id, signal) => {
      const path = await versions(of, signal);
      if (path === null) return null;
      return await asking(signal, `read a version of the package ${of.owner}/${of.name}`, () =>
        orNull(async () =>
          toVersion((await octokit.request(`GET ${path}/{id}`, { ...of, id, request: { signal } })).data),
        ),
      );
    },
    remove: async (of, id, signal) => {
      const path = await versions(of, signal);
      if (path === null) return null;
      const answer = await asking(signal, `delete a version of the package ${of.owner}/${of.name}`, () =>
        tryToRemove(async () => {
          await octokit.request(`DELETE ${path}/{id}`, { ...of, id, request: { signal } });
        }),
      );
      if (answer !== 'not found') return answer;
      // GitHub says so too where the account may read the package but not delete from it
      return (await packages.read(of, id, signal)) === null
        ? null
        : `GitHub does not delete it: ${packagesAdvice}`;
    },
  };
  return packages;
}

/** Where an owner's packages are; null: there is no such account. */
async function readRoot(octokit: Octokit, owner: string, signal: AbortSignal): Promise<string | null> {
  return await asking(signal, `read what kind of account ${owner} is`, () =>
    orNull(async () => {
      const { data } = await octokit.rest.users.getByUsername({ username: owner, request: { signal } });
      return userAnswer.parse(data).type === 'Organization' ? 'orgs' : 'users';
    }),
  );
}

function toVersion(answer: unknown): PackageVersion {
  const { id, name, metadata } = packageVersionAnswer.parse(answer);
  return { id, digest: name, tags: metadata?.container?.tags ?? [] };
}

async function orNull<T>(question: () => Promise<T>): Promise<T | null> {
  try {
    return await question();
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}

async function tryToRemove(remove: () => Promise<void>): Promise<string | null> {
  try {
    await remove();
    return null;
  } catch (error) {
    const status = statusOf(error);
    if (status === 404) return 'not found';
    // a package's last tagged version, or one that was downloaded too often
    if (status === 400 || status === 422) return `GitHub refuses to delete it: ${wordsOf(error)}`;
    throw error;
  }
}

/** What to do where GitHub does not let packages be read or deleted; goes on after a comma. */
export const packagesAdvice =
  'give the worker a GITHUB_PACKAGES_TOKEN: a classic token with read:packages and delete:packages, of an account that is admin of the package';

/** As `ask`, with words on which token it takes. */
async function asking<T>(signal: AbortSignal, doing: string, question: () => Promise<T>): Promise<T> {
  try {
    return await ask(signal, doing, question);
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    if (error.type === 'GitHubDenied') {
      throw failure(
        'GitHubDenied',
        `${error.message.replace(/\.?$/, '.')} To have images deleted, ${packagesAdvice}.`,
        {
          cause: error,
        },
      );
    }
    if (error.type === 'GitHubUnauthorized') {
      const message = `GitHub: could not ${doing}: it does not accept the token. Replace GITHUB_PACKAGES_TOKEN, or without one the worker's own login.`;
      throw failure('GitHubUnauthorized', message, { cause: error, retryAfterMs: 60_000 });
    }
    throw error;
  }
}
