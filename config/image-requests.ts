import type { ImageConfig, PlatformConfig, PreviewConfig } from '../domain/config.ts';
import type { Problem } from '../domain/failures.ts';
import type { ImageFreshness, ImageRequest } from '../domain/image.ts';
import type { PinnedImage, PinnedImages, PlanInputs } from '../domain/plan.ts';
import { createTemplateEngine } from './liquid.ts';
import type { Fault } from './problem.ts';
import { toProblems } from './problem.ts';
import { planNames } from './plan-names.ts';
import { renderText } from './values.ts';
import { templateScope } from './variables.ts';

/** What CI said of one image for this commit; both absent: nothing. */
export interface ReportedImage {
  readonly digest?: string | null;
  readonly notBuilt?: boolean;
}

/** By service, then by the key in the service's `images`. */
export type ReportedImages = Readonly<Record<string, Readonly<Record<string, ReportedImage>>>>;

/** Every image the preview wants, templates filled in. A request is left out when its own text is at fault. */
export function imageRequests(from: {
  readonly platform: PlatformConfig;
  readonly preview: PreviewConfig;
  readonly inputs: Omit<PlanInputs, 'images'>;
  readonly reported?: ReportedImages;
  /** Name of the preview config in problems. Default `preview.yaml`. */
  readonly file?: string;
}): { requests: ImageRequest[]; problems: Problem[] } {
  const { platform, preview, inputs, reported = {}, file = 'preview.yaml' } = from;
  const names = planNames(platform, preview, inputs);
  const scope = templateScope({ platform, preview, inputs, names, images: null });
  const engine = createTemplateEngine();
  const faults: Fault[] = [];
  const requests = Object.entries(preview.services).flatMap(([service, { images }]) =>
    Object.entries(images).flatMap(([image, config]): ImageRequest[] => {
      const path = ['services', service, 'images', image];
      const own: Fault[] = [];
      const text = (key: 'repository' | 'tag' | 'fallback', value: string): string =>
        renderText(value, [...path, key], { engine, scope, faults: own });
      const repository = text('repository', config.repository).toLowerCase();
      const tag = text('tag', config.tag);
      const fallback = config.fallback === null ? null : text('fallback', config.fallback);
      if (own.length === 0) own.push(...addressFaults({ repository, tag, fallback }, path));
      faults.push(...own);
      const report = reported[service]?.[image];
      const digest = report?.digest ?? null;
      const fresh = freshness(config, digest);
      const notBuilt = report?.notBuilt ?? false;
      return own.length > 0
        ? []
        : [{ service, image, repository, tag, fresh, fallback, reported: digest, notBuilt }];
    }),
  );
  return {
    requests,
    problems: toProblems(faults, { type: 'InvalidPreviewConfig', file, locate: () => null }),
  };
}

/**
 * Fills the gaps with stand-ins (digest of zeros), so that everything else of a plan can be checked while images are
 * still missing. Never deploy such a plan.
 */
export function withStandInImages(requests: readonly ImageRequest[], images: PinnedImages): PinnedImages {
  const all: Record<string, Record<string, PinnedImage>> = {};
  for (const { service, image, repository, tag } of requests) {
    const digest = `sha256:${'0'.repeat(64)}`;
    all[service] = {
      ...all[service],
      [image]: images[service]?.[image] ?? { repository, tag, digest, digests: [digest] },
    };
  }
  return all;
}

function freshness({ fresh }: ImageConfig, reported: string | null): ImageFreshness {
  return fresh ?? (reported === null ? 'revision' : 'reported');
}

const repositoryGrammar =
  /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?::\d{1,5})?(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)+$/;
const tagGrammar = /^\w[\w.-]{0,127}$/;

function addressFaults(
  { repository, tag, fallback }: { repository: string; tag: string; fallback: string | null },
  path: readonly string[],
): Fault[] {
  const faults: Fault[] = [];
  const host = repository.split('/', 1)[0] ?? '';
  if (!repositoryGrammar.test(repository) || !(/[.:]/.test(host) || host === 'localhost'))
    faults.push({
      path: [...path, 'repository'],
      message: `Expected a repository with its registry, such as \`ghcr.io/owner/name\`, without a tag, found \`${repository}\`.`,
    });
  for (const [key, value] of Object.entries({ tag, fallback })) {
    if (value === null || tagGrammar.test(value)) continue;
    faults.push({
      path: [...path, key],
      message: `Expected a tag: at most 128 letters, digits, \`_\`, \`.\` and \`-\`, found \`${value}\`.`,
    });
  }
  return faults;
}
