import { fileURLToPath } from 'node:url';
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { Client, Connection, WithStartWorkflowOperation } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';
import { inject } from 'vitest';
import type { Activities } from '../../activities/index.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import type { PreviewStatus } from '../../domain/status.ts';
import {
  capacityWorkflowId,
  checkWorkflowId,
  cleanupWorkflowId,
  deployWorkflowId,
  previewWorkflowId,
} from '../../domain/workflow-ids.ts';
import type { ReapMessage } from '../../domain/messages.ts';
import {
  approveUpdate,
  closeSignal,
  previewWorkflowType,
  pushSignal,
  reapSignal,
  statusQuery,
} from '../../workflows/messages.ts';

const root = new URL('../../', import.meta.url);
const workflowsPath = fileURLToPath(new URL('workflows/index.ts', root));
const payloadConverterPath = fileURLToPath(new URL('workflows/payload-converter.ts', root));

let bundle: Promise<WorkflowBundle> | undefined;
let installed = false;

/** One real server for all tests; task queue, repository and numbers are the test's own. */
export interface WorkflowTests {
  readonly client: Client;
  readonly close: () => Promise<void>;
}

export async function connect(): Promise<WorkflowTests> {
  if (!installed) Runtime.install({ logger: new DefaultLogger('ERROR') });
  installed = true;
  const { temporal } = inject('stack');
  if (!temporal) throw new Error('the stack has no Temporal');
  const connection = await Connection.connect({ address: temporal.address });
  return {
    client: new Client({ connection, namespace: temporal.namespace }),
    close: () => connection.close(),
  };
}

/** Runs a worker with these activities while `work` runs. */
export async function withWorker<T>(
  { activities, taskQueue }: { readonly activities: Activities; readonly taskQueue: string },
  work: () => Promise<T>,
): Promise<T> {
  const { temporal } = inject('stack');
  bundle ??= bundleWorkflowCode({ workflowsPath, payloadConverterPath, logger: new DefaultLogger('ERROR') });
  const connection = await NativeConnection.connect({ address: temporal?.address ?? '' });
  try {
    const worker = await Worker.create({
      connection,
      namespace: temporal?.namespace ?? 'default',
      taskQueue,
      workflowBundle: await bundle,
      activities: { ...activities },
      dataConverter: { payloadConverterPath },
      maxHeartbeatThrottleInterval: '200ms',
      defaultHeartbeatThrottleInterval: '200ms',
      shutdownGraceTime: '100ms',
      shutdownForceTime: '5s',
    });
    return await worker.runUntil(work);
  } finally {
    await connection.close();
  }
}

/** A pull request nobody else uses, on a task queue nobody else serves. */
export function ownPullRequest(): { readonly ref: PullRequestRef; readonly taskQueue: string } {
  const name = randomUUID().slice(0, 8);
  return { ref: { owner: 'example', repository: `app-${name}`, number: 7 }, taskQueue: `test-${name}` };
}

export interface Sender {
  readonly push: (message?: { sha?: string | null; reason?: 'event' | 'command' }) => Promise<WorkflowHandle>;
  /** GitHub's word that the pull request was closed; `command`: a person's wish. */
  readonly close: (reason?: 'event' | 'command') => Promise<WorkflowHandle>;
  readonly reap: (message?: ReapMessage) => Promise<WorkflowHandle>;
  readonly approve: (sha: string) => Promise<unknown>;
  readonly status: () => Promise<PreviewStatus>;
  readonly handle: WorkflowHandle;
}

/** Sends as our clients do, by signal-with-start. */
export function sender(
  client: Client,
  { ref, taskQueue }: { ref: PullRequestRef; taskQueue: string },
): Sender {
  const workflowId = previewWorkflowId(ref);
  const start = { workflowId, taskQueue, args: [{ v: 1, ref, state: null }] };
  const handle = client.workflow.getHandle(workflowId);
  return {
    push: ({ sha = null, reason = 'event' } = {}) =>
      client.workflow.signalWithStart(previewWorkflowType, {
        ...start,
        signal: pushSignal,
        signalArgs: [{ sha, reason }],
      }),
    close: (reason = 'event') =>
      client.workflow.signalWithStart(previewWorkflowType, {
        ...start,
        signal: closeSignal,
        signalArgs: [{ reason, by: null }],
      }),
    reap: (message = { found: null }) =>
      client.workflow.signalWithStart(previewWorkflowType, {
        ...start,
        signal: reapSignal,
        signalArgs: [message],
      }),
    approve: (sha) =>
      client.workflow.executeUpdateWithStart(approveUpdate, {
        args: [{ sha, by: 'alice' }],
        startWorkflowOperation: new WithStartWorkflowOperation(previewWorkflowType, {
          ...start,
          workflowIdConflictPolicy: 'USE_EXISTING',
        }),
      }),
    status: () => handle.query(statusQuery),
    handle,
  };
}

/** Terminates what a test left running: the server is shared, and nobody serves the test's queue any more. */
export async function endAll(client: Client, ref: PullRequestRef): Promise<void> {
  const ids = [previewWorkflowId, checkWorkflowId, deployWorkflowId, cleanupWorkflowId].map((idOf) =>
    idOf(ref),
  );
  for (const id of [...ids, capacityWorkflowId(ref.repository)])
    await client.workflow
      .getHandle(id)
      .terminate('the test is over')
      .catch(() => undefined);
}

/** Two files at a time share two cores with all real parts: only what hangs takes as long. */
const patienceMs = 120_000;

/** Polls until a condition holds. @throws after two minutes, with what was last seen. */
export async function until<T>(
  look: () => Promise<T> | T,
  holds: (seen: T) => boolean,
  what: string,
): Promise<T> {
  const deadline = Date.now() + patienceMs;
  let seen: unknown;
  while (Date.now() < deadline) {
    try {
      const value = await look();
      seen = value;
      if (holds(value)) return value;
    } catch (error) {
      seen = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(
    `waited ${patienceMs / 1000} s for ${what}; last seen: ${seen instanceof Error ? seen.message : JSON.stringify(seen)}`,
  );
}
