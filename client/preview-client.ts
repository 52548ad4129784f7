import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import type { CloseMessage, ImagesReadyMessage, PersonMessage, PushMessage } from '../domain/messages.ts';
import type { PullRequestRef } from '../domain/pull-request.ts';
import { formatRef } from '../domain/pull-request.ts';
import { previewWorkflowId } from '../domain/workflow-ids.ts';
import {
  cancelSignal,
  closeSignal,
  imagesReadySignal,
  previewStart,
  previewWorkflowType,
  pushSignal,
  resetSignal,
  taskQueue,
} from '../workflows/messages.ts';
import { noPreview } from './no-preview.ts';
import type { PreviewReadings } from './preview-readings.ts';
import { createReadings } from './preview-readings.ts';
import type { PreviewUpdates } from './preview-updates.ts';
import { answerWithinMs, createUpdates } from './preview-updates.ts';
import { createTemporalCalls } from './temporal-calls.ts';

/** The only way in to the previews' workflows. Every call has a deadline; errors are `ClientError`s where foreseen. */
export interface PreviewClient extends PreviewReadings, PreviewUpdates {
  /** Says that there is a commit to serve; starts the preview's workflow where none runs. Accepted without a worker. */
  push(ref: PullRequestRef, message: PushMessage): Promise<Sent>;
  /** Asks for the preview to be taken away. Accepted without a worker. */
  close(ref: PullRequestRef, message: CloseMessage): Promise<Sent>;
  /** Stops the running or queued deploy. Accepted without a worker. @throws {ClientError} `notFound`. */
  cancel(ref: PullRequestRef, message: PersonMessage): Promise<Sent>;
  /** Drops the database and deploys again. Accepted without a worker. @throws {ClientError} `notFound`. */
  reset(ref: PullRequestRef, message: PersonMessage): Promise<Sent>;
  /** CI's word on a commit's images. Without an open workflow there is nobody to hear it, which is no error. */
  imagesReady(ref: PullRequestRef, message: ImagesReadyMessage): Promise<Heard>;
}

export interface Sent {
  readonly workflowId: string;
  /** Null where it went to whichever run is open. */
  readonly runId: string | null;
}

export type Heard =
  | ({ readonly accepted: true } & Sent)
  /** For CI's log: why nobody heard it, and why that is well. */
  | { readonly accepted: false; readonly notice: string };

export interface PreviewClientOptions {
  readonly client: Client;
  /** Where the client leads, for messages. */
  readonly place: string;
  /** Deadline of each call in milliseconds. Default 10 s. */
  readonly deadlineMs?: number;
  /** How long a worker may take to answer a query, in milliseconds. Default 3 s. */
  readonly queryDeadlineMs?: number;
  /** How long a worker may take to answer `extend` or `approve`, in milliseconds. Default 70 s. */
  readonly updateDeadlineMs?: number;
  /** Default: the one of `workflows/messages.ts`. */
  readonly taskQueue?: string;
  /** Where GitHub's pages are, for the link in Temporal Web UI. Default `https://github.com`. */
  readonly gitHubUrl?: string;
}

export function createPreviewClient(options: PreviewClientOptions): PreviewClient {
  const {
    client,
    place,
    deadlineMs = 10_000,
    queryDeadlineMs = 3_000,
    updateDeadlineMs = answerWithinMs,
  } = options;
  const calls = createTemporalCalls(client, { place, deadlineMs });
  const gitHubUrl = options.gitHubUrl ?? 'https://github.com';
  const start = (ref: PullRequestRef) =>
    previewStart(ref, { gitHubUrl, taskQueue: options.taskQueue ?? taskQueue });
  const tellOrStart = async <M>(ref: PullRequestRef, { signal, message }: Message<M>): Promise<Sent> => {
    const handle = await calls.ask(
      async () =>
        await client.workflow.signalWithStart(previewWorkflowType, {
          ...start(ref),
          signal,
          signalArgs: [message],
        }),
    );
    return { workflowId: handle.workflowId, runId: handle.signaledRunId };
  };
  const tell = async <M>(ref: PullRequestRef, { signal, message }: Message<M>): Promise<Sent | null> => {
    const handle = client.workflow.getHandle(previewWorkflowId(ref));
    try {
      await calls.ask(async () => await handle.signal(signal, message));
      return { workflowId: handle.workflowId, runId: null };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  };
  return {
    ...createReadings(calls, queryDeadlineMs),
    ...createUpdates(calls, { deadlineMs: updateDeadlineMs, start }),
    push: async (ref, message) => await tellOrStart(ref, { signal: pushSignal, message }),
    close: async (ref, message) => await tellOrStart(ref, { signal: closeSignal, message }),
    cancel: async (ref, message) => told(ref, await tell(ref, { signal: cancelSignal, message })),
    reset: async (ref, message) => told(ref, await tell(ref, { signal: resetSignal, message })),
    imagesReady: async (ref, message) => {
      const sent = await tell(ref, { signal: imagesReadySignal, message });
      return sent === null ? { accepted: false, notice: unheard(ref) } : { accepted: true, ...sent };
    },
  };
}

interface Message<M> {
  readonly signal: SignalDefinition<[M?]>;
  readonly message: M;
}

/** @throws {ClientError} `notFound` where no open workflow heard it. */
function told(ref: PullRequestRef, sent: Sent | null): Sent {
  if (sent === null) throw noPreview(ref);
  return sent;
}

function unheard(ref: PullRequestRef): string {
  return `There is no preview of ${formatRef(ref)} that waits for images; a later one finds them in the registry.`;
}
