import type { NativeConnection } from '@temporalio/worker';
import { phases } from '../domain/status.ts';
import type { Phase } from '../domain/status.ts';

export interface Overview {
  readonly previews: readonly (readonly [phase: Phase, count: number])[];
  /** How far the most overdue preview is past its deadline; 0: none is. A deadline ends when a cleanup begins. */
  readonly lagMs: number;
}

export interface OverviewSource {
  readonly connection: NativeConnection;
  readonly namespace: string;
  /** Without `"` and backslashes, which Temporal's queries cannot quote. */
  readonly taskQueue: string;
}

const patienceMs = 15_000;
/** More overdue previews than this are too many to look for the worst among. */
const pageSize = 200;

/** Reads of Temporal's visibility how the open previews are: counts, and the overdue among them. @throws when it does not answer. */
export async function readOverview({ connection, namespace, taskQueue }: OverviewSource): Promise<Overview> {
  const { workflowService } = connection;
  const open = `WorkflowType = "preview" AND ExecutionStatus = "Running" AND TaskQueue = "${taskQueue}"`;
  return await connection.withDeadline(Date.now() + patienceMs, async () => {
    const previews = await Promise.all(
      phases.map(async (phase) => {
        const query = `${open} AND PreviewPhase = "${phase}"`;
        const { count } = await workflowService.countWorkflowExecutions({ namespace, query });
        return [phase, Number(count)] as const;
      }),
    );
    const now = Date.now();
    const query = `${open} AND PreviewDeadline < "${new Date(now).toISOString()}"`;
    const { executions } = await workflowService.listWorkflowExecutions({ namespace, query, pageSize });
    const deadlines = executions.map(({ searchAttributes }) =>
      readDeadline(searchAttributes?.indexedFields?.['PreviewDeadline']?.data),
    );
    return { previews, lagMs: Math.max(0, ...deadlines.map((deadline) => now - (deadline ?? now))) };
  });
}

/** A search attribute of type Datetime, in epoch milliseconds; null: it is none, which must not hide all other numbers. */
export function readDeadline(data: Uint8Array | null | undefined): number | null {
  try {
    const deadline = Date.parse(String(JSON.parse(Buffer.from(data ?? []).toString())));
    return Number.isNaN(deadline) ? null : deadline;
  } catch {
    return null;
  }
}
