import type { Client, WorkflowHandle } from '@temporalio/client';

/** One run of a workflow. */
export interface Run {
  readonly workflowId: string;
  /** Undefined: the last one. */
  readonly runId: string | undefined;
}

/** What one run cost. */
export interface RunCost {
  /** The first word of its workflow's id. */
  readonly type: string;
  readonly events: number;
  /** Scheduled ones, however often each was tried. */
  readonly activities: number;
}

export type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

/** A preview's runs that one another began by continue-as-new, from the last back to the first, and all their children's. */
export async function runsOf(client: Client, workflowId: string): Promise<Run[]> {
  const runs: Run[] = [];
  let runId: string | undefined;
  do {
    runs.push({ workflowId, runId });
    const { events } = await fetchHistory(client, { workflowId, runId });
    runId = undefined;
    for (const event of events ?? []) {
      const child = event.childWorkflowExecutionStartedEventAttributes?.workflowExecution;
      if (child?.workflowId && child.runId)
        runs.push(...(await chainOf(client, { workflowId: child.workflowId, runId: child.runId })));
      runId ??= event.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || undefined;
    }
  } while (runId !== undefined);
  return runs;
}

/** Everything that happened in a run. */
export async function fetchHistory(client: Client, { workflowId, runId }: Run): Promise<History> {
  return await client.workflow.getHandle(workflowId, runId).fetchHistory();
}

/** What runs cost, in their order. */
export async function costsOf(client: Client, runs: readonly Run[]): Promise<RunCost[]> {
  const costs: RunCost[] = [];
  for (const run of runs) {
    const events = (await fetchHistory(client, run)).events ?? [];
    const activities = events.filter((event) => event.activityTaskScheduledEventAttributes).length;
    costs.push({ type: typeOf(run), events: events.length, activities });
  }
  return costs;
}

/** The first word of a workflow's id, which is its type. */
export function typeOf({ workflowId }: Pick<Run, 'workflowId'>): string {
  return workflowId.split(':', 1)[0] ?? '';
}

/** A child's first run and those that it continued as. */
async function chainOf(client: Client, first: Run): Promise<Run[]> {
  const chain: Run[] = [];
  for (let run: Run | null = first; run !== null;) {
    chain.push(run);
    const { events } = await fetchHistory(client, run);
    const next: string | null | undefined =
      events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
    run = next ? { workflowId: run.workflowId, runId: next } : null;
  }
  return chain;
}
