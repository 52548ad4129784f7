import { canonicalJson } from '../../domain/canonical-json.ts';
import { renderPlan } from '../../config/render-plan.ts';
import type { PlatformConfig, PreviewConfig } from '../../domain/config.ts';
import type { PlanInputs } from '../../domain/plan.ts';
import { failure, problemsFailure } from '../failure.ts';
import type { ChartLocation, Charts } from '../helm/charts.ts';
import type { Source } from '../source/source.ts';
import { configAt } from './config-at.ts';
import type { LoadedPlan, Plans } from './plans.ts';

/** Plans kept in memory: one is asked for by every activity of its deploy, and a hundred may be under way at once. */
const keptPlans = 256;

export interface PlanLoaderDependencies {
  readonly platform: PlatformConfig;
  readonly source: Source;
  readonly charts: Charts;
}

/** Renders plans from their inputs. The platform config is this process's own, so equal inputs give equal plans. */
export function createPlans(dependencies: PlanLoaderDependencies): Plans {
  const kept = new Map<string, LoadedPlan>();
  return {
    load: async (reference, signal) => {
      const key = canonicalJson(reference.inputs);
      const loaded = kept.get(key) ?? (await load(dependencies, reference.inputs, signal));
      kept.delete(key);
      kept.set(key, loaded);
      const oldest = kept.keys().next();
      if (kept.size > keptPlans && !oldest.done) kept.delete(oldest.value);
      if (reference.hash !== null && loaded.plan.hash !== reference.hash)
        throw failure(
          'PlanChanged',
          'the platform config or the charts changed since the check; it is checked again',
        );
      return loaded;
    },
  };
}

async function load(
  { platform, source, charts }: PlanLoaderDependencies,
  inputs: PlanInputs,
  signal: AbortSignal,
): Promise<LoadedPlan> {
  const at = await configAt(source, { ref: inputs.pullRequest, configCommit: inputs.configCommit }, signal);
  if (!at.ok) throw problemsFailure(at.problems);
  const located = await locateCharts(charts, { config: at.config, folder: at.folder }, signal);
  const { plan, problems } = renderPlan({ platform, preview: at.config, inputs, charts: located });
  if (plan === null || problems.length > 0) throw problemsFailure(problems);
  return { plan, charts: located };
}

/** Lays out the charts of all services. */
async function locateCharts(
  charts: Charts,
  { config, folder }: { readonly config: PreviewConfig; readonly folder: string },
  signal: AbortSignal,
): Promise<Record<string, ChartLocation>> {
  const entries = Object.entries(config.services).map(
    async ([name, { chart }]) => [name, await charts.locate(chart, folder, signal)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}
