import type { PlatformConfig, PreviewConfig } from '../domain/config.ts';
import type { Problem } from '../domain/failures.ts';
import type { ImageRequest } from '../domain/image.ts';
import { reportOn, unknownReports } from '../domain/image-reports.ts';
import type { ReportedImage } from '../domain/messages.ts';
import type { PlanInputs } from '../domain/plan.ts';
import { createTemplateEngine } from './liquid.ts';
import { planNames } from './plan-names.ts';
import type { Fault } from './problem.ts';
import { unlocatedProblems } from './problem.ts';
import { renderText } from './values.ts';
import { templateScope } from './variables.ts';

/**
 * Every image the preview wants, templates filled in. Without `fresh`, the digest that CI reported is taken, and where
 * it reported none the revision label must prove the commit. A request is left out when its own text is at fault;
 * what CI reported and nobody wants is a warning.
 */
export function imageRequests(from: {
  readonly platform: PlatformConfig;
  readonly preview: PreviewConfig;
  readonly inputs: Omit<PlanInputs, 'images'>;
  /** What CI said of this commit. Default: nothing. */
  readonly reported?: readonly ReportedImage[];
}): { requests: ImageRequest[]; problems: Problem[]; warnings: string[] } {
  const { platform, preview, inputs, reported = [] } = from;
  const names = planNames(platform, preview, inputs);
  const scope = templateScope({ platform, preview, inputs, names, images: null });
  const engine = createTemplateEngine();
  const all: Fault[] = [];
  const requests = Object.entries(preview.services).flatMap(([service, { images }]) =>
    Object.entries(images).flatMap(([image, config]): ImageRequest[] => {
      const path = ['services', service, 'images', image];
      const faults: Fault[] = [];
      const text = (key: 'repository' | 'tag' | 'fallback', value: string): string =>
        renderText(value, [...path, key], { engine, scope, faults });
      const repository = text('repository', config.repository).toLowerCase();
      const tag = text('tag', config.tag);
      const fallback = config.fallback === null ? null : text('fallback', config.fallback);
      if (faults.length === 0) faults.push(...addressFaults({ repository, tag, fallback }, path));
      all.push(...faults);
      if (faults.length > 0) return [];
      const report = reportOn(reported, { service, image });
      const digest = report?.digest ?? null;
      return [
        {
          service,
          image,
          repository,
          tag,
          fresh: config.fresh ?? (digest === null ? 'revision' : 'reported'),
          fallback,
          reported: digest,
          notBuilt: report !== null && digest === null,
          waitOver: false,
        },
      ];
    }),
  );
  const known = Object.entries(preview.services).map(
    ([name, { images }]) => [name, Object.keys(images)] as const,
  );
  return {
    requests,
    problems: unlocatedProblems(all),
    warnings: unknownReports(reported, Object.fromEntries(known)),
  };
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
