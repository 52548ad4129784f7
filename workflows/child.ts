import type { ChildWorkflowOptions, WorkflowResultType } from '@temporalio/workflow';
import { executeChild } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { waitingActivities } from './activity-proxies.ts';

export interface LockedChild<Input> {
  /** Fixed per preview, so that it is also a lock. */
  readonly workflowId: string;
  readonly input: Input;
  readonly parentClosePolicy: NonNullable<ChildWorkflowOptions['parentClosePolicy']>;
  readonly summary: string;
}

/**
 * Runs a child whose id is a lock. An id that still runs belongs to an earlier life of this preview that was
 * terminated: it is awaited, not fought.
 */
export async function executeLockedChild<Input, Output>(
  workflow: (input: Input) => Promise<Output>,
  { workflowId, input, parentClosePolicy, summary }: LockedChild<Input>,
): Promise<WorkflowResultType<typeof workflow>> {
  for (;;) {
    try {
      return await executeChild(workflow, {
        workflowId,
        args: [input],
        parentClosePolicy,
        staticSummary: summary,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await untilClosed(workflowId);
    }
  }
}

/** Waits until no run is open under an id; one that never was is closed. */
export async function untilClosed(workflowId: string): Promise<void> {
  await waitingActivities(`wait for the end of ${workflowId}`).awaitWorkflowClosed({ workflowId });
}
