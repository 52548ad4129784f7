import type { WorkflowExecutionDescription, WorkflowExecutionInfo, WorkflowHandle } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { PullRequestRef } from '../domain/pull-request.ts';
import type { PreviewMemo } from '../domain/search-attributes.ts';
import type { PreviewStatus } from '../domain/status.ts';
import { previewWorkflowId } from '../domain/workflow-ids.ts';
import { previewPr, previewRepo, previewWorkflowType, statusQuery } from '../workflows/messages.ts';
import { serviceError } from './connect.ts';
import type { TemporalCalls } from './temporal-calls.ts';

/** What can be asked of previews; nothing of it changes one. */
export interface PreviewReadings {
  /** What is known of a preview: from its worker, or else from Temporal alone. */
  status(ref: PullRequestRef): Promise<PreviewReading>;
  /** Every preview that has an open workflow, newest first. */
  list(filter: { readonly repository: string | null }): Promise<PreviewSummary[]>;
}

export type PreviewReading =
  /** Temporal knows no such preview. */
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'answered';
      /** `closed`: it has ended; its last word is kept for the retention of the namespace. */
      readonly run: 'open' | 'closed';
      readonly status: PreviewStatus;
    }
  /** No worker answers; this is what Temporal itself keeps. */
  | { readonly kind: 'silent'; readonly run: 'open' | 'closed'; readonly memo: PreviewMemo | null };

export interface PreviewSummary {
  /** `owner/name`, lower-cased; null when its search attribute is missing. */
  readonly repository: string | null;
  readonly number: number | null;
  readonly workflowId: string;
  readonly startedAt: string;
  /** Null before its first words. */
  readonly memo: PreviewMemo | null;
}

/** @param queryDeadlineMs how long a worker may take to answer. */
export function createReadings(calls: TemporalCalls, queryDeadlineMs: number): PreviewReadings {
  const { client } = calls;
  return {
    status: async (ref) => {
      const handle = client.workflow.getHandle(previewWorkflowId(ref));
      const described = await calls.ask(async () => await describe(handle));
      if (described === null) return { kind: 'absent' };
      const run = described.status.name === 'RUNNING' ? 'open' : 'closed';
      try {
        const status = await calls.within(queryDeadlineMs, async () => await handle.query(statusQuery));
        return { kind: 'answered', run, status };
      } catch (error) {
        if (!isSilence(error)) throw calls.explain(error);
        return { kind: 'silent', run, memo: memoOf(described) };
      }
    },
    list: async ({ repository }) =>
      await calls.ask(async () => {
        const summaries: PreviewSummary[] = [];
        for await (const info of client.workflow.list({ query: listQuery(repository) }))
          summaries.push(summary(info));
        return summaries;
      }),
  };
}

async function describe(handle: WorkflowHandle): Promise<WorkflowExecutionDescription | null> {
  try {
    return await handle.describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** Codes of a query that no worker took. */
const silences: readonly (number | undefined)[] = [
  1, // CANCELLED: retried until the deadline
  4, // DEADLINE_EXCEEDED
  8, // RESOURCE_EXHAUSTED: too many queries wait for a worker
  9, // FAILED_PRECONDITION: no worker was seen for a while
];

function isSilence(error: unknown): boolean {
  return silences.includes(serviceError(error)?.code);
}

/** What workers of older code never wrote. */
const unsaid: Pick<PreviewMemo, 'queue'> = { queue: null };

function memoOf({ memo }: Pick<WorkflowExecutionInfo, 'memo'>): PreviewMemo | null {
  const kept = memo?.['preview'] as PreviewMemo | undefined;
  return kept === undefined ? null : { ...unsaid, ...kept };
}

/** @param repository checked by the caller to be `owner/name`, so that it needs no quoting. */
function listQuery(repository: string | null): string {
  const open = `WorkflowType = "${previewWorkflowType}" AND ExecutionStatus = "Running"`;
  return repository === null ? open : `${open} AND PreviewRepo = "${repository.toLowerCase()}"`;
}

function summary(info: WorkflowExecutionInfo): PreviewSummary {
  return {
    repository: info.typedSearchAttributes.get(previewRepo) ?? null,
    number: info.typedSearchAttributes.get(previewPr) ?? null,
    workflowId: info.workflowId,
    startedAt: info.startTime.toISOString(),
    memo: memoOf(info),
  };
}
