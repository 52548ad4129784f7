import type { PlatformConfig, PreviewConfig } from '../domain/config.ts';
import type { ImageRequest, OwnImage } from '../domain/image.ts';
import type { PlanInputs } from '../domain/plan.ts';
import { imageRequests } from './image-requests.ts';

/**
 * The planned images whose tag was made for this pull request alone, in registries that the platform deletes from:
 * with another number the same configuration asks for another image. A branch's name or a commit in a tag is no proof,
 * since the base branch may come to have it too; a fallback is the base branch's own, and a digest that CI named without
 * a label of the commit may be anybody's.
 */
export function ownImages({
  platform,
  preview,
  inputs,
}: {
  readonly platform: PlatformConfig;
  readonly preview: PreviewConfig;
  readonly inputs: PlanInputs;
}): OwnImage[] {
  const deletes = new Set(
    platform.registries.filter(({ deleteImages }) => deleteImages).map(({ host }) => host.toLowerCase()),
  );
  if (deletes.size === 0) return [];
  const number = inputs.pullRequest.number + 1;
  const elsewhere = {
    ...inputs,
    pullRequest: { ...inputs.pullRequest, number },
    pr: { ...inputs.pr, number },
  };
  const others = imageRequests({ platform, preview, inputs: elsewhere }).requests;
  const own = imageRequests({ platform, preview, inputs }).requests.flatMap((request): OwnImage[] => {
    const pinned = inputs.images[request.service]?.[request.image];
    const [host = ''] = request.repository.split('/', 1);
    if (!pinned || pinned.fallback || pinned.unproven || !deletes.has(host)) return [];
    const { repository, tag, digest } = pinned;
    return others.some((other) => isSameImage(request, other)) ? [] : [{ repository, tag, digest }];
  });
  return own.filter(
    (image, index) =>
      own.findIndex(
        ({ digest, repository }) => digest === image.digest && repository === image.repository,
      ) === index,
  );
}

function isSameImage(one: ImageRequest, other: ImageRequest): boolean {
  return one.repository === other.repository && one.tag === other.tag;
}
