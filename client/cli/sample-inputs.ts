import type { PlatformConfig } from '../../domain/config.ts';
import type { Problem } from '../../domain/failures.ts';
import type { ImageRequest } from '../../domain/image.ts';
import { isRef } from '../../domain/preview-input.ts';
import type { PinnedImage, PinnedImages, PlanInputs } from '../../domain/plan.ts';
import { isAmong } from '../../domain/served-repositories.ts';
import { readCommit, readRepository, usage } from './words.ts';

/** What a person may say of the pull request that is imagined. */
export interface SampleOptions {
  readonly repository?: string;
  readonly number?: string;
  readonly commit?: string;
  readonly author?: string;
  readonly branch?: string;
  readonly place?: string;
}

/** Inputs of a plan for a pull request that need not exist; without images. */
export function sampleInputs(
  platform: PlatformConfig | null,
  options: SampleOptions,
  env: NodeJS.ProcessEnv,
): PlanInputs {
  const repository =
    options.repository ?? env['GITHUB_REPOSITORY'] ?? platform?.repositories[0] ?? 'owner/name';
  const { owner, name } = readRepository(repository);
  const pullRequest = { owner, repository: name, number: Number(options.number ?? 1) };
  if (!isRef(pullRequest)) throw usage(`wanted --number as an integer from 1, got "${options.number ?? ''}"`);
  const { author = 'octocat', branch = 'branch' } = options;
  const commit = options.commit === undefined ? '0'.repeat(40) : readCommit(options.commit, '--commit');
  return {
    pullRequest,
    repositoryId: 0,
    pr: { number: pullRequest.number, author, branch, draft: false },
    outsider: false,
    commit,
    configCommit: commit,
    images: {},
    place: options.place ?? null,
  };
}

/** Every image with a digest of zeros, in place of what a registry would say. */
export function standInImages(requests: readonly ImageRequest[]): PinnedImages {
  const digest = `sha256:${'0'.repeat(64)}`;
  const images: Record<string, Record<string, PinnedImage>> = {};
  for (const { service, image, repository, tag } of requests) {
    images[service] = { ...images[service], [image]: { repository, tag, digest, digests: [digest] } };
  }
  return images;
}

/** The platform's allow list, as a check applies it. */
export function repositoryProblems({ repositories }: PlatformConfig, { pullRequest }: PlanInputs): Problem[] {
  const wanted = `${pullRequest.owner}/${pullRequest.repository}`.toLowerCase();
  if (isAmong(repositories, wanted)) return [];
  const message = `The platform makes previews for ${repositories.join(', ')} only, not for ${wanted}.`;
  return [{ type: 'RepositoryNotAllowed', where: 'platform config: repositories', message }];
}
