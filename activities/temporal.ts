import { setTimeout } from 'node:timers/promises';
import type { WorkflowClient } from '@temporalio/client';
import { isWorkflowOpen } from './ask-temporal.ts';
import { withHeartbeat } from './heartbeat.ts';

const lookEveryMs = 2_000;

export interface TemporalActivities {
  /** Returns when no run is open under the id; an id that never existed is closed. Lasts as long as it takes. */
  awaitWorkflowClosed(input: { readonly workflowId: string }): Promise<void>;
}

/** Activities that ask Temporal itself. */
export function createTemporalActivities({
  workflows,
}: {
  readonly workflows: WorkflowClient;
}): TemporalActivities {
  return {
    awaitWorkflowClosed: ({ workflowId }) =>
      withHeartbeat(async (signal) => {
        while (await isWorkflowOpen(workflows, workflowId))
          await setTimeout(lookEveryMs, undefined, { signal }).catch(() => signal.throwIfAborted());
      }),
  };
}
