import { join } from 'node:path';
import type { PullRequestRef } from '../domain/pull-request.ts';
import { checkout } from './folders.ts';
import type { GitHubControl } from './github/control.ts';
import { controlOf } from './github/control.ts';
import type { BuiltService, Fault } from './images/index.ts';
import { buildExampleImages } from './images/index.ts';
import type { Progress } from './progress.ts';
import { silentProgress } from './progress.ts';
import type { Stack } from './stack.ts';

export interface ExampleAppOptions {
  readonly stack: Pick<Stack, 'github' | 'registry'>;
  /** Default `videocall`; a test takes one of its own. */
  readonly repository?: string;
  /** Files written over the example's own on the base branch; null deletes. */
  readonly files?: Record<string, string | null>;
  readonly progress?: Progress;
}

export interface Change {
  /** Ways in which the images fail on purpose. */
  readonly faults?: Partial<Record<BuiltService, Fault>>;
  /** Which services' images are built; default all. */
  readonly services?: readonly BuiltService[];
  /** Files changed by the commit. */
  readonly files?: Record<string, string | null>;
}

/** The example application's repository on the GitHub stand-in, with somebody who pushes and a CI that builds. */
export interface ExampleApp {
  readonly owner: string;
  readonly repository: string;
  readonly github: GitHubControl;
  readonly refOf: (number: number) => PullRequestRef;
  /** Page of a pull request for people. */
  readonly pageOf: (number: number) => string;
  /** As the function of that name. */
  readonly nextNumber: () => Promise<number>;
  /** Opens a pull request with one commit, builds and pushes its images; resolves to the head commit. */
  readonly open: (number: number, change?: Change) => Promise<string>;
  /** Pushes one more commit, and its images under the same tag. */
  readonly push: (number: number, change?: Change) => Promise<string>;
  /** Builds and pushes the images of a commit, as CI does. */
  readonly build: (number: number, commit: string, change?: Change) => Promise<void>;
}

/** Owner of the example's repositories. */
export const owner = 'example';
const author = 'alice';

/** Makes the repository, from the files in `examples/videocall`. Safe to call again: the base gets one more commit. */
export async function createExampleApp(options: ExampleAppOptions): Promise<ExampleApp> {
  const { stack, repository = 'videocall', files = {}, progress = silentProgress } = options;
  if (!stack.github || !stack.registry)
    throw new Error('the example needs the parts github and registry of the stack');
  const registry = stack.registry.address;
  const { url } = stack.github;
  const github = controlOf(url);
  const { url: pages } = await github.about();
  const place = { owner, repo: repository };
  await github.createRepository({ owner, name: repository });
  await github.setPermission({ ...place, user: author, permission: 'write' });
  const folder = join(checkout, 'examples/videocall');
  await github.commit({ ...place, folder, files, message: 'The example application' });

  const build: ExampleApp['build'] = async (number, commit, { faults, services } = {}) => {
    await buildExampleImages({
      registry,
      commit,
      tag: `pr-${number}`,
      progress,
      ...(faults === undefined ? {} : { faults }),
      ...(services === undefined ? {} : { services: ['nats', ...services] as const }),
    });
  };
  const changed = (number: number, change: Change): Record<string, string | null> => ({
    'CHANGES.md': `Change of pull request ${number}, ${new Date().toISOString()}\n`,
    ...change.files,
  });
  return {
    owner,
    repository,
    github,
    build,
    refOf: (number) => ({ owner, repository, number }),
    pageOf: (number) => `${pages}/${owner}/${repository}/pull/${number}`,
    nextNumber: () => nextNumber(url, repository),
    open: async (number, change = {}) => {
      const branch = `change-${number}`;
      const { sha } = await github.commit({
        ...place,
        branch,
        files: changed(number, change),
        message: `Change ${number}`,
      });
      await github.openPullRequest({ ...place, head: branch, title: `Change ${number}`, author, number });
      await build(number, sha, change);
      return sha;
    },
    push: async (number, change = {}) => {
      const { sha } = await github.pushToPullRequest({
        ...place,
        number,
        files: changed(number, change),
        message: `Another change of ${number}`,
      });
      await build(number, sha, change);
      return sha;
    },
  };
}

/** The first number that no pull request of an example's repository has. @param url of the GitHub stand-in. */
export async function nextNumber(url: string, repository: string): Promise<number> {
  for (let number = 1; ; number += 1)
    if ((await fetch(`${url}/${owner}/${repository}/pull/${number}`)).status === 404) return number;
}
