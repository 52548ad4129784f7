import { log } from '@temporalio/activity';
import type { WorkflowClient } from '@temporalio/client';
import { holderOf } from '../../domain/capacity.ts';
import type { CapacityStatus } from '../../domain/capacity-messages.ts';
import type { Recovered } from '../../domain/capacity-recovery.ts';
import { recoveredFrom } from '../../domain/capacity-recovery.ts';
import { capacityWorkflowId } from '../../domain/workflow-ids.ts';
import { capacityQuery } from '../../workflows/messages.ts';
import type { PreviewNamespace } from '../kubernetes/preview-namespaces.ts';
import { isClosed } from './temporal.ts';

/** Runs of a pool that are read of and that are asked; Temporal lists the newest first, or nearly so. */
const lookBack = { read: 100, asked: 10 };

/** How long a closed run may take to answer, in milliseconds: a worker must replay it. */
const answerWithinMs = 8_000;

export interface Recovery {
  readonly workflows: WorkflowClient;
  readonly listNamespaces: () => Promise<readonly PreviewNamespace[]>;
}

/**
 * Rebuilds what is held, for the run `runId` of a pool. The cluster is read last: what a holder made before its
 * workflow was seen closed is there by then.
 */
export async function recoverLeases(
  { workflows, listNamespaces }: Recovery,
  { pool, runId }: { readonly pool: string; readonly runId: string | null },
): Promise<Recovered> {
  const last = await lastKnown(workflows, { pool, runId });
  const closed = new Set<string>();
  for (const holder of (last?.leases ?? []).map(holderOf))
    // unknown never means closed
    if ((await isClosed(workflows, holder)) === true) closed.add(holder);
  const namespaces = await listNamespaces();
  return recoveredFrom({ namespaces, last }, { closed, now: Date.now() });
}

/** What the newest run but this one that knew what is held says of itself; null when nothing can be learnt. */
async function lastKnown(
  workflows: WorkflowClient,
  { pool, runId }: { readonly pool: string; readonly runId: string | null },
): Promise<CapacityStatus | null> {
  try {
    for (const run of await earlierRuns(workflows, { pool, runId })) {
      const handle = workflows.getHandle(capacityWorkflowId(pool), run);
      const status = await workflows.withDeadline(Date.now() + answerWithinMs, () =>
        handle.query(capacityQuery),
      );
      if (status.recovered) return status;
    }
    return null;
  } catch (error) {
    log.warn('what the pool knew before cannot be learnt; who waits asks again by itself', { pool, error });
    return null;
  }
}

/** The newest first. Whether they are listed as closed does not matter: Temporal's lists lag. */
async function earlierRuns(
  workflows: WorkflowClient,
  { pool, runId }: { readonly pool: string; readonly runId: string | null },
): Promise<readonly string[]> {
  const query = `WorkflowId = ${JSON.stringify(capacityWorkflowId(pool))}`;
  const runs: { readonly runId: string; readonly startedAt: number }[] = [];
  for await (const run of workflows.list({ query, pageSize: lookBack.read })) {
    runs.push({ runId: run.runId, startedAt: run.startTime.getTime() });
    if (runs.length === lookBack.read) break;
  }
  return runs
    .filter((run) => run.runId !== runId)
    .toSorted((one, other) => other.startedAt - one.startedAt)
    .slice(0, lookBack.asked)
    .map((run) => run.runId);
}
