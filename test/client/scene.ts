import { afterAll, beforeAll, vi } from 'vitest';
import type { PreviewClient } from '../../client/preview-client.ts';
import { createPreviewClient } from '../../client/preview-client.ts';
import type { PullRequest, PullRequestRef } from '../../domain/pull-request.ts';
import { formatRef } from '../../domain/pull-request.ts';
import type { PreviewStatus } from '../../domain/status.ts';
import { previewWorkflowId } from '../../domain/workflow-ids.ts';
import type { WorkflowTests } from '../workflows/environment.ts';
import { connect, endAll, ownPullRequest, until, withWorker } from '../workflows/environment.ts';
import type { FakeWorld } from '../workflows/fake-world.ts';
import { createFakeWorld, fakeActivities } from '../workflows/fake-world.ts';
import { temporalEnv } from './command-line.ts';

/** One pull request with a world of its own, on the real server. */
export interface Scene {
  readonly ref: PullRequestRef;
  /** `owner/name#7`. */
  readonly name: string;
  readonly workflowId: string;
  readonly repository: string;
  readonly taskQueue: string;
  /** Environment in which the command line finds it. */
  readonly env: Record<string, string>;
  readonly world: FakeWorld;
  /** What GitHub says from now on. */
  readonly github: (fields: Partial<PullRequest>) => void;
  /** Runs `work` while a worker serves the pull request's task queue. */
  readonly withWorker: <T>(work: () => Promise<T>) => Promise<T>;
}

export interface Scenes {
  readonly scene: () => Scene;
  /** The way in that the command line takes, without a process for each call. */
  readonly clientOf: (
    scene: Pick<Scene, 'taskQueue'>,
    options?: { readonly updateDeadlineMs: number },
  ) => PreviewClient;
  /** Brings a preview to where it serves its head. */
  readonly served: (scene: Scene) => Promise<void>;
}

/** Makes scenes, and ends what they leave when the file is done. */
export function scenes(): Scenes {
  // every command is a process of its own, and takes seconds on a busy machine
  vi.setConfig({ testTimeout: 240_000 });
  let tests: WorkflowTests;
  const refs: PullRequestRef[] = [];
  const clientOf: Scenes['clientOf'] = ({ taskQueue }, options) =>
    createPreviewClient({ client: tests.client, place: 'here', taskQueue, ...options });
  beforeAll(async () => {
    tests = await connect();
  });
  afterAll(async () => {
    await Promise.all(refs.map(async (ref) => await endAll(tests.client, ref)));
    await tests.close();
  });
  return {
    clientOf,
    served: async (own) => {
      const { ref } = own;
      const client = clientOf(own);
      await client.push(ref, { sha: null, reason: 'event' });
      await until(
        async () => await client.status(ref),
        (reading) => reading.kind === 'answered' && reading.status.phase === 'ready',
        'the preview that the test begins with',
      );
    },
    scene: () => {
      const { ref, taskQueue } = ownPullRequest();
      refs.push(ref);
      return createScene(ref, taskQueue);
    },
  };
}

/** What a command prints that was told to wait. */
export interface Waited {
  readonly workflowId: string;
  readonly runId: string | null;
  readonly accepted: true;
  readonly status: PreviewStatus;
}

/** What a command prints that failed. */
export interface Failed {
  readonly error: { readonly code: string; readonly exitCode: number; readonly message: string };
}

/** What GitHub says after a push. */
export function headIs(commit: string): Pick<PullRequest, 'head' | 'state'> {
  return { head: { sha: commit, branch: 'change' }, state: 'open' };
}

function createScene(ref: PullRequestRef, taskQueue: string): Scene {
  const world = createFakeWorld(ref);
  return {
    ref,
    name: formatRef(ref),
    workflowId: previewWorkflowId(ref),
    repository: `${ref.owner}/${ref.repository}`,
    taskQueue,
    env: temporalEnv(taskQueue),
    world,
    github: (fields) => {
      if (world.pullRequest) world.pullRequest = { ...world.pullRequest, ...fields };
    },
    withWorker: async (work) => await withWorker({ activities: fakeActivities(world), taskQueue }, work),
  };
}
