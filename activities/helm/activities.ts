import { Context, log } from '@temporalio/activity';
import type { PlannedService, PlanReference } from '../../domain/plan.ts';
import { failure } from '../failure.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { LoadedPlan, Plans } from '../plan/plans.ts';
import type { DeployedRelease, ReleaseTools } from './deploy-release.ts';
import { deployRelease } from './deploy-release.ts';
import { HelmError, helmFailure } from './failure.ts';
import type { ReleaseName } from './releases.ts';

export interface DeployServiceInput {
  readonly plan: PlanReference;
  /** Name of the service in the plan. */
  readonly service: string;
  /** `restore` puts a service back to what was live: pods of the failed update that never became ready are deleted. */
  readonly mode: 'deploy' | 'restore';
}

/** The right to touch one release, until it is lost or given back. */
export interface HeldFence {
  readonly signal: AbortSignal;
  release(): Promise<void>;
}

/** What Helm's activities need of the cluster; operations of `activities/kubernetes`. */
export interface ReleaseOperations {
  acquireFence(
    request: { readonly namespace: string; readonly name: string; readonly holder: FenceHolder },
    signal: AbortSignal,
  ): Promise<HeldFence>;
  awaitReady(
    what: ReleaseName & { readonly timeoutMs: number; readonly service: string },
    signal: AbortSignal,
  ): Promise<void>;
  deleteBrokenPods(what: ReleaseName, signal: AbortSignal): Promise<unknown>;
  /** Replaces every secret of the namespace in a text by its name. */
  redactor(namespace: string, signal: AbortSignal): Promise<(text: string) => string>;
}

/** Who holds a fence: a run of a workflow, and which attempt of it. */
export interface FenceHolder {
  readonly runId: string;
  readonly attempt: number;
}

export interface HelmActivities {
  /**
   * Brings one service's release to the plan and waits until its workloads are ready. Without a Helm run when the
   * release is already what is planned; readiness is awaited all the same.
   *
   * @throws failures of Helm (`ChartInvalid`, `AdmissionDenied`, `HelmFailed`, `HelmBusy`, …), `ServiceTimeout`,
   *   `FenceLost`, `PlanChanged`.
   */
  deployService(input: DeployServiceInput): Promise<DeployedRelease>;
}

/** Makes the activities that install releases. */
export function createHelmActivities(
  deps: ReleaseTools & { readonly plans: Plans; readonly operations: ReleaseOperations },
): HelmActivities {
  const { plans, operations } = deps;
  return {
    deployService: ({ plan: reference, service: name, mode }) =>
      withHeartbeat(async (signal) => {
        const loaded = await plans.load(reference, signal);
        const service = serviceOf(loaded, name);
        const where = { namespace: loaded.plan.names.namespace, release: service.release };
        const fence = await operations.acquireFence(
          { namespace: where.namespace, name: `helm-${where.release}`, holder: fenceHolder() },
          signal,
        );
        try {
          const deployed = await install(deps, { loaded, service }, fence.signal);
          if (mode === 'restore') await operations.deleteBrokenPods(where, fence.signal);
          await operations.awaitReady(
            { ...where, timeoutMs: service.timeoutMs, service: name },
            fence.signal,
          );
          return deployed;
        } finally {
          await fence.release();
        }
      }),
  };
}

async function install(
  deps: ReleaseTools & { readonly operations: ReleaseOperations },
  { loaded, service }: { loaded: LoadedPlan; service: PlannedService },
  signal: AbortSignal,
): Promise<DeployedRelease> {
  const { namespace } = loaded.plan.names;
  const chart = loaded.charts[service.name];
  if (!chart) throw failure('Bug', `The plan has no chart for the service ${service.name}.`);
  const { release, values, timeoutMs } = service;
  try {
    return await deployRelease(
      { note: (words, about) => log.warn(words, { ...about }), ...deps },
      { namespace, release, chart, values, timeoutMs },
      signal,
    );
  } catch (error) {
    if (!(error instanceof HelmError)) throw error;
    const words = await deps.operations.redactor(namespace, signal).then(
      (redact) => redact(error.detail),
      // What cannot be redacted is not told.
      () => '',
    );
    throw helmFailure(error, service.name, words);
  }
}

function serviceOf({ plan }: LoadedPlan, name: string): PlannedService {
  const service = plan.services.find((candidate) => candidate.name === name);
  if (service) return service;
  throw failure(
    'Bug',
    `The plan has no service ${name}; it has ${plan.services.map((one) => one.name).join(', ')}.`,
  );
}

/** The activity that runs now, as a holder: a later attempt of it takes the fence over. */
export function fenceHolder(): FenceHolder {
  const { workflowExecution, attempt, activityId } = Context.current().info;
  return { runId: `${workflowExecution?.runId ?? 'no-workflow'}/${activityId}`, attempt };
}
