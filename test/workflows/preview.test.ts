import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha } from '../domain/support.ts';
import { connect, until } from './environment.ts';
import type { WorkflowTests } from './environment.ts';
import type { FakeWorld } from './fake-world.ts';
import type { Play } from './play.ts';
import { play as playIn } from './play.ts';

let tests: WorkflowTests;
beforeAll(async () => {
  tests = await connect();
});
afterAll(async () => {
  await tests.close();
});

const play = (scene: (play: Play) => Promise<void>): Promise<FakeWorld> => playIn(tests, scene);

describe('a preview', () => {
  it('is deployed on a push, updated on the next, and taken away when the pull request closes', async () => {
    const world = await play(async ({ push, close, phase, headIs, closePullRequest, handle, world }) => {
      await push({ sha: sha(1) });
      await phase('ready');
      expect([...world.releases.values()]).toEqual([sha(1), sha(1)]);
      headIs(sha(2));
      await push({ sha: sha(2) });
      await until(
        () => world.releases.get('ui'),
        (commit) => commit === sha(2),
        'the second commit',
      );
      await phase('ready');
      closePullRequest();
      await close();
      await handle.result();
    });
    expect(world).toMatchObject({ namespace: false, database: false });
    expect(world.releases.size).toBe(0);
    expect(world.comments.at(-1)).toContain('Preview is gone');
    expect(world.comments.at(-1)).toContain('| namespace | `preview-7` | absent |');
    expect(world.deployments.map(({ state }) => state)).toContain('success');
  });

  it('gives one deploy of the last of three pushes in a second', async () => {
    const world = await play(async ({ push, headIs, phase, world }) => {
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      world.onStart = async (activity, commit) => {
        if (activity === 'prepareNamespace' && commit === sha(1)) await held;
      };
      for (const commit of [sha(1), sha(2), sha(3)]) {
        headIs(commit);
        await push({ sha: commit });
      }
      release();
      await until(
        () => world.releases.get('ui'),
        (commit) => commit === sha(3),
        'the third commit',
      );
      await phase('ready');
    });
    expect(world.seen.deploys.at(-1)).toBe(sha(3));
    expect(world.seen.deploys).not.toContain(sha(2));
  });

  it('that finds nothing asked and nothing there ends in silence', async () => {
    const world = await play(async ({ push, closePullRequest, handle }) => {
      closePullRequest();
      await push();
      await handle.result();
    });
    expect(world.comments).toEqual([]);
    expect(world.deployments).toEqual([]);
  });

  it('serves a push that arrives while it is being taken away', async () => {
    await play(async ({ push, close, phase, headIs, closePullRequest, world }) => {
      await push();
      await phase('ready');
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      world.onStart = (activity) => (activity === 'awaitNamespaceGone' ? held : undefined);
      closePullRequest();
      await close();
      await until(
        () => world.seen.cleanups,
        (cleanups) => cleanups === 1,
        'the cleanup',
      );
      await phase('cleaning-up');
      headIs(sha(2));
      await push({ sha: sha(2) });
      release();
      await until(
        () => world.releases.get('ui'),
        (commit) => commit === sha(2),
        'the second commit',
      );
      await phase('ready');
      expect(world.seen.cleanups).toBe(1);
    });
  });

  it.each([
    ['a first deploy', 1],
    ['an update', 2],
  ])(
    'checks again, and goes on, when another worker makes another plan half way through %s',
    async (_, last) => {
      const world = await play(async ({ push, phase, headIs, serves, world }) => {
        for (let number = 1; number < last; number += 1) {
          await push({ sha: sha(number) });
          await phase('ready');
        }
        world.comments.length = 0;
        world.faults.set('deployService:ui', { type: 'PlanChanged', message: 'another plan', times: 1 });
        headIs(sha(last));
        await push({ sha: sha(last) });
        await serves(sha(last));
        await phase('ready');
      });
      expect(world.seen.deploys.filter((commit) => commit === sha(last))).toHaveLength(2);
      expect([...world.releases.values()]).toEqual([sha(last), sha(last)]);
      expect(world.comments.join('\n')).not.toMatch(/^##.*failed|another plan|putting/im);
      expect(world.seen.cleanups).toBe(0);
    },
  );

  it('treats its cancellation as a close and still cleans up', async () => {
    const world = await play(async ({ push, phase, handle }) => {
      await push();
      await phase('ready');
      await handle.cancel();
      await phase('gone');
    });
    expect(world).toMatchObject({ namespace: false, database: false });
  });
});

describe('a failure', () => {
  it('of a first deploy, at any step, leaves nothing but the reason', async () => {
    const steps = [
      'prepareNamespace',
      'ensureDatabase',
      'deployService:api',
      'deployService:ui',
      'verifyDeploy',
      'watchDeploy',
    ];
    const fail = async (step: string): Promise<void> => {
      const world = await play(async ({ push, phase, world }) => {
        world.faults.set(step, { type: 'ServiceFailed', message: `${step} broke`, times: 1 });
        await push();
        await phase('failed');
        await until(
          () => world.comments.at(-1) ?? '',
          (comment) => comment.includes('Preview failed'),
          'the comment',
        );
      });
      expect(world, step).toMatchObject({ namespace: false, database: false });
      expect(world.releases.size, step).toBe(0);
      expect(world.comments.at(-1), step).toContain(`${step} broke`);
    };
    await Promise.all(steps.map(fail));
  });

  it('of an update puts every changed service back', async () => {
    await play(async ({ push, phase, headIs, world, status }) => {
      await push();
      await phase('ready');
      world.faults.set('deployService:ui', { type: 'ServiceFailed', message: 'ui crashed', times: 1 });
      headIs(sha(2));
      await push({ sha: sha(2) });
      await phase('update-failed');
      expect([...world.releases.values()]).toEqual([sha(1), sha(1)]);
      expect(world).toMatchObject({ namespace: true, database: true });
      expect(await status()).toMatchObject({ liveCommit: sha(1), commit: sha(2) });
    });
  });

  it('of a check is told with nothing created', async () => {
    const world = await play(async ({ push, phase, world }) => {
      world.faults.set('preflight', { type: 'TlsSecretMissing', message: 'apply this', times: 1 });
      await push();
      await phase('failed');
      await until(
        () => world.comments.at(-1) ?? '',
        (comment) => comment.includes('apply this'),
        'the comment',
      );
    });
    expect(world).toMatchObject({ namespace: false, database: false });
    expect(world.seen).toMatchObject({ deploys: [], cleanups: 0 });
  });
});

describe('images', () => {
  it('that are missing are waited for, and the deploy follows when they come', async () => {
    await play(async ({ push, phase, world }) => {
      world.images = new Set();
      await push();
      await phase('waiting-for-images');
      world.images = new Set([sha(1)]);
      await phase('ready');
      expect(world.releases.get('ui')).toBe(sha(1));
    });
  });

  it('of an older commit are no longer waited for after a push', async () => {
    await play(async ({ push, phase, headIs, world }) => {
      world.images = new Set([sha(2)]);
      await push();
      await phase('waiting-for-images');
      headIs(sha(2));
      await push({ sha: sha(2) });
      await phase('ready');
      expect(world.releases.get('ui')).toBe(sha(2));
    });
  });
});

describe('a message nobody can read', () => {
  it('of wrong type, arity or name is ignored, and the preview still closes', async () => {
    await play(async ({ push, phase, handle, close, closePullRequest }) => {
      await push();
      await phase('ready');
      for (const argument of ['a text', 7, { sha: 'not a sha' }, { reason: 'because' }, []])
        await handle.signal('push', argument);
      await handle.signal('close', 'one too many');
      await handle.signal('no such signal', 1);
      await expect(handle.query('no such query')).rejects.toThrow(/no query called/);
      await phase('gone');
      closePullRequest();
      await close();
      await handle.result();
    });
  });
});

describe('a payload in an encoding nobody knows', () => {
  it('does not stop the preview, which goes on and still closes', async () => {
    await play(async ({ push, phase, handle, close, closePullRequest, headIs, world }) => {
      await push();
      await phase('ready');
      const { namespace } = tests.client.options;
      for (const signalName of ['push', 'close', 'cleanupStuck'])
        await tests.client.workflowService.signalWorkflowExecution({
          namespace,
          workflowExecution: { workflowId: handle.workflowId },
          signalName,
          input: {
            payloads: [{ metadata: { encoding: Buffer.from('no/such') }, data: Buffer.from([1, 2, 3]) }],
          },
        });
      await phase('gone');
      headIs(sha(2));
      await push({ sha: sha(2) });
      await phase('ready');
      expect(world.releases.get('ui')).toBe(sha(2));
      closePullRequest();
      await close();
      await handle.result();
    });
  });
});

describe('a push at the very end', () => {
  it('is served, whether it arrives before, with or after the last workflow task', async () => {
    const moments = ['before the last activity ends', 'while it ends', 'after it ended'] as const;
    const serve = async (moment: (typeof moments)[number]): Promise<void> => {
      await play(async ({ push, close, phase, headIs, closePullRequest, world }) => {
        await push();
        await phase('ready');
        closePullRequest();
        let pushed: Promise<unknown> | undefined;
        const pushAgain = (): void => {
          headIs(sha(2));
          pushed = push({ sha: sha(2) });
        };
        world.onStart = async (activity) => {
          // the report of a closed pull request's end is the last thing a run does
          const last = activity === 'report' && !world.namespace && world.pullRequest?.state === 'closed';
          if (!last || pushed !== undefined) return;
          if (moment === 'after it ended') setTimeout(pushAgain, 20);
          else pushAgain();
          if (moment === 'before the last activity ends') await (pushed as Promise<unknown> | undefined);
        };
        await close();
        await until(
          () => world.releases.get('ui'),
          (commit) => commit === sha(2),
          `the second commit, pushed ${moment}`,
        );
        await pushed;
        world.onStart = () => undefined;
        await phase('ready');
      });
    };
    await Promise.all(moments.map(serve));
  });
});
