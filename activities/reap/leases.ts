import type { WorkflowClient } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { SeenLease } from '../../domain/reconcile-world.ts';
import { capacityWorkflowId } from '../../domain/workflow-ids.ts';
import { capacityQuery } from '../../workflows/messages.ts';
import { askTemporal } from '../ask-temporal.ts';

export interface Leases {
  /** Places of the pool that are held or waited for; none while the pool has no open workflow. */
  list(): Promise<SeenLease[]>;
  /** Whether the pool has an open workflow. */
  isOpen(): Promise<boolean>;
}

export function createLeases(workflows: WorkflowClient, pool: string): Leases {
  const handle = workflows.getHandle(capacityWorkflowId(pool));
  const isOpen = async (): Promise<boolean> => {
    try {
      return (await handle.describe()).status.name === 'RUNNING';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  };
  return {
    isOpen: () => askTemporal(workflows, `say whether pool ${pool} is open`, isOpen),
    list: () =>
      askTemporal(workflows, `say who holds the places of ${pool}`, async () => {
        try {
          // a closed workflow answers queries too, with what was once
          if (!(await isOpen())) return [];
          const { leases, queue } = await handle.query(capacityQuery);
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
