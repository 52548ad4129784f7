import type {
  Client,
  WorkflowExecutionDescription,
  WorkflowExecutionInfo,
  WorkflowHandle,
} from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { CloseMessage, PushMessage } from '../domain/messages.ts';
import type { PullRequestRef } from '../domain/pull-request.ts';
import type { PreviewMemo } from '../domain/search-attributes.ts';
import { searchAttributes } from '../domain/search-attributes.ts';
import type { PreviewStatus } from '../domain/status.ts';
import { previewWorkflowId } from '../domain/workflow-ids.ts';
import {
  closeSignal,
  previewStart,
  previewWorkflowType,
  pushSignal,
  statusQuery,
  taskQueue,
} from '../workflows/messages.ts';
import { serviceError, temporalError } from './connect.ts';

/** The only way in to the previews' workflows. Every call has a deadline; errors are `ClientError`s where foreseen. */
export interface PreviewClient {
  /** Says that there is a commit to serve; starts the preview's workflow where none runs. Accepted without a worker. */
  push(ref: PullRequestRef, message: PushMessage): Promise<Sent>;
  /** Asks for the preview to be taken away. Accepted without a worker. */
  close(ref: PullRequestRef, message: CloseMessage): Promise<Sent>;
  /** What is known of a preview: from its worker, or else from Temporal alone. */
  status(ref: PullRequestRef): Promise<PreviewReading>;
  /** Every preview that has an open workflow, newest first. */
  list(filter: { readonly repository: string | null }): Promise<PreviewSummary[]>;
}

export interface Sent {
  readonly workflowId: string;
  readonly runId: string;
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

export interface PreviewClientOptions {
  readonly client: Client;
  /** Where the client leads, for messages. */
  readonly place: string;
  /** Deadline of each call in milliseconds. Default 10 s. */
  readonly deadlineMs?: number;
  /** How long a worker may take to answer a query, in milliseconds. Default 3 s. */
  readonly queryDeadlineMs?: number;
  /** Default: the one of `workflows/messages.ts`. */
  readonly taskQueue?: string;
  /** Where GitHub's pages are, for the link in Temporal Web UI. Default `https://github.com`. */
  readonly gitHubUrl?: string;
}

const previewRepo = defineSearchAttributeKey('PreviewRepo', searchAttributes.PreviewRepo);
const previewPr = defineSearchAttributeKey('PreviewPr', searchAttributes.PreviewPr);

export function createPreviewClient(options: PreviewClientOptions): PreviewClient {
  const { client, place, deadlineMs = 10_000, queryDeadlineMs = 3_000 } = options;
  const within = async <T>(ms: number, call: () => Promise<T>): Promise<T> =>
    await client.withDeadline(Date.now() + ms, call);
  const asked = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await within(deadlineMs, call);
    } catch (error) {
      throw temporalError(error, place);
    }
  };
  const gitHubUrl = options.gitHubUrl ?? 'https://github.com';
  const start = (ref: PullRequestRef) =>
    previewStart(ref, { gitHubUrl, taskQueue: options.taskQueue ?? taskQueue });
  return {
    push: async (ref, message) => {
      const signal = { signal: pushSignal, signalArgs: [message] as [PushMessage] };
      return sent(
        await asked(
          async () =>
            await client.workflow.signalWithStart(previewWorkflowType, { ...start(ref), ...signal }),
        ),
      );
    },
    close: async (ref, message) => {
      const signal = { signal: closeSignal, signalArgs: [message] as [CloseMessage] };
      return sent(
        await asked(
          async () =>
            await client.workflow.signalWithStart(previewWorkflowType, { ...start(ref), ...signal }),
        ),
      );
    },
    status: async (ref) => {
      const handle = client.workflow.getHandle(previewWorkflowId(ref));
      const described = await asked(async () => await describe(handle));
      if (described === null) return { kind: 'absent' };
      const run = described.status.name === 'RUNNING' ? 'open' : 'closed';
      try {
        const status = await within(queryDeadlineMs, async () => await handle.query(statusQuery));
        return { kind: 'answered', run, status };
      } catch (error) {
        if (!isSilence(error)) throw temporalError(error, place);
        return { kind: 'silent', run, memo: memoOf(described) };
      }
    },
    list: async ({ repository }) =>
      await asked(async () => {
        const summaries: PreviewSummary[] = [];
        for await (const info of client.workflow.list({ query: listQuery(repository) }))
          summaries.push(summary(info));
        return summaries;
      }),
  };
}

function sent(handle: WorkflowHandle & { readonly signaledRunId?: string }): Sent {
  return { workflowId: handle.workflowId, runId: handle.signaledRunId ?? '' };
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

function memoOf({ memo }: Pick<WorkflowExecutionInfo, 'memo'>): PreviewMemo | null {
  return (memo?.['preview'] as PreviewMemo | undefined) ?? null;
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
