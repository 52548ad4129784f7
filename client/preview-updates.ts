import { randomUUID } from 'node:crypto';
import {
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  WorkflowUpdateStage,
} from '@temporalio/client';
import type { ApproveAnswer, ApproveMessage, ExtendAnswer } from '../domain/messages.ts';
import { approvalLookMs } from '../domain/messages.ts';
import type { PullRequestRef } from '../domain/pull-request.ts';
import { formatRef } from '../domain/pull-request.ts';
import { previewWorkflowId } from '../domain/workflow-ids.ts';
import type { PreviewStart } from '../workflows/messages.ts';
import { approveUpdate, extendUpdate, previewWorkflowType } from '../workflows/messages.ts';
import { ClientError } from './exit-codes.ts';
import { noPreview } from './no-preview.ts';
import type { TemporalCalls } from './temporal-calls.ts';

/** How long a worker may take to answer an Update, in milliseconds: as long as an approval may look, and a little more. */
export const answerWithinMs = approvalLookMs + 10_000;

/**
 * What is asked of a preview and answered by it. Each waits for a worker to take it, and for its answer.
 *
 * @throws {ClientError} `refused` with the preview's own words; `workerSilent` when nobody answered in time, which
 *   leaves open whether it will be done yet; `temporalAway`.
 */
export interface PreviewUpdates {
  /** Moves the deadline; answers with the new one. @throws {ClientError} `notFound` without an open workflow. */
  extend(ref: PullRequestRef, wish: ExtendWish & UpdateId): Promise<ExtendAnswer>;
  /** Allows one commit of an outsider's pull request; starts the preview's workflow where none runs. */
  approve(ref: PullRequestRef, wish: ApproveMessage & UpdateId & WhenAccepted): Promise<ApproveAnswer>;
}

export interface ExtendWish {
  /** `2d`: how long from now; null: a whole lifetime. */
  readonly duration: string | null;
  readonly by: string | null;
}

export interface UpdateId {
  /** What is sent twice under one id is done once. Default: one of its own for each call. */
  readonly id?: string;
}

export interface WhenAccepted {
  /** Called once a worker has taken it, so that it cannot be lost any more; the answer follows. */
  readonly onAccepted?: () => void;
}

interface UpdateOptions {
  /** How long a worker may take to answer, in milliseconds. */
  readonly deadlineMs: number;
  readonly start: (ref: PullRequestRef) => PreviewStart;
}

export function createUpdates(calls: TemporalCalls, { deadlineMs, start }: UpdateOptions): PreviewUpdates {
  const { workflow } = calls.client;
  const answered = async <T>(ref: PullRequestRef, call: () => Promise<T>): Promise<T> => {
    try {
      return await calls.within(deadlineMs, call);
    } catch (error) {
      if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)) throw explained(calls, error, ref);
      // whose silence was it? Temporal's own is told as such
      await calls.ask(async () => await describe(calls, ref));
      throw silent(ref, deadlineMs, error);
    }
  };
  return {
    extend: async (ref, { id = randomUUID(), duration, by }) => {
      const handle = workflow.getHandle(previewWorkflowId(ref));
      const update = { updateId: id, args: [{ duration, by }] as [ExtendWish] };
      return await answered(ref, async () => await handle.executeUpdate(extendUpdate, update));
    },
    approve: async (ref, { id = randomUUID(), sha, by, onAccepted }) => {
      const startWorkflowOperation = new WithStartWorkflowOperation(previewWorkflowType, start(ref));
      const update = { updateId: id, args: [{ sha, by }] as [ApproveMessage], startWorkflowOperation };
      return await answered(ref, async () => {
        const accepted = { ...update, waitForStage: WorkflowUpdateStage.ACCEPTED };
        const handle = await workflow.startUpdateWithStart(approveUpdate, accepted);
        onAccepted?.();
        return await handle.result();
      });
    },
  };
}

async function describe({ client }: TemporalCalls, ref: PullRequestRef): Promise<void> {
  await client.workflow.getHandle(previewWorkflowId(ref)).describe();
}

function explained(calls: TemporalCalls, error: unknown, ref: PullRequestRef): unknown {
  if (error instanceof WorkflowNotFoundError) return noPreview(ref, error);
  if (!(error instanceof WorkflowUpdateFailedError)) return calls.explain(error);
  const reason = error.cause?.message ?? error.message;
  return new ClientError('refused', `${formatRef(ref)}: ${reason}`, { cause: error });
}

function silent(ref: PullRequestRef, deadlineMs: number, cause: Error): ClientError {
  const name = formatRef(ref);
  const message =
    `No worker answered for ${name} within ${Math.round(deadlineMs / 1_000)} s. ` +
    `It may still be done once one does: ask "preview status ${name}" before you send it again`;
  return new ClientError('workerSilent', message, { cause });
}
