import type { KubernetesObject } from '@kubernetes/client-node';
import { ownImages } from '../../config/own-images.ts';
import { renderPlan } from '../../config/render-plan.ts';
import type { PlatformConfig } from '../../domain/config.ts';
import type { Problem } from '../../domain/failures.ts';
import type { OwnImage } from '../../domain/image.ts';
import { inspectManifests } from '../../domain/manifests.ts';
import type { CheckedPlan, MissingImage } from '../../domain/outcome.ts';
import type { PinnedImages, Plan, PlanInputs } from '../../domain/plan.ts';
import { checkQuota } from '../../domain/quota.ts';
import type { ChartLocation, Charts } from '../helm/charts.ts';
import type { Rendering } from '../helm/helm.ts';
import type { Source } from '../source/source.ts';
import { configAt } from './config-at.ts';
import { missingImageProblems, withStandIns } from './missing-images.ts';
import { perService } from './per-service.ts';

export interface RenderPlanInput {
  /** With the images that were found. */
  readonly inputs: PlanInputs;
  readonly missing: readonly MissingImage[];
}

export interface RenderedPlan {
  /** Null when there are problems, or images are missing. */
  readonly plan: CheckedPlan | null;
  readonly problems: readonly Problem[];
  /** What is to be said of the missing images if they are not waited for. */
  readonly missingProblems: readonly Problem[];
  readonly warnings: readonly string[];
}

export interface RenderDependencies {
  readonly platform: PlatformConfig;
  readonly source: Source;
  readonly charts: Charts;
  readonly helm: { template(rendering: Rendering, signal: AbortSignal): Promise<KubernetesObject[]> };
}

/**
 * Renders the plan and every chart, without cluster access, and looks at what came out: hosts, kinds, namespaces,
 * forbidden strings, quota. Missing images are stood in for, so that one run tells everything else too.
 */
export async function renderAndInspect(
  dependencies: RenderDependencies,
  { inputs, missing }: RenderPlanInput,
  signal: AbortSignal,
): Promise<RenderedPlan> {
  const { platform, source, charts } = dependencies;
  const missingProblems = missingImageProblems(missing, inputs.commit);
  const nothing = { plan: null, missingProblems, warnings: [] };
  const at = await configAt(source, { ref: inputs.pullRequest, configCommit: inputs.configCommit }, signal);
  if (!at.ok) return { ...nothing, problems: at.problems };
  const { config, folder } = at;
  const located = await perService(config.services, ({ chart }) => charts.locate(chart, folder, signal));
  const images: PinnedImages = withStandIns(inputs.images, missing);
  const rendered = renderPlan({
    platform,
    preview: config,
    inputs: { ...inputs, images },
    charts: located.results,
  });
  const warnings = [...at.warnings, ...rendered.warnings];
  const early = [...located.problems, ...rendered.problems];
  if (rendered.plan === null) return { ...nothing, problems: early, warnings };
  const { plan } = rendered;
  const made = await renderCharts(dependencies.helm, { plan, charts: located.results }, signal);
  const objects = made.results;
  const quota = checkQuota(objects, { quota: platform.quota, limitRange: platform.limitRange });
  // what a chart that does not render lacks is no problem of its own
  const shown = { ...plan, services: plan.services.filter(({ name }) => objects[name] !== undefined) };
  const problems = [
    ...early,
    ...made.problems,
    ...inspectManifests(Object.values(objects).flat(), shown, platform),
    ...(quota.problem === null ? [] : [quota.problem]),
  ];
  if (problems.length > 0 || missing.length > 0) return { plan: null, problems, missingProblems, warnings };
  return {
    plan: checkedPlan(plan, {
      charts: located.results,
      objects,
      surgesFit: quota.surgesFit,
      ownImages: ownImages({ platform, preview: config, inputs }),
      keepImagesMs: platform.images.keep,
    }),
    problems,
    missingProblems,
    warnings,
  };
}

type Objects = Readonly<Record<string, readonly KubernetesObject[]>>;

/** Objects by service; of those services alone whose chart was found. */
async function renderCharts(
  helm: RenderDependencies['helm'],
  { plan, charts }: { readonly plan: Plan; readonly charts: Readonly<Record<string, ChartLocation>> },
  signal: AbortSignal,
): Promise<{ readonly results: Objects; readonly problems: readonly Problem[] }> {
  const renderings = plan.services.flatMap(({ name, release, values }) => {
    const chart = charts[name];
    return chart ? [[name, { chart, release, namespace: plan.names.namespace, values }] as const] : [];
  });
  return await perService(Object.fromEntries(renderings), (rendering) => helm.template(rendering, signal));
}

interface Inspected {
  readonly charts: Readonly<Record<string, ChartLocation>>;
  readonly objects: Objects;
  readonly surgesFit: boolean;
  readonly ownImages: readonly OwnImage[];
  readonly keepImagesMs: number;
}

/** What the workflows know of a plan: everything but values and charts. */
function checkedPlan(plan: Plan, { charts, objects, ...inspected }: Inspected): CheckedPlan {
  return {
    reference: { inputs: plan.inputs, hash: plan.hash },
    names: plan.names,
    owner: { platform: plan.owner.platform, repositoryId: plan.owner.repositoryId },
    services: plan.services.map(({ name, release, needs, needsDatabase, url, timeoutMs }) => ({
      name,
      release,
      chart: charts[name]?.identity ?? '',
      needs,
      needsDatabase,
      url,
      timeoutMs,
      interrupted: (objects[name] ?? []).some(isInterrupted),
    })),
    lifetime: plan.lifetime,
    ...inspected,
  };
}

/** Its old pod is away while the new one starts. */
function isInterrupted(object: KubernetesObject): boolean {
  if (object.kind === 'StatefulSet') return true;
  const { spec } = object as { spec?: { strategy?: { type?: string } } };
  return object.kind === 'Deployment' && spec?.strategy?.type === 'Recreate';
}
