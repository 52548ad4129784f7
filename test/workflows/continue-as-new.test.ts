import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { extendUpdate } from '../../workflows/messages.ts';
import { sha } from '../domain/support.ts';
import { connect, until } from './environment.ts';
import type { WorkflowTests } from './environment.ts';
import { gate, play } from './play.ts';

/** The server suggests it from 4,096 events on. */
const suggestedFrom = 4_096;

let tests: WorkflowTests;
beforeAll(async () => {
  tests = await connect();
});
afterAll(async () => {
  await tests.close();
});

describe('a preview whose history has grown long', () => {
  it(
    'goes on as new with messages queued, loses none, and answers an Update that it has seen',
    { timeout: 300_000 },
    async () => {
      await play(tests, async ({ push, phase, handle, headIs, serves, world, close, closePullRequest }) => {
        await push();
        const before = await phase('ready');
        const answer = await handle.executeUpdate(extendUpdate, { args: ['5d'], updateId: 'before' });
        const first = (await handle.describe()).runId;

        // while a deploy runs it may not go on as new: a child would die with it
        const deploying = gate();
        world.onStart = async (activity, commit) => {
          if (activity === 'verifyDeploy' && commit === sha(2)) await deploying.pass();
        };
        headIs(sha(2));
        await push({ sha: sha(2) });
        await deploying.reached;
        for (let sent = 0; sent < suggestedFrom; sent += 128)
          await Promise.all(Array.from({ length: 128 }, async () => await handle.signal('noSuch')));
        expect((await handle.describe()).runId).toBe(first);

        headIs(sha(3));
        await push({ sha: sha(3) });
        deploying.open();
        await serves(sha(3));
        await until(
          async () => (await handle.describe()).runId,
          (runId) => runId !== first,
          'a new run',
        );
        const after = await phase('ready');
        expect(after).toMatchObject({ liveCommit: sha(3), services: before.services });
        const again = await handle.executeUpdate(extendUpdate, { args: ['9d'], updateId: 'before' });
        expect(again).toEqual(answer);
        closePullRequest();
        await close();
        await handle.result();
      });
    },
  );
});
