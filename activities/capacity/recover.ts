import { log } from '@temporalio/activity';
import type { WorkflowClient, WorkflowHandle } from '@temporalio/client';
import { isGrpcServiceError, ServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { holderOf } from '../../domain/capacity.ts';
import type { CapacityStatus } from '../../domain/capacity-messages.ts';
import type { Recovered } from '../../domain/capacity-recovery.ts';
import { recoveredFrom } from '../../domain/capacity-recovery.ts';
import { capacityWorkflowId } from '../../domain/workflow-ids.ts';
import { capacityQuery } from '../../workflows/messages.ts';
import type { PreviewNamespace } from '../kubernetes/preview-namespaces.ts';
import { askTemporal, isWorkflowOpen } from '../ask-temporal.ts';

/** Runs of a pool that are read of; Temporal lists the newest first, or nearly so. */
const lookBack = 100;

/**
 * How long what the pool knew may take to be learnt, and one closed run of it to answer (a worker must replay it), in
 * milliseconds. Holders and cluster are asked after it, and an attempt has 30 s.
 */
const within = { all: 12_000, oneRun: 6_000 };

export interface Recovery {
  readonly workflows: WorkflowClient;
  readonly listNamespaces: () => Promise<readonly PreviewNamespace[]>;
}

export interface LostPool {
  readonly pool: string;
  /** The run that rebuilds; null: none. */
  readonly runId: string | null;
  /** What the pool knew is gone without, should it not be learnt. */
  readonly giveUp: boolean;
}

/**
 * Rebuilds what is held, for the run `runId` of a pool. The cluster is read last: what a holder made before its
 * workflow was seen closed is there by then.
 *
 * @throws failure `TemporalUnavailable`, and those of the cluster.
 */
export async function recoverLeases(
  { workflows, listNamespaces }: Recovery,
  lost: LostPool,
): Promise<Recovered> {
  const last = await lastKnown(workflows, lost);
  const holders = (last?.leases ?? []).map(holderOf);
  const answers = await Promise.all(holders.map((holder) => isClosed(workflows, holder)));
  const closed = new Set(holders.filter((_, index) => answers[index]));
  const namespaces = await listNamespaces();
  return recoveredFrom({ namespaces, last }, { closed, now: Date.now() });
}

/**
 * What the newest run but this one that knew what is held says of itself; null: none did. A place that was given, and
 * has no namespace yet, is known to that run alone: without its answer the place would be given twice.
 */
async function lastKnown(workflows: WorkflowClient, lost: LostPool): Promise<CapacityStatus | null> {
  try {
    return await askTemporal(workflows, `say what pool ${lost.pool} knew before`, () =>
      newestKnown(workflows, lost),
    );
  } catch (error) {
    if (!lost.giveUp) throw error;
    log.warn('what the pool knew before is given up; a place that was just given may be given twice', {
      pool: lost.pool,
      error,
    });
    return null;
  }
}

async function newestKnown(workflows: WorkflowClient, lost: LostPool): Promise<CapacityStatus | null> {
  const until = Date.now() + within.all;
  const runs = await workflows.withDeadline(until, () => earlierRuns(workflows, lost));
  for (const run of runs) {
    const status = await workflows.withDeadline(Math.min(until, Date.now() + within.oneRun), () =>
      statusOf(workflows.getHandle(capacityWorkflowId(lost.pool), run)),
    );
    if (status?.recovered === true) return status;
  }
  return null;
}

/** Unknown never means closed. */
async function isClosed(workflows: WorkflowClient, workflowId: string): Promise<boolean> {
  return await isWorkflowOpen(workflows, workflowId).then(
    (open) => !open,
    () => false,
  );
}

/** Null: the run is forgotten, or was ended before a worker knew of it. Neither knows of any place. */
async function statusOf(run: WorkflowHandle): Promise<CapacityStatus | null> {
  try {
    return await run.query(capacityQuery);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || wasNeverServed(error)) return null;
    throw error;
  }
}

/** gRPC's FAILED_PRECONDITION stands also for a run that may know of places: only the words tell them apart. */
function wasNeverServed(error: unknown): boolean {
  const { cause } = error instanceof ServiceError ? error : {};
  return isGrpcServiceError(cause) && cause.details.includes('closed before WorkflowTaskStarted');
}

/** The newest first. Whether they are listed as closed does not matter: Temporal's lists lag. */
async function earlierRuns(workflows: WorkflowClient, { pool, runId }: LostPool): Promise<readonly string[]> {
  const query = `WorkflowId = ${JSON.stringify(capacityWorkflowId(pool))}`;
  const runs: { readonly runId: string; readonly startedAt: number }[] = [];
  for await (const run of workflows.list({ query, pageSize: lookBack })) {
    runs.push({ runId: run.runId, startedAt: run.startTime.getTime() });
    if (runs.length === lookBack) break;
  }
  return runs
    .filter((run) => run.runId !== runId)
    .toSorted((one, other) => other.startedAt - one.startedAt)
    .map((run) => run.runId);
}
