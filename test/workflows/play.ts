import type { PullRequest } from '../../domain/pull-request.ts';
import type { PreviewStatus } from '../../domain/status.ts';
import { endAll, ownPullRequest, sender, until, withWorker } from './environment.ts';
import type { Sender, WorkflowTests } from './environment.ts';
import type { FakeWorld } from './fake-world.ts';
import { createFakeWorld, fakeActivities } from './fake-world.ts';

/** One pull request's life against the real server, in a world of its own. */
export interface Play extends Sender {
  readonly world: FakeWorld;
  readonly taskQueue: string;
  /** What GitHub says from now on. */
  readonly headIs: (commit: string) => void;
  readonly closePullRequest: () => void;
  readonly pullRequestIs: (fields: Partial<PullRequest>) => void;
  /** Waits until it stands there, and no reading is about to change that. */
  readonly phase: (phase: string) => Promise<PreviewStatus>;
  /** Waits until a release serves a commit. */
  readonly serves: (commit: string) => Promise<unknown>;
  /** Waits until the comment says it. */
  readonly told: (words: string) => Promise<string>;
}

/** Plays it, ends what is left, and returns the world for a last look. */
export async function play(tests: WorkflowTests, scene: (play: Play) => Promise<void>): Promise<FakeWorld> {
  const own = ownPullRequest();
  const world = createFakeWorld(own.ref);
  const send = sender(tests.client, own);
  const change = (fields: Partial<PullRequest>): void => {
    if (world.pullRequest) world.pullRequest = { ...world.pullRequest, ...fields };
  };
  try {
    await withWorker({ activities: fakeActivities(world), taskQueue: own.taskQueue }, () =>
      scene({
        ...send,
        world,
        taskQueue: own.taskQueue,
        headIs: (commit) => change({ head: { sha: commit, branch: 'change' }, state: 'open' }),
        closePullRequest: () => change({ state: 'closed' }),
        pullRequestIs: change,
        phase: (phase) =>
          until(send.status, (status) => status.phase === phase && status.looking !== true, `phase ${phase}`),
        serves: (commit) =>
          until(
            () => world.releases.get('ui'),
            (served) => served === commit,
            `commit ${commit} to be served`,
          ),
        told: (words) =>
          until(
            () => world.comments.at(-1) ?? '',
            (comment) => comment.includes(words),
            `the comment to say "${words}"`,
          ),
      }),
    );
  } finally {
    await endAll(tests.client, own.ref);
  }
  return world;
}

/** A gate in the way of an activity: reached once it begins, and open for good after `open`. */
export interface Gate {
  readonly reached: Promise<void>;
  readonly open: () => void;
  /** To be awaited by whatever stands before it. */
  readonly pass: () => Promise<void>;
}

export function gate(): Gate {
  let reach = (): void => undefined;
  let open = (): void => undefined;
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    reached,
    open,
    pass: async () => {
      reach();
      await opened;
    },
  };
}
