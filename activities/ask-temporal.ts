import type { WorkflowClient } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { failure } from './failure.ts';

/** Longest time that Temporal may take for one answer, in milliseconds. */
const deadlineMs = 10_000;

/**
 * Asks Temporal something, within ten seconds; the question may set another deadline of its own.
 *
 * @param doing what is being done, for the message: `list the open previews`.
 * @throws failure `TemporalUnavailable`; our own failures and cancellation pass untouched.
 */
export async function askTemporal<T>(
  workflows: WorkflowClient,
  doing: string,
  question: () => Promise<T>,
): Promise<T> {
  try {
    return await workflows.withDeadline(Date.now() + deadlineMs, question);
  } catch (error) {
    if (error instanceof ApplicationFailure || error instanceof CancelledFailure) throw error;
    throw failure('TemporalUnavailable', `Temporal did not ${doing}: ${reasonOf(error)}`, { cause: error });
  }
}

/**
 * Whether a run is open under the id; an id that never existed has none.
 *
 * @throws failure `TemporalUnavailable`.
 */
export async function isWorkflowOpen(workflows: WorkflowClient, workflowId: string): Promise<boolean> {
  const isOpen = async (): Promise<boolean> => {
    try {
      const { status } = await workflows.getHandle(workflowId).describe();
      return status.name === 'RUNNING';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  };
  return await askTemporal(workflows, `say whether ${workflowId} is open`, isOpen);
}

/** The client's own words are "Failed to …"; what the server said lies below. */
function reasonOf(error: unknown): string {
  const { cause, message } = error instanceof Error ? error : new Error(String(error));
  return (cause instanceof Error ? cause.message : message).replaceAll(/\s+/g, ' ').slice(0, 300);
}
