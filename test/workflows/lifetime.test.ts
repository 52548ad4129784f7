import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { extendSignal, extendUpdate } from '../../workflows/messages.ts';
import { sha } from '../domain/support.ts';
import { connect, until } from './environment.ts';
import type { WorkflowTests } from './environment.ts';
import { fastForward } from './fast-forward.ts';
import { play } from './play.ts';

const hour = 3_600_000;
const day = 24 * hour;

let tests: WorkflowTests;
beforeAll(async () => {
  tests = await connect();
});
afterAll(async () => {
  await tests.close();
});

describe('a lifetime', () => {
  it('of three days ends exactly at its deadline, and its comment says how to bring it back', async () => {
    await play(tests, async ({ push, phase, handle, world, told, serves, headIs }) => {
      await push();
      const { deadline } = await phase('ready');
      if (deadline === null) throw new Error('it has no deadline');
      await fastForward(tests, handle, deadline - Date.now() - 5_000);
      await phase('ready');
      expect(world).toMatchObject({ namespace: true, database: true });
      await fastForward(tests, handle, 6_000);
      const gone = await phase('gone');
      expect(gone.reason).toContain('its lifetime is over');
      // the cleanup takes some seconds of the skipped time too
      expect(gone.since - deadline).toBeLessThan(60_000);
      expect(gone.since).toBeGreaterThanOrEqual(deadline);
      expect(world).toMatchObject({ namespace: false, database: false });
      await told('Preview is gone');
      expect(world.comments.at(-1)).toContain('brings it back');
      expect(world.comments.at(-1)).toContain('| namespace | `preview-7` | absent |');
      // an event of the same commit is no push
      await push({ sha: sha(1) });
      await phase('gone');
      headIs(sha(2));
      await push({ sha: sha(2) });
      await phase('ready');
      await serves(sha(2));
    });
  });

  it('is brought back by a command too, and not by a push where the platform wants a command', async () => {
    await play(tests, async ({ push, phase, handle, world, headIs, pullRequestIs }) => {
      pullRequestIs({ startsByItself: false });
      await push({ reason: 'command' });
      await phase('ready');
      await fastForward(tests, handle, 4 * day);
      await phase('gone');
      headIs(sha(2));
      await push({ sha: sha(2) });
      expect((await phase('gone')).reason).toContain('a command brings it back');
      await push({ reason: 'command' });
      await phase('ready');
      expect(world.releases.get('ui')).toBe(sha(2));
    });
  });

  it('is warned of at each distance, in comment and details', async () => {
    await play(tests, async ({ push, phase, handle, status, told, world }) => {
      world.plan = {
        lifetime: { defaultMs: 3 * day, maximumMs: 14 * day, warningsMs: [day, 2 * hour] },
      };
      await push();
      expect((await phase('ready')).warned).toBeNull();
      await fastForward(tests, handle, 2 * day - hour);
      expect((await status()).warned).toBeNull();
      await fastForward(tests, handle, 2 * hour);
      await until(status, ({ warned }) => warned === day, 'the first warning');
      await told('In less than 1 d, at');
      await fastForward(tests, handle, 22 * hour);
      await told('In less than 2 h, at');
      await phase('ready');
    });
  });
});

describe('an extension', () => {
  it('is answered with the new deadline, and that is when it ends', async () => {
    await play(tests, async ({ push, phase, handle }) => {
      await push();
      await phase('ready');
      const { deadline } = await handle.executeUpdate(extendUpdate, { args: ['10d'] });
      expect(deadline - Date.now()).toBeGreaterThan(9 * day);
      expect((await phase('ready')).deadline).toBe(deadline);
      await fastForward(tests, handle, 9 * day);
      await phase('ready');
      await fastForward(tests, handle, 2 * day);
      await phase('gone');
    });
  });

  it('beyond the maximum is refused with the reason and the largest possible, and changes nothing', async () => {
    await play(tests, async ({ push, phase, handle }) => {
      await push();
      const before = await phase('ready');
      const refused = handle.executeUpdate(extendUpdate, { args: ['30d'] });
      await expect(refused).rejects.toMatchObject({
        cause: { type: 'BadMessage', message: expect.stringContaining('The largest possible is 13d') },
      });
      expect((await phase('ready')).deadline).toBe(before.deadline);
    });
  });

  it('by signal moves the deadline too', async () => {
    await play(tests, async ({ push, phase, handle, status }) => {
      await push();
      const { deadline } = await phase('ready');
      await handle.signal(extendSignal, { duration: '5d', by: 'alice' });
      const later = await until(status, (seen) => seen.deadline !== deadline, 'another deadline');
      expect((later.deadline ?? 0) - (deadline ?? 0)).toBeGreaterThan(day);
    });
  });

  it('seconds before the deadline is in time; seconds after it, it is refused', async () => {
    await play(tests, async ({ push, phase, handle }) => {
      await push();
      const { deadline } = await phase('ready');
      await fastForward(tests, handle, (deadline ?? 0) - Date.now() - 3_000);
      const answer = await handle.executeUpdate(extendUpdate, { args: ['1d'] });
      await fastForward(tests, handle, 10_000);
      await phase('ready');
      await fastForward(tests, handle, answer.deadline - (deadline ?? 0));
      await phase('gone');
      const late = handle.executeUpdate(extendUpdate, { args: ['1d'] });
      await expect(late).rejects.toMatchObject({
        cause: { type: 'BadMessage', message: expect.stringContaining('nothing to extend') },
      });
    });
  });

  it('that is sent again with its id is answered, not done, again', async () => {
    await play(tests, async ({ push, phase, handle }) => {
      await push();
      await phase('ready');
      const once = await handle.executeUpdate(extendUpdate, { args: ['5d'], updateId: 'the one' });
      const again = await handle.executeUpdate(extendUpdate, { args: ['6d'], updateId: 'the one' });
      expect(again).toEqual(once);
    });
  });
});
