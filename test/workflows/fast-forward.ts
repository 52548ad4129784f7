import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import type { WorkflowTests } from './environment.ts';
import { until } from './environment.ts';

/**
 * Moves a workflow's own time (and its children's) forward, on the server that everything else uses: timers fire, in
 * order, as if so much time had passed. Activities see the wall's time all along. A workflow that ends on the way is
 * there, too.
 */
export async function fastForward(
  { client }: Pick<WorkflowTests, 'client'>,
  { workflowId }: Pick<WorkflowHandle, 'workflowId'>,
  milliseconds: number,
): Promise<void> {
  const { namespace } = client.options;
  const id = randomUUID();
  const workflowExecution = { workflowId };
  await client.workflowService.updateWorkflowExecutionOptions({
    namespace,
    workflowExecution,
    workflowExecutionOptions: {
      timeSkippingConfig: { enabled: true, fastForwardConfig: { id, duration: msToTs(milliseconds) } },
    },
    updateMask: { paths: ['time_skipping_config'] },
  });
  await until(
    async () =>
      await client.workflowService.pollWorkflowExecutionTimeSkipping({
        namespace,
        workflowExecution,
        fastForwardId: id,
      }),
    ({ fastForwardInfo, failedReason }) =>
      fastForwardInfo?.hasCompleted === true || (failedReason ?? '').includes('execution ended'),
    `time to be ${milliseconds} ms later`,
  );
}
