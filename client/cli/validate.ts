import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { imageRequests } from '../../config/image-requests.ts';
import { renderPlan } from '../../config/render-plan.ts';
import type { PlatformConfig, PreviewConfig } from '../../domain/config.ts';
import type { Problem } from '../../domain/failures.ts';
import type { CommandContext, CommandInput, CommandResult } from './command.ts';
import { problemsOf, readLocalConfig, refused, warningsOf } from './local-config.ts';
import type { SampleOptions } from './sample-inputs.ts';
import { repositoryProblems, sampleInputs, standInImages } from './sample-inputs.ts';
import { platformFileOf } from './words.ts';

interface ValidateOptions extends SampleOptions {
  readonly platform?: string;
}

/**
 * `preview validate`: everything that is wrong with the configs, without any outside system. Of charts it looks
 * only whether those of the repository are there; what is in them, `preview render` sees.
 */
export async function validate(
  { words: [folder = '.'], options }: CommandInput<ValidateOptions>,
  { env }: CommandContext,
): Promise<CommandResult> {
  const local = await readLocalConfig(folder, platformFileOf(options, env));
  const { platform, preview } = local;
  const together =
    platform?.ok && preview.ok
      ? problemsTogether(platform.value, preview.value, sampleInputs(platform.value, options, env))
      : [];
  const problems = [...problemsOf(local), ...together];
  const charts = preview.ok ? await missingCharts(folder, preview.value) : [];
  const warnings = [...warningsOf(local), ...charts];
  if (problems.length > 0) return refused(problems, warnings);
  const files = platform === null ? 'preview.yaml is' : 'preview.yaml and the platform config are';
  const text = [...warnings.map((warning) => `warning: ${warning}`), `${files} valid`].join('\n');
  return { code: 'ok', json: { ok: true, problems: [], warnings }, text };
}

/** A deploy would be refused; here the charts may be in another folder than the config that is looked at. */
async function missingCharts(folder: string, { services }: PreviewConfig): Promise<string[]> {
  const found = await Promise.all(
    Object.entries(services).map(async ([name, { chart }]) => {
      if (chart.kind !== 'path') return [];
      const file = join(folder, chart.path, 'Chart.yaml');
      const isThere = await access(file).then(
        () => true,
        () => false,
      );
      return isThere ? [] : [`services.${name}.chart.path: there is no ${file}`];
    }),
  );
  return found.flat();
}

/** What only shows when a plan is made of both; charts are left out, and with them the names of their values. */
function problemsTogether(
  platform: PlatformConfig,
  preview: PreviewConfig,
  inputs: ReturnType<typeof sampleInputs>,
): Problem[] {
  const { requests, problems } = imageRequests({ platform, preview, inputs });
  const images = standInImages(requests);
  const noChart = { identity: 'none', defaults: {} };
  const charts = Object.fromEntries(Object.keys(preview.services).map((name) => [name, noChart]));
  const rendered = renderPlan({ platform, preview, inputs: { ...inputs, images }, charts });
  const all = [...repositoryProblems(platform, inputs), ...problems, ...rendered.problems];
  const keys = all.map((problem) => JSON.stringify(problem));
  return all.filter((_, index) => keys.indexOf(keys[index] ?? '') === index);
}
