import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { inject } from 'vitest';
import { createPreviewClient } from '../../client/preview-client.ts';
import type { PreviewClient } from '../../client/preview-client.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import type { Phase, PreviewStatus } from '../../domain/status.ts';
import { capacityWorkflowId, previewWorkflowId } from '../../domain/workflow-ids.ts';
import { createExampleApp } from '../../local/example-app.ts';
import type { ExampleApp } from '../../local/example-app.ts';
import { startOwnWorker } from '../../local/own-worker.ts';
import type { OwnWorker, OwnWorkerOptions } from '../../local/own-worker.ts';
import type { Stack } from '../../local/stack.ts';

/** Charts and sources are the same for all scenes; each file's process shares this folder. */
const cacheFolder = join(tmpdir(), 'pr-preview-test-cache');

export interface SceneOptions {
  /** Pull request number; the namespace is `preview-<number>`, so no two scenes may share one. */
  readonly number: number;
  readonly platform?: OwnWorkerOptions['platform'];
  readonly environment?: OwnWorkerOptions['environment'];
  /** Where it plays. Default: the shared stack. */
  readonly stack?: Stack;
  /** Files written over the example's on the base branch. */
  readonly files?: Record<string, string | null>;
}

/** One pull request's preview, as the people around it see and use it. */
export interface Preview {
  readonly ref: PullRequestRef;
  readonly number: number;
  readonly namespace: string;
  /** Sends a push of what GitHub has as head. */
  readonly push: (sha: string | null, reason?: 'event' | 'command') => Promise<void>;
  /** Closes the pull request on GitHub and says so. */
  readonly close: () => Promise<void>;
  readonly status: () => Promise<PreviewStatus>;
  /** Waits for a phase that no reading is about to change; fails at once in a phase it cannot come from. */
  readonly reach: (phase: Phase, withinMs?: number) => Promise<PreviewStatus>;
  /** The sticky comment's text; empty before there is one. */
  readonly comment: () => Promise<string>;
}

/** One pull request on real parts: its repository, a worker of its own, and a person at the client. */
export interface Scene extends Preview {
  readonly stack: Stack;
  readonly app: ExampleApp;
  readonly client: Client;
  readonly worker: () => OwnWorker;
  /** Starts another worker after one was stopped or killed. */
  readonly startWorker: () => Promise<OwnWorker>;
  /** Name of the platform and of its pool of places: nobody else's. */
  readonly platform: string;
  /** Another pull request of the same repository, with the same worker; `end` takes it away too. */
  readonly beside: (number: number) => Preview;
  /** Takes the previews away if they are still there, stops the worker, and ends the pool. */
  readonly end: () => Promise<void>;
}

export async function startScene(options: SceneOptions): Promise<Scene> {
  const stack = options.stack ?? inject('stack');
  const id = randomUUID().slice(0, 8);
  const repository = `videocall-${id}`;
  const taskQueue = `e2e-${id}`;
  const app = await createExampleApp({
    stack,
    repository,
    ...(options.files ? { files: options.files } : {}),
  });
  const platform = {
    // more than any scene has pull requests: only tests of the queue wait in it
    capacity: { places: 50 },
    ...options.platform,
    // `capacity:<name>` is one workflow, on the task queue of whoever started it
    name: taskQueue,
    repositories: [`${app.owner}/${repository}`],
  };
  const startWorker = (): Promise<OwnWorker> =>
    startOwnWorker({
      stack,
      taskQueue,
      platform,
      cacheFolder,
      ...(options.environment ? { environment: options.environment } : {}),
    });
  let worker = await startWorker();
  const connection = await Connection.connect({ address: stack.temporal?.address ?? '' });
  const client = new Client({ connection });
  const previews = createPreviewClient({ client, place: 'the local stack', taskQueue });
  const opened: Preview[] = [];
  const beside = (number: number): Preview => {
    const preview = previewOf(number, { app, previews });
    opened.push(preview);
    return preview;
  };
  return {
    ...beside(options.number),
    stack,
    app,
    client,
    platform: platform.name,
    worker: () => worker,
    startWorker: async () => {
      worker = await startWorker();
      return worker;
    },
    beside,
    end: async () => {
      try {
        await Promise.all(opened.map((preview) => takeAway(preview, { client, previews })));
      } finally {
        await worker.stop();
        await endPool(client, platform.name);
        await connection.close();
      }
    },
  };
}

/** A pool never ends by itself, and nobody serves the scene's task queue any more. */
async function endPool(client: Client, name: string): Promise<void> {
  try {
    await client.workflow.getHandle(capacityWorkflowId(name)).terminate('the test is over');
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

function previewOf(
  number: number,
  { app, previews }: { readonly app: ExampleApp; readonly previews: PreviewClient },
): Preview {
  const ref = app.refOf(number);
  const place = { owner: app.owner, repo: app.repository, number };
  const status = async (): Promise<PreviewStatus> => {
    const reading = await previews.status(ref);
    if (reading.kind !== 'answered') throw new Error(`no status: ${JSON.stringify(reading)}`);
    return reading.status;
  };
  const reach: Preview['reach'] = async (phase, withinMs = 240_000) =>
    eventually(
      async () => {
        const seen = await status();
        if (seen.phase === phase && seen.looking !== true) return seen;
        const last: readonly Phase[] = ['ready', 'failed', 'update-failed'];
        if (seen.looking !== true && last.includes(seen.phase) && last.includes(phase))
          throw new Finished(
            `wanted ${phase}, came to ${seen.phase}: ${JSON.stringify(seen.failure ?? seen.reason)}`,
          );
        throw new Error(`${seen.phase}: ${seen.reason}`);
      },
      `phase ${phase}`,
      withinMs,
    );
  return {
    ref,
    number,
    namespace: `preview-${number}`,
    push: async (sha, reason = 'event') => {
      await previews.push(ref, { sha, reason });
    },
    close: async () => {
      await app.github.closePullRequest(place);
      await previews.close(ref, { reason: 'event', by: null });
    },
    status,
    reach,
    comment: async () => (await app.github.comments(place)).at(-1)?.body ?? '',
  };
}

async function takeAway(
  { ref, close }: Preview,
  { client, previews }: { readonly client: Client; readonly previews: PreviewClient },
): Promise<void> {
  const reading = await previews.status(ref);
  if (reading.kind === 'absent' || reading.run !== 'open') return;
  await close();
  await eventually(
    async () => {
      const { status: run } = await client.workflow.getHandle(previewWorkflowId(ref)).describe();
      if (run.name === 'RUNNING') throw new Error('the preview still runs');
    },
    'the end of the preview',
    180_000,
  );
}

/** What cannot become better by waiting. */
class Finished extends Error {}

/** Tries until it does not throw. @throws the last error when the time is over, or at once a `Finished`. */
export async function eventually<T>(look: () => Promise<T>, what: string, withinMs = 30_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (error instanceof Finished) throw error;
      if (Date.now() > deadline)
        throw new Error(`waited ${withinMs / 1000} s for ${what}; last seen: ${String(error)}`, {
          cause: error,
        });
    }
    // often enough to see it soon; ten that wait at once must not keep worker and Temporal busy by asking
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
