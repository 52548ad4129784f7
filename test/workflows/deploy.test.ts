import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Activities } from '../../activities/index.ts';
import type { DeployOutcome, LivePlan } from '../../domain/outcome.ts';
import { initialState } from '../../domain/preview.ts';
import { statusOf } from '../../domain/preview-status.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import { deployWorkflowId } from '../../domain/workflow-ids.ts';
import type { DeployInput } from '../../workflows/deploy.ts';
import { sha } from '../domain/support.ts';
import { connect, endAll, ownPullRequest, until, withWorker } from './environment.ts';
import type { WorkflowTests } from './environment.ts';
import type { FakeWorld } from './fake-world.ts';
import { createFakeWorld, fakeActivities, fakePlan } from './fake-world.ts';

let tests: WorkflowTests;
beforeAll(async () => {
  tests = await connect();
});
afterAll(async () => {
  await tests.close();
});

interface Stage {
  readonly world: FakeWorld;
  readonly ref: PullRequestRef;
  /** Activities that began, in order, since the last look. */
  readonly begun: string[];
  /** Begins a deploy of a commit, onto what is live. */
  readonly begin: (commit: string, changes?: Partial<DeployInput>) => Promise<WorkflowHandle>;
  /** The same, to its end. */
  readonly deploy: (commit: string, changes?: Partial<DeployInput>) => Promise<DeployOutcome>;
  /** What is live once a commit was verified. */
  readonly live: (commit: string) => LivePlan;
  /** An activity of a commit lasts until Temporal cancels it. */
  readonly hold: (activity: string, commit: string) => void;
}

/** Sets up a world, a worker, and deploys without an entity. */
async function stage(
  scene: (stage: Stage) => Promise<void>,
  change: (activities: Activities, world: FakeWorld) => Partial<Activities> = () => ({}),
): Promise<void> {
  const { ref, taskQueue } = ownPullRequest();
  const world = createFakeWorld(ref);
  const begun: string[] = [];
  const held = new Set<string>();
  world.onStart = async (activity, commit) => {
    begun.push(activity);
    if (held.has(`${activity} ${commit}`)) await untilCancelled();
  };
  const live = (commit: string): LivePlan => ({ plan: fakePlan(world, ref, commit), verifiedAt: 1 });
  const begin: Stage['begin'] = async (commit, changes = {}) => {
    begun.length = 0;
    const input: DeployInput = {
      plan: { ...fakePlan(world, ref, commit), ...world.plan },
      live: null,
      disturbed: [],
      mode: 'deploy',
      reset: false,
      lease: null,
      status: statusOf(initialState(ref, 0)),
      ...changes,
    };
    return await tests.client.workflow.start('deploy', {
      workflowId: deployWorkflowId(ref),
      taskQueue,
      args: [input],
    });
  };
  const all = fakeActivities(world);
  try {
    await withWorker({ activities: { ...all, ...change(all, world) }, taskQueue }, () =>
      scene({
        world,
        ref,
        begun,
        begin,
        deploy: async (...wanted) => (await (await begin(...wanted)).result()) as DeployOutcome,
        live,
        hold: (activity, commit) => void held.add(`${activity} ${commit}`),
      }),
    );
  } finally {
    await endAll(tests.client, ref);
  }
}

async function untilCancelled(): Promise<never> {
  const context = Context.current();
  for (;;) {
    context.heartbeat();
    await context.sleep(50);
  }
}

/** Waits for an activity, cancels the deploy, and returns what it says of itself. */
async function stopAt(
  handle: WorkflowHandle,
  begun: readonly string[],
  activity: string,
): Promise<DeployOutcome> {
  await until(
    () => begun.includes(activity),
    (there) => there,
    `${activity} to begin`,
  );
  await handle.cancel();
  return (await handle.result()) as DeployOutcome;
}

/** Once. */
const failing = (message = 'it crashed'): { type: 'ServiceFailed'; message: string; times: number } => ({
  type: 'ServiceFailed',
  message,
  times: 1,
});
const migrations = 'Migrations of the failed commit are not undone.';

describe('a deploy whose watch goes silent when it is to end, as when its worker dies', () => {
  it('is verified all the same: everything was ready', async () => {
    let end = (): void => undefined;
    const silent = new Promise<void>((resolve) => {
      end = resolve;
    });
    await stage(
      async ({ world, deploy }) => {
        // the server gives a silent activity up after 20 s
        expect(await deploy(sha(1))).toMatchObject({ outcome: 'verified', notes: [] });
        expect(new Set(world.releases.values())).toEqual(new Set([sha(1)]));
        end();
      },
      () => ({ watchDeploy: async () => await silent }),
    );
  });
});

describe('a deploy that resets', () => {
  it('takes away what uses the database, makes that anew, and only then brings the services back', async () => {
    await stage(async ({ world, deploy, live, begun }) => {
      for (const commit of [sha(1), sha(2)]) world.added.set(commit, 'static');
      await deploy(sha(1));
      const outcome = await deploy(sha(2), { live: live(sha(1)), reset: true });
      expect(outcome).toMatchObject({
        outcome: 'verified',
        notes: [
          'The database was reset: it is new, and migrations ran from nothing.',
          expect.stringMatching(/^api, ui were away meanwhile, for up to \d+ s$/),
        ],
      });
      const order = begun.filter((name) =>
        /^(removeRelease|resetDatabase|deployService:(api|ui))$/.test(name),
      );
      expect(order).toEqual([
        'removeRelease',
        'removeRelease',
        'resetDatabase',
        'deployService:api',
        'deployService:ui',
      ]);
      expect(begun).not.toContain('ensureDatabase');
      expect(world.seen.resets).toBe(1);
      expect(new Set(world.releases.values())).toEqual(new Set([sha(2)]));
    });
  });

  it('takes away a service that the new commit drops, too: it would fill the new database', async () => {
    const removed: string[] = [];
    const listening = (activities: Activities): Partial<Activities> => ({
      removeRelease: async (input) => {
        removed.push(input.release);
        await activities.removeRelease(input);
      },
    });
    await stage(async ({ deploy, live }) => {
      const before = live(sha(1));
      const services = before.plan.services.map((service) => ({
        ...service,
        release: `${service.release}-old`,
      }));
      await deploy(sha(2), { live: { ...before, plan: { ...before.plan, services } }, reset: true });
      expect(removed.toSorted()).toEqual(
        ['api', 'api-old', 'ui', 'ui-old'].map((name) => `preview-7-${name}`),
      );
    }, listening);
  });

  it('lets a service that uses the database no more wait, while its old release is taken away', async () => {
    await stage(async ({ world, deploy, live, begun }) => {
      await deploy(sha(1));
      const before = live(sha(1));
      const free = { needs: [], needsDatabase: false };
      world.plan = {
        services: before.plan.services.map((service) => ({
          ...service,
          ...(service.name === 'ui' ? free : {}),
        })),
      };
      const used = before.plan.services.map((service) => ({ ...service, needsDatabase: true }));
      const outcome = await deploy(sha(2), {
        live: { ...before, plan: { ...before.plan, services: used } },
        reset: true,
      });
      expect(outcome).toMatchObject({ outcome: 'verified' });
      expect(begun.filter((name) => name === 'removeRelease')).toHaveLength(2);
      expect(begun.indexOf('deployService:ui')).toBeGreaterThan(begun.indexOf('resetDatabase'));
      expect(world.releases.get('ui')).toBe(sha(2));
    });
  });

  it('of a preview without a database says so, and is a deploy like any other', async () => {
    await stage(async ({ world, deploy, live, begun }) => {
      const { names } = live(sha(1)).plan;
      world.plan = { names: { ...names, database: null } };
      const outcome = await deploy(sha(1), { reset: true });
      const notes = ['There is no database to reset: this preview has none.'];
      expect(outcome).toMatchObject({ outcome: 'verified', notes });
      expect(begun).not.toContain('removeRelease');
      expect(world.seen.resets).toBe(0);
    });
  });

  it('that fails falls back to what was live, on the new database, and says so', async () => {
    await stage(async ({ world, deploy, live }) => {
      await deploy(sha(1));
      world.faults.set('deployService:ui', failing());
      const outcome = await deploy(sha(2), { live: live(sha(1)), reset: true });
      expect(outcome).toMatchObject({
        outcome: 'failed',
        touched: ['api', 'ui'],
        restored: true,
        notes: [
          expect.stringMatching(/^api, ui could not keep the old pod meanwhile: away for up to \d+ s$/),
          expect.stringMatching(/^The database was reset before that: /),
        ],
      });
      expect([...world.releases]).toEqual([
        ['api', sha(1)],
        ['ui', sha(1)],
      ]);
    });
  });

  it('whose database cannot be dropped brings back what it took away, and says what may be gone', async () => {
    await stage(async ({ world, deploy, live, begun }) => {
      await deploy(sha(1));
      world.faults.set('resetDatabase', { type: 'DatabaseDenied', message: 'no', times: 1 });
      const outcome = await deploy(sha(2), { live: live(sha(1)), reset: true });
      expect(outcome).toMatchObject({
        outcome: 'failed',
        failure: { type: 'DatabaseDenied' },
        restored: true,
        notes: [
          expect.stringContaining('api, ui could not keep'),
          'The reset of the database was begun: what was in it may be gone.',
        ],
      });
      // the role may be locked out, and the database away
      expect(begun).toContain('ensureDatabase');
      expect([...world.releases.values()]).toEqual([sha(1), sha(1)]);
    });
  });

  it.each(['removeRelease', 'resetDatabase'])('stopped at %s says what it took away', async (activity) => {
    await stage(async ({ begin, deploy, live, begun, hold }) => {
      await deploy(sha(1));
      hold(activity, sha(2));
      const handle = await begin(sha(2), { live: live(sha(1)), reset: true });
      const outcome = await stopAt(handle, begun, activity);
      expect(outcome).toEqual({ outcome: 'stopped', touched: ['api', 'ui'] });
      expect(begun).not.toContain('deployService:api');
    });
  });
});

describe('an update that fails', () => {
  it('after three stopped ones in a row still falls back to what was live, with nothing of theirs left', async () => {
    await stage(async ({ world, begin, deploy, live, begun, hold }) => {
      await deploy(sha(1));
      let disturbed: readonly string[] = [];
      for (const number of [2, 3, 4]) {
        world.added.set(sha(number), `extra${number}`);
        hold('deployService:ui', sha(number));
        const handle = await begin(sha(number), { live: live(sha(1)), disturbed });
        await until(
          () => world.releases.get(`extra${number}`),
          (commit) => commit === sha(number),
          'the added service',
        );
        const outcome = await stopAt(handle, begun, 'deployService:ui');
        expect(outcome).toMatchObject({ outcome: 'stopped' });
        disturbed = outcome.outcome === 'stopped' ? outcome.touched : [];
      }
      expect(disturbed.toSorted()).toEqual(['api', 'extra2', 'extra3', 'extra4', 'ui']);
      world.faults.set('deployService:api', failing());
      const outcome = await deploy(sha(5), { live: live(sha(1)), disturbed });
      expect(outcome).toMatchObject({
        outcome: 'failed',
        failure: { summary: 'it crashed' },
        restored: true,
        notes: [migrations],
      });
      expect(Object.fromEntries(world.releases)).toEqual({ api: sha(1), ui: sha(1) });
    });
  });

  it('is put back one service after another where surges do not fit the quota', async () => {
    const atOnce: number[] = [];
    const counting = (activities: Activities, world: FakeWorld): Partial<Activities> => ({
      deployService: async (input) => {
        const done = activities.deployService(input);
        if (input.mode === 'restore') atOnce.push(world.running.size);
        return await done;
      },
    });
    await stage(async ({ world, deploy, live }) => {
      const tight = live(sha(1));
      const services = tight.plan.services.map((service) => ({ ...service, needs: [] }));
      world.plan = { services };
      await deploy(sha(1));
      world.faults.set('verifyDeploy', failing());
      const before = { ...tight, plan: { ...tight.plan, services, surgesFit: false } };
      expect(await deploy(sha(2), { live: before })).toMatchObject({ restored: true });
      expect(atOnce).toEqual([1, 1]);
    }, counting);
  });

  it('has all else put back when one service cannot be, and says why', async () => {
    await stage(async ({ world, deploy, live }) => {
      await deploy(sha(1));
      world.faults.set('verifyDeploy', failing());
      world.faults.set('restoreService', failing('no way back'));
      const outcome = await deploy(sha(2), { live: live(sha(1)) });
      expect(outcome).toMatchObject({
        outcome: 'failed',
        failure: { summary: 'it crashed' },
        restored: false,
        notes: ['putting the commit before back failed too: no way back'],
      });
      // the one that could not be put back stands as the failed update left it
      expect(Object.fromEntries(world.releases)).toEqual({ api: sha(2), ui: sha(1) });
    });
  });

  it('before anything was changed leaves everything alone', async () => {
    await stage(async ({ world, deploy, live, begun }) => {
      await deploy(sha(1));
      world.faults.set('prepareNamespace', { type: 'AdmissionDenied', message: 'no', times: 1 });
      const outcome = await deploy(sha(2), { live: live(sha(1)) });
      expect(outcome).toMatchObject({ outcome: 'failed', touched: [], restored: true, notes: [] });
      expect(begun).toEqual(['prepareNamespace']);
    });
  });
});

describe('what no plan has', () => {
  it('is taken away by the deploy after the one that was stopped, once that is proved', async () => {
    await stage(async ({ world, deploy, live, begun }) => {
      await deploy(sha(1));
      world.releases.set('extra', sha(2));
      expect(await deploy(sha(3), { live: live(sha(1)), disturbed: ['extra'] })).toMatchObject({
        outcome: 'verified',
      });
      expect([...world.releases.keys()]).toEqual(['api', 'ui']);
      expect(begun.slice(-2)).toEqual(['verifyDeploy', 'removeStrayReleases']);
    });
  });

  it('is not looked for by an update where nothing can be left', async () => {
    await stage(async ({ deploy, live, begun }) => {
      await deploy(sha(1));
      await deploy(sha(2), { live: live(sha(1)) });
      expect(begun).not.toContain('removeStrayReleases');
    });
  });

  it('is taken away before what is live is put back: it holds quota', async () => {
    await stage(async ({ world, deploy, live, begun }) => {
      await deploy(sha(1));
      world.releases.set('extra', sha(2));
      const restored = await deploy(sha(1), {
        plan: live(sha(1)).plan,
        mode: 'restore',
        disturbed: ['extra'],
      });
      expect(restored).toMatchObject({ outcome: 'verified', notes: [] });
      expect([...world.releases.keys()]).toEqual(['api', 'ui']);
      expect(begun.indexOf('removeStrayReleases')).toBeLessThan(begun.indexOf('restoreService'));
    });
  });
});

describe('putting back', () => {
  it.each(['prepareNamespace', 'watchDeploy'])(
    'succeeds when what is live is proved to serve, although %s failed',
    async (activity) => {
      await stage(async ({ world, deploy, live }) => {
        await deploy(sha(1));
        world.faults.set(activity, { type: 'SourceSecretMissing', message: 'gone', times: 1 });
        const restored = await deploy(sha(1), { plan: live(sha(1)).plan, mode: 'restore' });
        expect(restored).toMatchObject({ outcome: 'verified' });
      });
    },
  );

  it('that is stopped says so, and touches nothing more', async () => {
    await stage(async ({ begin, deploy, live, begun, hold }) => {
      await deploy(sha(1));
      hold('restoreService', sha(1));
      const handle = await begin(sha(1), { plan: live(sha(1)).plan, mode: 'restore', disturbed: ['ui'] });
      const outcome = await stopAt(handle, begun, 'restoreService');
      expect(outcome).toMatchObject({ outcome: 'stopped' });
      expect(begun.filter((name) => name === 'restoreService')).toHaveLength(1);
      expect(begun).not.toContain('verifyDeploy');
    });
  });
});
