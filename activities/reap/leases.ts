import type { WorkflowClient } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { SeenLease } from '../../domain/reconcile-world.ts';
import { capacityWorkflowId } from '../../domain/workflow-ids.ts';
import { capacityQuery } from '../../workflows/messages.ts';
import { askTemporal, isWorkflowOpen } from '../ask-temporal.ts';

export interface Leases {
  /** Places of the pool that are held or waited for; none while the pool has no open workflow. */
  list(): Promise<SeenLease[]>;
  /** Whether the pool has an open workflow. */
  isOpen(): Promise<boolean>;
}

export function createLeases(workflows: WorkflowClient, pool: string): Leases {
  const workflowId = capacityWorkflowId(pool);
  const isOpen = (): Promise<boolean> => isWorkflowOpen(workflows, workflowId);
  return {
    isOpen,
    list: () =>
      askTemporal(workflows, `say who holds the places of ${pool}`, async () => {
        try {
          // a closed workflow answers queries too, with what was once
          if (!(await isOpen())) return [];
          const { leases, queue } = await workflows.getHandle(workflowId).query(capacityQuery);
          return [
            ...leases.map(({ id, grantedAt }) => ({ id, since: grantedAt })),
            ...queue.map(({ id, askedAt }) => ({ id, since: askedAt })),
          ];
        } catch (error) {
          if (error instanceof WorkflowNotFoundError) return [];
          throw error;
        }
      }),
  };
}
