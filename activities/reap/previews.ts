import { Context } from '@temporalio/activity';
import type { WorkflowClient, WorkflowExecutionDescription } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { readMemo } from '../../domain/reconcile-memo.ts';
import type { DescribedPreview } from '../../domain/reconcile-world.ts';
import { previewWorkflowType } from '../../workflows/messages.ts';
import { askTemporal } from '../ask-temporal.ts';

export interface Previews {
  /**
   * Ids of the open previews that this worker's task queue serves: another platform in the same namespace of Temporal
   * has a queue of its own.
   */
  listOpen(): Promise<string[]>;
  describe(workflowIds: readonly string[], signal: AbortSignal): Promise<DescribedPreview[]>;
}

/** Questions that are open at once. */
const atOnce = 10;

export function createPreviews(workflows: WorkflowClient): Previews {
  return {
    listOpen: () =>
      askTemporal(workflows, 'list the open previews', async () => {
        const queue = JSON.stringify(Context.current().info.taskQueue);
        const query = `WorkflowType = "${previewWorkflowType}" AND ExecutionStatus = "Running" AND TaskQueue = ${queue}`;
        const ids: string[] = [];
        for await (const { workflowId } of workflows.list({ query })) ids.push(workflowId);
        return ids;
      }),
    describe: async (workflowIds, signal) => {
      const described: DescribedPreview[] = [];
      const left = workflowIds.values();
      const work = async (): Promise<void> => {
        for (const workflowId of left) {
          signal.throwIfAborted();
          described.push(await describe(workflows, workflowId));
        }
      };
      await Promise.all(Array.from({ length: atOnce }, work));
      return described;
    },
  };
}

async function describe(workflows: WorkflowClient, workflowId: string): Promise<DescribedPreview> {
  try {
    return await askTemporal(workflows, `describe ${workflowId}`, async () => {
      try {
        return read(workflowId, await workflows.getHandle(workflowId).describe());
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { workflowId, state: 'absent' };
        throw error;
      }
    });
  } catch (error) {
    return { workflowId, state: 'unknown', why: error instanceof Error ? error.message : String(error) };
  }
}

function read(
  workflowId: string,
  { status, startTime, memo, raw }: WorkflowExecutionDescription,
): DescribedPreview {
  if (status.name !== 'RUNNING') return { workflowId, state: 'absent' };
  return {
    workflowId,
    state: 'open',
    startedAt: startTime.getTime(),
    taskAttempt: raw.pendingWorkflowTask?.attempt ?? 0,
    memo: readMemo(memo?.['preview']),
  };
}
