import type { WorkerOptions } from '@temporalio/worker';
import type { WorkerSettings } from './config.ts';
import type { TemporalConnection } from './temporal.ts';
import { payloadConverterPath, workflowCode } from './workflows.ts';

/** Task queue of workflows and activities alike; `workflows/messages.ts` says the same, and a test holds them together. */
export const defaultTaskQueue = 'pr-preview';

/**
 * How every worker of ours polls, keeps workflows and ends; activities excepted.
 *
 * @throws {Refusal} when the workflow bundle is missing.
 */
export async function workerOptions(
  settings: Pick<WorkerSettings, 'taskQueue' | 'workflowBundle' | 'limits' | 'deploymentVersion'>,
  { connection, namespace }: TemporalConnection,
): Promise<WorkerOptions> {
  const { limits } = settings;
  return {
    connection,
    namespace,
    taskQueue: settings.taskQueue ?? defaultTaskQueue,
    workflowBundle: await workflowCode(settings.workflowBundle),
    dataConverter: { payloadConverterPath },
    maxConcurrentActivityTaskExecutions: limits.activities,
    maxConcurrentWorkflowTaskExecutions: limits.workflowTasks,
    maxCachedWorkflows: limits.cachedWorkflows,
    shutdownGraceTime: limits.shutdownGraceMs,
    shutdownForceTime: limits.shutdownGraceMs + limits.shutdownForceMs,
    // A cancellation reaches Helm and the watch with the answer to a heartbeat.
    maxHeartbeatThrottleInterval: '100ms',
    defaultHeartbeatThrottleInterval: '100ms',
    ...versioning(settings.deploymentVersion),
  };
}

/** A preview lives for weeks: it moves on to the current version, whose code is held to recorded histories. */
function versioning(version: WorkerSettings['deploymentVersion']): Partial<WorkerOptions> {
  if (version === null) return {};
  const defaultVersioningBehavior = 'AUTO_UPGRADE';
  return { workerDeploymentOptions: { useWorkerVersioning: true, version, defaultVersioningBehavior } };
}
