import { Context } from '@temporalio/activity';
import type { WorkflowClient } from '@temporalio/client';
import type { AcquireMessage, ReleaseMessage } from '../../domain/capacity-messages.ts';
import type { Recovered } from '../../domain/capacity-recovery.ts';
import type { PlatformConfig } from '../../domain/config.ts';
import {
  acquireSignal,
  capacityStart,
  capacityWorkflowType,
  releaseSignal,
} from '../../workflows/messages.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { KubernetesOperations } from '../kubernetes/operations.ts';
import { recoverLeases } from './recover.ts';
import { askTemporal } from '../ask-temporal.ts';

export interface CapacityActivities {
  /**
   * Asks the platform's pool for a place; the answer comes as a signal to the holder. Starts the pool where none runs.
   * Twice is as once. @throws failure `TemporalUnavailable`.
   */
  acquirePlace(input: AcquireMessage): Promise<void>;
  /** Gives a place back, or a request for one; what the pool does not know is given back already. */
  releasePlace(input: ReleaseMessage): Promise<void>;
  /**
   * What is held of a pool whose workflow was lost: each namespace of the platform, and what the pool's last run knew.
   * With `giveUp` a last run that does not answer is gone without.
   * @throws failure `TemporalUnavailable`, `ClusterUnavailable` and the like: then nothing is known.
   */
  recoverLeases(input: { readonly pool: string; readonly giveUp: boolean }): Promise<Recovered>;
}

export interface CapacityDependencies {
  readonly platform: Pick<PlatformConfig, 'name' | 'capacity' | 'lifetime'>;
  readonly workflows: WorkflowClient;
  readonly operations: Pick<KubernetesOperations, 'listPreviewNamespaces'>;
}

/** Activities that ask the pool of places, and that rebuild it. */
export function createCapacityActivities({
  platform,
  workflows,
  operations,
}: CapacityDependencies): CapacityActivities {
  const start = (): ReturnType<typeof capacityStart> => {
    const config = { size: platform.capacity, holdMs: platform.lifetime.default };
    return capacityStart({ pool: platform.name, config, taskQueue: Context.current().info.taskQueue });
  };
  return {
    acquirePlace: async (message) => {
      await askTemporal(workflows, `ask the pool for a place for ${message.id}`, () =>
        workflows.signalWithStart(capacityWorkflowType, {
          ...start(),
          signal: acquireSignal,
          signalArgs: [message],
        }),
      );
    },
    releasePlace: async (message) => {
      await askTemporal(workflows, `give the place of ${message.id} back`, () =>
        workflows.signalWithStart(capacityWorkflowType, {
          ...start(),
          signal: releaseSignal,
          signalArgs: [message],
        }),
      );
    },
    recoverLeases: ({ pool, giveUp }) =>
      withHeartbeat((signal) =>
        recoverLeases(
          { workflows, listNamespaces: () => operations.listPreviewNamespaces({ platform: pool }, signal) },
          { pool, giveUp, runId: Context.current().info.workflowExecution?.runId ?? null },
        ),
      ),
  };
}
