import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubernetesObject } from '@kubernetes/client-node';
import { ApplicationFailure } from '@temporalio/common';
import { stringify } from 'yaml';
import { createCharts } from '../../activities/helm/charts.ts';
import { findHelm } from '../../activities/helm/find-helm.ts';
import { createHelm } from '../../activities/helm/helm.ts';
import type { RenderDependencies, RenderedPlan } from '../../activities/plan/render.ts';
import { renderAndInspect } from '../../activities/plan/render.ts';
import { imageRequests } from '../../config/image-requests.ts';
import type { PlatformConfig, PreviewConfig } from '../../domain/config.ts';
import { isFailureType } from '../../domain/failures.ts';
import type { FailureReport, Problem } from '../../domain/failures.ts';
import type { PlanInputs } from '../../domain/plan.ts';
import type { CommandContext, CommandInput, CommandResult } from './command.ts';
import { problemsOf, readLocalConfig, refused, warningsOf } from './local-config.ts';
import type { SampleOptions } from './sample-inputs.ts';
import { repositoryProblems, sampleInputs, standInImages } from './sample-inputs.ts';
import { platformFileOf, usage } from './words.ts';

interface RenderOptions extends SampleOptions {
  readonly platform?: string;
}

interface Rendered extends RenderedPlan {
  /** By release. */
  readonly manifests: Readonly<Record<string, readonly KubernetesObject[]>>;
}

/**
 * `preview render`: the manifests of every service, as a check would see them: no cluster, no registry, and digests
 * of zeros in place of those a registry would name.
 */
export async function render(
  { words: [folder = '.'], options }: CommandInput<RenderOptions>,
  { env, progress, signal }: CommandContext,
): Promise<CommandResult> {
  const file = platformFileOf(options, env);
  if (file === undefined)
    throw usage('render needs the platform config: give --platform or set PREVIEW_PLATFORM_CONFIG');
  const local = await readLocalConfig(folder, file);
  const { platform, preview } = local;
  if (!platform?.ok || !preview.ok) return refused(problemsOf(local), warningsOf(local));
  const inputs = sampleInputs(platform.value, options, env);
  const configs = { platform: platform.value, preview: preview.value, folder: local.folder };
  progress('Rendering with stand-in digests; a real check asks the registry.');
  const found = await renderLocally(configs, { inputs, env }, signal);
  const warnings = [...warningsOf(local), ...found.warnings];
  if (found.problems.length > 0 || found.plan === null) return refused(found.problems, warnings);
  for (const warning of warnings) progress(`warning: ${warning}`);
  const { names, services } = found.plan;
  // Charts render side by side and end in any order.
  const manifests = Object.fromEntries(
    services.map(({ release }) => [release, found.manifests[release] ?? []]),
  );
  const json = { ok: true, names, services, manifests, problems: [], warnings };
  return { code: 'ok', json, text: documents(manifests) };
}

async function renderLocally(
  { platform, preview, folder }: { platform: PlatformConfig; preview: PreviewConfig; folder: string },
  { inputs, env }: { inputs: PlanInputs; env: NodeJS.ProcessEnv },
  signal: AbortSignal,
): Promise<Rendered> {
  const { executable } = await findHelm(env).catch((error: unknown) => {
    throw usage((error as Error).message);
  });
  const kept = env['PREVIEW_CACHE_DIR'];
  const cacheFolder = kept || (await mkdtemp(join(tmpdir(), 'pr-preview-render-')));
  const manifests: Record<string, readonly KubernetesObject[]> = {};
  const helm = createHelm({ executable, kubeconfig: '', cacheFolder });
  const dependencies: RenderDependencies = {
    platform,
    source: {
      branchHead: () => Promise.resolve(inputs.configCommit),
      folder: () => Promise.resolve(folder),
    },
    charts: createCharts({ executable, cacheFolder, registries: platform.registries }),
    helm: {
      template: async (rendering, signal) => {
        const objects = await helm.template(rendering, signal);
        manifests[rendering.release] = objects;
        return objects;
      },
    },
  };
  try {
    const { requests, problems } = imageRequests({ platform, preview, inputs });
    const all = [...repositoryProblems(platform, inputs), ...problems];
    const images = standInImages(requests);
    const rendered = await renderAndInspect(
      dependencies,
      { inputs: { ...inputs, images }, missing: [] },
      signal,
    );
    return { ...rendered, problems: [...all, ...rendered.problems], manifests };
  } catch (error) {
    return { plan: null, problems: problemsFrom(error), missingProblems: [], warnings: [], manifests };
  } finally {
    if (!kept) await rm(cacheFolder, { recursive: true, force: true });
  }
}

/** A chart that is missing or does not render is the person's to mend, not a bug. */
function problemsFrom(error: unknown): readonly Problem[] {
  if (!(error instanceof ApplicationFailure) || !isFailureType(error.type ?? '') || error.type === 'Bug')
    throw error;
  const [report] = (error.details ?? []) as [FailureReport?];
  if (report && report.problems.length > 0) return report.problems;
  return [{ type: error.type as Problem['type'], where: null, message: error.message }];
}

function documents(manifests: Rendered['manifests']): string {
  return Object.entries(manifests)
    .flatMap(([release, objects]) =>
      objects.map((object) => `---\n# release ${release}\n${stringify(object).trimEnd()}`),
    )
    .join('\n');
}
