import { Context } from '@temporalio/activity';
import {
  acquireSignal,
  cancelSignal,
  capacityStart,
  capacityWorkflowType,
  extendUpdate,
  imagesReadySignal,
  reapWorkflowType,
  releaseSignal,
  resetSignal,
} from '../../workflows/messages.ts';
import { cleanupWorkflowId } from '../../domain/workflow-ids.ts';
import { sha } from '../domain/support.ts';
import { until } from '../workflows/environment.ts';
import type { WorkflowTests } from '../workflows/environment.ts';
import { fastForward } from '../workflows/fast-forward.ts';
import type { Play } from '../workflows/play.ts';
import { gate } from '../workflows/play.ts';

/** Plays it; resolves to the ids of workflows that took part besides the preview's own. */
type Scene = (tests: WorkflowTests, life: Play) => Promise<readonly string[] | void>;

const day = 86_400_000;

/** One life for each shape that the flow of control takes. */
export const scenes: Readonly<Record<string, Scene>> = {
  'a whole life': async (_, life) => {
    await begin(life);
    for (const number of [2, 3]) await update(life, number);
    await life.handle.executeUpdate(extendUpdate, { args: ['5d'] });
    await end(life);
  },
  'a first deploy that fails': async (_, { world, push, phase }) => {
    world.faults.set('deployService:ui', { type: 'ServiceFailed', message: 'ui crashed', times: 1 });
    await push();
    await phase('failed');
  },
  'an update that fails and is put back': async (_, life) => {
    await begin(life);
    life.world.faults.set('verifyDeploy', { type: 'VerifyFailed', message: 'another commit', times: 1 });
    life.headIs(sha(2));
    await life.push({ sha: sha(2) });
    await life.phase('update-failed');
    await end(life);
  },
  'a plan that changes half way': async (_, life) => {
    await begin(life);
    life.world.faults.set('deployService:ui', { type: 'PlanChanged', message: 'another plan', times: 1 });
    await update(life, 2);
    await end(life);
  },
  'a check that refuses': async (_, { world, push, phase }) => {
    world.faults.set('preflight', { type: 'TlsSecretMissing', message: 'no secret', times: 1 });
    await push();
    await phase('failed');
  },
  'an update that is cancelled half way': async (_, life) => {
    await begin(life);
    await deployHalf(life, 2);
    await life.handle.signal(cancelSignal, { by: 'alice' });
    await life.phase('update-failed');
    await end(life);
  },
  'a push during a deploy': async (_, life) => {
    await life.push();
    await deployHalf(life, 1);
    await update(life, 2);
    await end(life);
  },
  'a close during a deploy': async (_, life) => {
    await life.push();
    await deployHalf(life, 1);
    await end(life);
  },
  'a lifetime that ends': async (tests, life) => {
    life.world.plan = { lifetime: { defaultMs: 3 * day, maximumMs: 14 * day, warningsMs: [day] } };
    await begin(life);
    await fastForward(tests, life.handle, 2 * day + 60_000);
    await fastForward(tests, life.handle, 2 * day);
    await life.phase('gone');
    await update(life, 2);
    await end(life);
  },
  'images that come': async (_, { world, push, phase, handle }) => {
    world.images = new Set();
    await push();
    await phase('waiting-for-images');
    world.onStart = (activity) => {
      if (activity === 'resolveImages') world.images = new Set([sha(1)]);
    };
    await handle.signal(imagesReadySignal, { sha: sha(1), images: [] });
    await phase('ready');
  },
  'images that are built, and deleted after the end': async (tests, life) => {
    const { world, push, phase, handle, closePullRequest, close } = life;
    const image = { repository: 'ghcr.io/example/ui', tag: 'pr-7', digest: `sha256:${'1'.repeat(64)}` };
    world.plan = { ownImages: [image], keepImagesMs: day };
    world.build = { workflow: 'build.yaml', branch: 'main' };
    world.images = new Set();
    await push();
    await until(
      () => world.builds,
      (builds) => builds.length === 1,
      'the build',
    );
    world.images = new Set([sha(1)]);
    await phase('ready');
    closePullRequest();
    await close();
    await phase('gone');
    await fastForward(tests, handle, day);
    await handle.result();
  },
  'an approval': async (_, { pullRequestIs, push, phase, approve }) => {
    pullRequestIs({ fromFork: true, authorCanWrite: false });
    await push();
    await phase('awaiting-approval');
    await approve(sha(1));
    await phase('ready');
  },
  'a new database': async (_, life) => {
    await begin(life);
    await life.handle.signal(resetSignal);
    await until(
      () => life.world.seen.resets,
      (resets) => resets === 1,
      'the new database',
    );
    await life.phase('ready');
    await end(life);
  },
  'a cleanup that takes two rounds': async (tests, life) => {
    await begin(life);
    life.world.faults.set('dropDatabase', { type: 'DatabaseDenied', message: 'not today', times: 1 });
    life.closePullRequest();
    await life.close();
    await life.phase('cleanup-stuck');
    const { ref } = await life.status();
    await fastForward(tests, { workflowId: cleanupWorkflowId(ref) }, 5 * 60_000 - 2_000);
    await life.handle.result();
  },
  'a place that is waited for': async ({ client }, life) => {
    const { world, taskQueue, push, phase, headIs, handle, status } = life;
    const pool = world.pool;
    const config = { size: { places: 1 }, holdMs: day };
    // any workflow that is there may hold the only place: another pool's
    const other = await client.workflow.start(
      capacityWorkflowType,
      capacityStart({ pool: `${pool}-other`, config, taskQueue }),
    );
    const id = `${other.workflowId}#1`;
    const message = { id, askedAt: 1, ready: true, draft: false, granted: null };
    const start = capacityStart({ pool, config, taskQueue });
    await client.workflow.signalWithStart(capacityWorkflowType, {
      ...start,
      signal: acquireSignal,
      signalArgs: [message],
    });
    await push();
    await phase('queued');
    headIs(sha(2));
    await push({ sha: sha(2) });
    await until(status, ({ phase, commit }) => phase === 'queued' && commit === sha(2), 'the second commit');
    await handle.signal(imagesReadySignal, { sha: sha(2), images: [] });
    await client.workflow.getHandle(start.workflowId).signal(releaseSignal, { id });
    await phase('ready');
    await end(life);
    await other.terminate('the scene is over');
  },
  'what the reaper found': async (_, { world, reap, phase }) => {
    world.namespace = true;
    world.database = true;
    await reap({ found: { namespace: 'preview-7', database: 'preview_7', repositoryId: 42 } });
    await phase('gone');
  },
  'a run of the reaper': async ({ client }, { taskQueue, push, phase }) => {
    await push();
    await phase('ready');
    const workflowId = `reap:${taskQueue}:now`;
    const args = [{ v: 1, dryRun: false }];
    await client.workflow.execute(reapWorkflowType, { workflowId, taskQueue, args });
    return [workflowId];
  },
  'a cancellation by Web UI': async (_, life) => {
    await begin(life);
    await life.handle.cancel();
    await life.phase('gone');
  },
};

async function begin({ push, phase }: Play): Promise<void> {
  await push();
  await phase('ready');
}

async function update({ headIs, push, serves, phase, world }: Play, number: number): Promise<void> {
  world.onStart = () => undefined;
  headIs(sha(number));
  await push({ sha: sha(number) });
  await serves(sha(number));
  await phase('ready');
}

/** Lets a deploy come to its second service, which hangs until it is cancelled. */
async function deployHalf({ headIs, push, world }: Play, number: number): Promise<void> {
  const half = gate();
  world.onStart = async (activity, commit) => {
    if (activity !== 'deployService:ui' || commit !== sha(number)) return;
    half.open();
    void half.pass();
    const context = Context.current();
    for (;;) {
      context.heartbeat();
      await context.sleep(50);
    }
  };
  headIs(sha(number));
  await push({ sha: sha(number) });
  await half.reached;
}

async function end({ closePullRequest, close, handle }: Play): Promise<void> {
  closePullRequest();
  await close();
  await handle.result();
}
