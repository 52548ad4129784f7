import { Context } from '@temporalio/activity';
import type { WorkflowClient } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { PoolConfig } from '../../domain/capacity-messages.ts';
import type { PushMessage, ReapMessage } from '../../domain/messages.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import type { ReapAction } from '../../domain/reconcile.ts';
import { capacityWorkflowId } from '../../domain/workflow-ids.ts';
import type { PreviewStart } from '../../workflows/messages.ts';
import {
  capacityStart,
  capacityWorkflowType,
  configureSignal,
  previewStart,
  previewWorkflowType,
  pushSignal,
  reapSignal,
  releaseSignal,
} from '../../workflows/messages.ts';
import { askTemporal } from '../ask-temporal.ts';

/** Sends one message of the reaper. */
export type Tell = (action: ReapAction) => Promise<{ readonly told: boolean }>;

export interface TellDependencies {
  readonly workflows: WorkflowClient;
  readonly pool: string;
  /** What the pool is started with. */
  readonly config: PoolConfig;
  /** Where GitHub's pages are, for the link in Temporal Web UI. */
  readonly gitHubUrl: string;
}

/** Only what is absent is started; what was open and has ended since is left to the next run. */
export function createTell({ workflows, pool, config, gitHubUrl }: TellDependencies): Tell {
  const start = (ref: PullRequestRef): PreviewStart =>
    previewStart(ref, { taskQueue: Context.current().info.taskQueue, gitHubUrl });
  const send = async (action: ReapAction): Promise<unknown> => {
    switch (action.kind) {
      case 'look':
        return await workflows.getHandle(action.workflowId).signal(reapSignal, { found: action.found });
      case 'clean-up': {
        const signalArgs: [ReapMessage] = [{ found: action.found }];
        const options = { ...start(action.ref), signal: reapSignal, signalArgs };
        return await workflows.signalWithStart(previewWorkflowType, options);
      }
      case 'push': {
        const signalArgs: [PushMessage] = [{ sha: action.sha, reason: 'event' }];
        const options = { ...start(action.ref), signal: pushSignal, signalArgs };
        return await workflows.signalWithStart(previewWorkflowType, options);
      }
      case 'release':
        return await workflows
          .getHandle(capacityWorkflowId(pool))
          .signal(releaseSignal, { id: action.leaseId });
      case 'start-pool': {
        const { taskQueue } = Context.current().info;
        const signalArgs: [PoolConfig] = [config];
        const options = {
          ...capacityStart({ pool, config, taskQueue }),
          signal: configureSignal,
          signalArgs,
        };
        return await workflows.signalWithStart(capacityWorkflowType, options);
      }
    }
  };
  return (action) =>
    askTemporal(workflows, `take the message to ${action.workflowId}`, async () => {
      try {
        await send(action);
        return { told: true };
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { told: false };
        throw error;
      }
    });
}
