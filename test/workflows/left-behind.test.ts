import { Context } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTemporalActivities } from '../../activities/temporal.ts';
import { cleanupWorkflowId, previewWorkflowId } from '../../domain/workflow-ids.ts';
import { sha } from '../domain/support.ts';
import { connect, endAll, ownPullRequest, sender, until, withWorker } from './environment.ts';
import type { WorkflowTests } from './environment.ts';
import { createFakeWorld, fakeActivities } from './fake-world.ts';

let tests: WorkflowTests;
beforeAll(async () => {
  tests = await connect();
});
afterAll(async () => {
  await tests.close();
});

describe('what a stopped deploy changed', () => {
  it('is put back when the deploy after it fails before it begins', async () => {
    const own = ownPullRequest();
    const world = createFakeWorld(own.ref);
    const { push, status } = sender(tests.client, own);
    const phase = (wanted: string) => until(status, (seen) => seen.phase === wanted, `phase ${wanted}`);
    const pushHead = async (commit: string): Promise<void> => {
      if (world.pullRequest) world.pullRequest = { ...world.pullRequest, head: { sha: commit, branch: 'x' } };
      await push({ sha: commit });
    };
    world.onStart = async (activity, commit) => {
      if (activity === 'deployService:ui' && commit === sha(2)) await untilCancelled();
    };
    try {
      await withWorker({ activities: fakeActivities(world), taskQueue: own.taskQueue }, async () => {
        await pushHead(sha(1));
        await phase('ready');
        await pushHead(sha(2));
        await until(
          () => world.running.has('ui') && world.releases.get('api'),
          (commit) => commit === sha(2),
          'half of the second commit',
        );
        world.faults.set('prepareNamespace', { type: 'AdmissionDenied', message: 'not today', times: 1 });
        await pushHead(sha(3));
        await phase('update-failed');
      });
    } finally {
      await endAll(tests.client, own.ref);
    }
    expect([...world.releases.values()]).toEqual([sha(1), sha(1)]);
  });
});

describe("an earlier life's cleanup that still runs", () => {
  it('is awaited before anything is deployed, and takes nothing new away', async () => {
    const own = ownPullRequest();
    const world = createFakeWorld(own.ref);
    const { push, status } = sender(tests.client, own);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    world.onStart = (activity) => (activity === 'deleteNamespace' ? held : undefined);
    const activities = {
      ...fakeActivities(world),
      ...createTemporalActivities({ workflows: tests.client.workflow }),
    };
    const { owner, repository, number } = own.ref;
    const target = { owner, repository, number, namespace: 'preview-7', database: 'preview_7' };
    try {
      await withWorker({ activities, taskQueue: own.taskQueue }, async () => {
        const old = await tests.client.workflow.start('cleanup', {
          workflowId: cleanupWorkflowId(own.ref),
          taskQueue: own.taskQueue,
          args: [
            {
              target: { ...target, platform: 'pr-preview', repositoryId: 42 },
              previewId: previewWorkflowId(own.ref),
            },
          ],
        });
        await push();
        await until(status, (seen) => seen.phase === 'deploying', 'phase deploying');
        release();
        await old.result();
        await until(status, (seen) => seen.phase === 'ready', 'phase ready');
      });
    } finally {
      await endAll(tests.client, own.ref);
    }
    expect(world).toMatchObject({ namespace: true, database: true });
    expect(world.seen).toMatchObject({ deploys: [sha(1)], cleanups: 1 });
  });
});

/** Beats until Temporal cancels the activity. */
async function untilCancelled(): Promise<never> {
  const context = Context.current();
  for (;;) {
    context.heartbeat();
    await context.sleep(50);
  }
}
