import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import type { ReapInput } from '../domain/reconcile-input.ts';
import type { ReapReport } from '../domain/reconcile-report.ts';
import { reapWorkflowId } from '../domain/workflow-ids.ts';
import { reapWorkflowType } from '../workflows/messages.ts';
import { serviceError } from './connect.ts';
import { ClientError } from './exit-codes.ts';
import type { TemporalCalls } from './temporal-calls.ts';

export interface ReapRun {
  readonly dryRun: boolean;
  readonly taskQueue: string;
  /** Milliseconds after which it is waited no longer. */
  readonly waitMs: number;
  /** Told the workflow's id once it runs. */
  readonly onStart: (workflowId: string) => void;
}

/** How long a run may lie untouched before no worker is said to be there. */
const silenceMs = 6_000;
const askEveryMs = 2_000;

/**
 * Runs the reaper now, beside its Schedule, and waits for its report. One of the same kind that runs already is joined.
 *
 * @throws {ClientError} `workerSilent` when no worker takes it, `waitOver`, `refused` when the run fails, `interrupted`.
 */
export async function runReaper(
  calls: TemporalCalls,
  { dryRun, taskQueue, waitMs, onStart }: ReapRun,
  signal: AbortSignal,
): Promise<ReapReport> {
  const input: ReapInput = { v: 1, dryRun };
  const handle = await calls.ask(
    async () =>
      await calls.client.workflow.start(reapWorkflowType, {
        workflowId: reapWorkflowId(taskQueue, dryRun),
        taskQueue,
        args: [input],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowExecutionTimeout: '30m',
        staticSummary: `reaper, started by hand${dryRun ? ', dry run' : ''}`,
      }),
  );
  onStart(handle.workflowId);
  const startedAt = Date.now();
  for (;;) {
    const report = await resultWithin(calls, handle, askEveryMs);
    if (report !== null) return report;
    if (signal.aborted)
      throw new ClientError('interrupted', `Interrupted; ${handle.workflowId} goes on without us`);
    const waited = Date.now() - startedAt;
    if (waited > silenceMs && (await isUntouched(calls, handle)))
      throw new ClientError(
        'workerSilent',
        `No worker takes ${handle.workflowId} from task queue ${taskQueue}; Temporal keeps it for half an hour`,
      );
    if (waited > waitMs)
      throw new ClientError(
        'waitOver',
        `${handle.workflowId} has not ended after ${Math.round(waitMs / 1000)} s; it goes on without us`,
      );
  }
}

/** Null: it has not ended yet. */
async function resultWithin(
  calls: TemporalCalls,
  handle: WorkflowHandle,
  ms: number,
): Promise<ReapReport | null> {
  try {
    return (await calls.within(ms, async () => await handle.result())) as ReapReport;
  } catch (error) {
    if (error instanceof WorkflowFailedError) {
      const why = error.cause?.message ?? error.message;
      throw new ClientError('refused', `The reaper's run ${handle.workflowId} failed: ${why}`, {
        cause: error,
      });
    }
    if (overdue.includes(serviceError(error)?.code)) return null;
    throw calls.explain(error);
  }
}

/** CANCELLED and DEADLINE_EXCEEDED: our own deadline. */
const overdue: readonly (number | undefined)[] = [1, 4];

/** No worker has begun: there is the start, and the task that waits for one. */
async function isUntouched(calls: TemporalCalls, handle: WorkflowHandle): Promise<boolean> {
  const { historyLength, status } = await calls.ask(async () => await handle.describe());
  return status.name === 'RUNNING' && historyLength <= 2;
}
