import type { Problem } from '../../domain/failures.ts';
import type { MissingImage } from '../../domain/outcome.ts';
import type { PinnedImages } from '../../domain/plan.ts';

const standInDigest = `sha256:${'0'.repeat(64)}`;

/** Images with a stand-in for each one that is missing, so that everything else can be looked at. */
export function withStandIns(images: PinnedImages, missing: readonly MissingImage[]): PinnedImages {
  const all: Record<string, Record<string, PinnedImages[string][string]>> = {};
  for (const [service, pinned] of Object.entries(images)) all[service] = { ...pinned };
  for (const { service, image, repository, tag } of missing)
    (all[service] ??= {})[image] = { repository, tag, digest: standInDigest, digests: [standInDigest] };
  return all;
}

/** What a person reads when an image is not waited for. */
export function missingImageProblems(missing: readonly MissingImage[], commit: string): Problem[] {
  return missing.map(({ service, image, repository, tag, reason, foundCommit }) => {
    const where = `preview.yaml: services.${service}.images.${image}`;
    const name = `${repository}:${tag}`;
    if (reason === 'other-commit') {
      const found = foundCommit === null ? 'names no commit' : `is of ${foundCommit}`;
      return {
        type: 'ImageOfAnotherCommit',
        where,
        message: `${name} ${found}, wanted ${commit}: build and push the image of this commit, with the label org.opencontainers.image.revision`,
      };
    }
    const message = `${name} is not there, or may not be read: build and push the image of ${commit}, or give the worker access to it`;
    return { type: 'ImageMissing', where, message };
  });
}
