import { Context } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cancelSignal, imagesReadySignal, resetSignal } from '../../workflows/messages.ts';
import { sha } from '../domain/support.ts';
import { connect, until } from './environment.ts';
import type { WorkflowTests } from './environment.ts';
import { gate, play } from './play.ts';

let tests: WorkflowTests;
beforeAll(async () => {
  tests = await connect();
});
afterAll(async () => {
  await tests.close();
});

/** Beats until Temporal cancels the activity. */
async function untilCancelled(): Promise<never> {
  const context = Context.current();
  for (;;) {
    context.heartbeat();
    await context.sleep(50);
  }
}

describe('a cancellation', () => {
  it('of a first deploy takes away what was begun, and a push brings it back', async () => {
    await play(tests, async ({ push, phase, handle, world, headIs, serves }) => {
      world.onStart = async (activity) => {
        if (activity === 'deployService:ui') await untilCancelled();
      };
      await push();
      await until(
        () => world.running.has('ui'),
        (running) => running,
        'the deploy of ui',
      );
      await handle.signal(cancelSignal, { by: 'alice' });
      expect((await phase('gone')).reason).toContain('its first deploy was cancelled');
      expect(world).toMatchObject({ namespace: false, database: false });
      world.onStart = () => undefined;
      headIs(sha(2));
      await push({ sha: sha(2) });
      await phase('ready');
      await serves(sha(2));
    });
  });

  it('of an update puts back what it had changed, and the commit before goes on serving', async () => {
    await play(tests, async ({ push, phase, handle, world, headIs, serves, told }) => {
      await push();
      await phase('ready');
      world.onStart = async (activity, commit) => {
        if (activity === 'deployService:ui' && commit === sha(2)) await untilCancelled();
      };
      headIs(sha(2));
      await push({ sha: sha(2) });
      await until(
        () => world.running.has('ui') && world.releases.get('api'),
        (commit) => commit === sha(2),
        'half of the update',
      );
      await handle.signal(cancelSignal, { by: 'alice' });
      await until(
        () => [...world.releases.values()],
        (commits) => commits.every((commit) => commit === sha(1)),
        'everything to be put back',
      );
      expect((await phase('update-failed')).reason).toContain('cancelled by alice');
      await told('cancelled by alice');
      await push({ reason: 'command' });
      world.onStart = () => undefined;
      await phase('ready');
      await serves(sha(2));
    });
  });

  it('where nothing is under way changes nothing', async () => {
    await play(tests, async ({ push, phase, handle, status }) => {
      await push();
      const before = await phase('ready');
      await handle.signal(cancelSignal);
      expect(await status()).toEqual(before);
    });
  });

  it('of three updates in a row leaves what was live to fall back to when a fourth one fails', async () => {
    await play(tests, async ({ push, phase, handle, world, headIs }) => {
      await push();
      await phase('ready');
      world.onStart = async (activity, commit) => {
        if (activity === 'deployService:ui' && commit !== sha(1) && commit !== sha(5)) await untilCancelled();
      };
      for (const number of [2, 3, 4]) {
        headIs(sha(number));
        await push({ sha: sha(number) });
        await until(
          () => world.running.has('ui') && world.releases.get('api'),
          (commit) => commit === sha(number),
          `half of update ${number}`,
        );
        await handle.signal(cancelSignal);
        await until(
          () => [...world.releases.values()],
          (commits) => commits.every((commit) => commit === sha(1)),
          `update ${number} to be put back`,
        );
        await phase('update-failed');
      }
      world.faults.set('deployService:ui', { type: 'ServiceFailed', message: 'ui crashed', times: 1 });
      headIs(sha(5));
      await push({ sha: sha(5) });
      await until(
        async () => await phase('update-failed'),
        ({ failure }) => failure?.summary.includes('ui crashed') === true,
        'the failure of the fourth',
      );
      expect([...world.releases.values()]).toEqual([sha(1), sha(1)]);
    });
  });
});

describe('a reset', () => {
  it('makes the database anew and deploys the same commit again', async () => {
    await play(tests, async ({ push, phase, handle, world }) => {
      await push();
      await phase('ready');
      const deploys = world.seen.deploys.length;
      await handle.signal(resetSignal, { by: 'alice' });
      await until(
        () => world.seen.resets,
        (resets) => resets === 1,
        'the database to be made anew',
      );
      await phase('ready');
      expect(world.seen.deploys.slice(deploys)).toEqual([sha(1)]);
      expect(world.releases.get('ui')).toBe(sha(1));
    });
  });

  it('is not lost to a push that overtakes it, nor done twice', async () => {
    await play(tests, async ({ push, phase, handle, world, headIs, serves }) => {
      await push();
      await phase('ready');
      const begun = gate();
      world.onStart = async (activity, commit) => {
        if (activity !== 'prepareNamespace' || commit !== sha(1)) return;
        begun.open();
        await begun.pass();
        await untilCancelled();
      };
      await handle.signal(resetSignal);
      await begun.reached;
      headIs(sha(2));
      await push({ sha: sha(2) });
      await serves(sha(2));
      await phase('ready');
      expect(world.seen.resets).toBe(1);
      headIs(sha(3));
      await push({ sha: sha(3) });
      await serves(sha(3));
      expect(world.seen.resets).toBe(1);
    });
  });
});

describe('an approval', () => {
  it("lets one commit of an outsider's pull request be deployed, and is void after a push", async () => {
    await play(tests, async ({ push, approve, phase, pullRequestIs, headIs, world, serves }) => {
      pullRequestIs({ fromFork: true, authorCanWrite: false });
      await push();
      await phase('awaiting-approval');
      expect(world).toMatchObject({ namespace: false, database: false });
      expect(await approve(sha(1))).toEqual({ sha: sha(1) });
      await phase('ready');
      await serves(sha(1));
      headIs(sha(2));
      await push({ sha: sha(2) });
      await phase('awaiting-approval');
      expect(world.releases.get('ui')).toBe(sha(1));
    });
  });

  it('of another commit than the head is refused', async () => {
    await play(tests, async ({ push, approve, phase, pullRequestIs }) => {
      pullRequestIs({ fromFork: true, authorCanWrite: false });
      await push();
      await phase('awaiting-approval');
      await expect(approve(sha(9))).rejects.toMatchObject({
        cause: { type: 'BadMessage', message: expect.stringContaining(`that is ${sha(1)}`) },
      });
      await phase('awaiting-approval');
    });
  });
});

describe("CI's word on images", () => {
  it('ends the wait for them', async () => {
    await play(tests, async ({ push, phase, handle, world, serves }) => {
      world.images = new Set();
      await push();
      await phase('waiting-for-images');
      const digest = `sha256:${'0'.repeat(64)}`;
      // nobody looks at the registry again before the check does
      world.onStart = (activity) => {
        if (activity === 'resolveImages') world.images = new Set([sha(1)]);
      };
      await handle.signal(imagesReadySignal, {
        sha: sha(1),
        images: [{ service: 'ui', image: null, digest }],
      });
      await phase('ready');
      await serves(sha(1));
    });
  });
});
