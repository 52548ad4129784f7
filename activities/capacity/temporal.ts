import type { WorkflowClient } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { failure } from '../failure.ts';

/** Asks Temporal something. @param what to be read after "Temporal could not be asked". */
export async function asked<T>(what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw failure('TemporalUnavailable', `Temporal could not be asked ${what}`, { cause: error });
  }
}

/** How long Temporal may take to say whether a workflow is closed, in milliseconds. */
const describedWithinMs = 5_000;

/** Whether a workflow is closed, or never was; null: Temporal did not say, within five seconds. */
export async function isClosed(workflows: WorkflowClient, workflowId: string): Promise<boolean | null> {
  try {
    const { status } = await workflows.withDeadline(Date.now() + describedWithinMs, () =>
      workflows.getHandle(workflowId).describe(),
    );
    return status.name !== 'RUNNING';
  } catch (error) {
    return error instanceof WorkflowNotFoundError ? true : null;
  }
}
