import type { PlatformConfig, PreviewConfig } from '../domain/config.ts';
import { previewNames } from '../domain/names.ts';
import type { PlanInputs, PreviewNames } from '../domain/plan.ts';

/** What the things of one preview are called. */
export function planNames(
  platform: PlatformConfig,
  preview: Pick<PreviewConfig, 'services' | 'database'>,
  inputs: Pick<PlanInputs, 'pullRequest' | 'place'>,
): PreviewNames {
  const suffixes = Object.fromEntries(
    Object.entries(preview.services).map(([name, { host }]) => [name, host]),
  );
  return previewNames(platform, inputs, { suffixes, database: preview.database !== null });
}
