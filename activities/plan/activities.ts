import type { CleanupTarget, ReceiptItem } from '../../domain/outcome.ts';
import { cleanupTarget } from '../../domain/names.ts';
import type { PlanInputs } from '../../domain/plan.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { Preflight, PreflightDependencies } from './preflight.ts';
import { preflight } from './preflight.ts';
import type { ReadBackDependencies } from './read-back.ts';
import { readBack } from './read-back.ts';
import type { ReadConfigDependencies, ReadConfigInput, ReadConfigOutcome } from './read-config.ts';
import { readConfig } from './read-config.ts';
import type { RenderDependencies, RenderedPlan, RenderPlanInput } from './render.ts';
import { renderAndInspect } from './render.ts';

export type PlanDependencies = ReadConfigDependencies &
  RenderDependencies &
  PreflightDependencies &
  ReadBackDependencies;

/** Activities that span outside systems: what a check needs, and the receipt. */
export interface PlanActivities {
  /** Reads pull request and preview config; says when the pull request moved on. */
  readConfig(input: ReadConfigInput): Promise<ReadConfigOutcome>;
  /** Looks at cluster and database without changing anything. */
  preflight(input: { readonly inputs: PlanInputs }): Promise<Preflight>;
  /** Renders plan and charts without cluster access and looks at what came out. */
  renderPlan(input: RenderPlanInput): Promise<RenderedPlan>;
  /** What a preview's things are called, from the platform config alone. */
  locatePreview(input: {
    readonly ref: PullRequestRef;
    readonly repositoryId: number | null;
  }): Promise<CleanupTarget>;
  /** Reads back, item by item, whether anything is left. */
  readBack(input: { readonly target: CleanupTarget }): Promise<{
    readonly items: readonly ReceiptItem[];
    /** Epoch milliseconds. */
    readonly readAt: number;
  }>;
}

export function createPlanActivities(dependencies: PlanDependencies): PlanActivities {
  return {
    readConfig: (input) => withHeartbeat((signal) => readConfig(dependencies, input, signal)),
    preflight: ({ inputs }) => withHeartbeat((signal) => preflight(dependencies, inputs, signal)),
    renderPlan: (input) => withHeartbeat((signal) => renderAndInspect(dependencies, input, signal)),
    locatePreview: async ({ ref, repositoryId }) => cleanupTarget(dependencies.platform, ref, repositoryId),
    readBack: ({ target }) =>
      withHeartbeat(async (signal) => ({
        items: await readBack(dependencies, target, signal),
        readAt: Date.now(),
      })),
  };
}
