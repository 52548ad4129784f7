import { constantFrom, integer, sample, tuple } from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cancelSignal, extendUpdate, imagesReadySignal, resetSignal } from '../../workflows/messages.ts';
import { sha } from '../domain/support.ts';
import { connect, until } from './environment.ts';
import type { WorkflowTests } from './environment.ts';
import { fastForward } from './fast-forward.ts';
import type { Play } from './play.ts';
import { play } from './play.ts';

const lives = 50;
const atOnce = 5;
const movesOfALife = 8;

let tests: WorkflowTests;
beforeAll(async () => {
  tests = await connect();
});
afterAll(async () => {
  await tests.close();
});

/** Where a preview waits for people, images or a place, or rests. */
const resting = [
  'ready',
  'failed',
  'update-failed',
  'gone',
  'awaiting-approval',
  'waiting-for-images',
  'queued',
];

const moves = {
  push: async ({ push, headIs, head }) => {
    head.newest += 1;
    head.is = head.newest;
    headIs(sha(head.is));
    await push({ sha: sha(head.is) });
  },
  forcePushBack: async ({ push, headIs, head }) => {
    head.is = Math.max(1, head.is - 1);
    headIs(sha(head.is));
    await push({ sha: sha(head.is) });
  },
  replayedEvent: async ({ push, head }) => void (await push({ sha: sha(head.is) })),
  command: async ({ push }) => void (await push({ reason: 'command' })),
  personCloses: async ({ close }) => void (await close('command')),
  closeAndReopen: async ({ close, closePullRequest, headIs, head, push }) => {
    closePullRequest();
    await close();
    headIs(sha(head.is));
    await push({ sha: sha(head.is) });
  },
  lateCloseEvent: async ({ close }) => void (await close()),
  cancel: async ({ handle }) => await ifOpen(handle.signal(cancelSignal)),
  reset: async ({ handle }) => await ifOpen(handle.signal(resetSignal)),
  extend: async ({ handle }) =>
    await ifOpen(handle.executeUpdate(extendUpdate, { args: ['1d'] }).catch(refusal)),
  approve: async ({ approve, head }) => await ifOpen(approve(sha(head.is)).catch(refusal)),
  reap: async ({ reap }) => void (await reap()),
  images: async ({ handle, head }) =>
    await ifOpen(handle.signal(imagesReadySignal, { sha: sha(head.is), images: [] })),
  deployFails: ({ world }) =>
    void world.faults.set('deployService:ui', { type: 'ServiceFailed', message: 'ui crashed', times: 1 }),
  checkFails: ({ world }) =>
    void world.faults.set('preflight', { type: 'TlsSecretMissing', message: 'no secret', times: 1 }),
  cleanupFails: ({ world }) =>
    void world.faults.set('dropDatabase', { type: 'DatabaseBusy', message: 'not yet', times: 1 }),
  terminate: async ({ handle }) => await ifOpen(handle.terminate('a random life')),
  fourDaysPass: async ({ handle }) => await ifOpen(fastForward(tests, handle, 4 * 86_400_000)),
  rest: async (life) => await rest(life),
} satisfies Record<string, (life: Life) => Promise<void> | void>;

type Move = keyof typeof moves;

interface Life extends Play {
  /** Numbers of the head commit, and of the newest one there is. */
  readonly head: { is: number; newest: number };
}

const names = Object.keys(moves) as Move[];
const usual: readonly Move[] = ['push', 'push', 'push', 'rest', 'rest', 'command', 'closeAndReopen'];

describe(`${lives} random lives on the real server`, () => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  const plans = sample(
    tuple(...Array.from({ length: movesOfALife }, () => constantFrom(...names, ...usual))),
    { seed, numRuns: lives },
  );
  const jitters = sample(integer({ min: 0, max: 3 }), { seed, numRuns: lives });

  it(`serve the last push, then end with nothing left (SEED=${seed})`, { timeout: 1_800_000 }, async () => {
    const queue = plans.map((plan, index) => ({ plan, jitter: jitters[index] ?? 0 }));
    const lane = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await live(next.plan);
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
  });
});

async function live(plan: readonly Move[]): Promise<void> {
  try {
    await play(tests, async (one) => {
      const life: Life = { ...one, head: { is: 1, newest: 1 } };
      await life.push({ sha: sha(1) });
      for (const move of plan) await moves[move](life);
      life.world.faults.clear();
      // a query is answered after what was sent before: else the push below may be known when a cancel is taken in
      await life.status().catch(() => undefined);
      await moves.push(life);
      await life.phase('ready');
      expect([...life.world.releases.values()]).toEqual([sha(life.head.is), sha(life.head.is)]);
      life.closePullRequest();
      await life.close();
      await life.handle.result();
      expect(life.world).toMatchObject({ namespace: false, database: false, overlaps: [] });
    });
  } catch (error) {
    throw new Error(`this life went wrong: ${plan.join(', ')}`, { cause: error });
  }
}

async function rest({ handle, status }: Life): Promise<void> {
  await until(
    async () => {
      const { name } = (await handle.describe()).status;
      return name === 'RUNNING' ? await status() : null;
    },
    // one that was terminated moves no more
    (seen) => seen === null || (seen.looking !== true && resting.includes(seen.phase)),
    'a phase that rests',
  );
}

/** A workflow that is not open takes no such message, and that is all right. */
async function ifOpen(sending: Promise<unknown>): Promise<void> {
  try {
    await sending;
  } catch (error) {
    if (!(error instanceof Error) || !/not found|already completed/i.test(error.message)) throw error;
  }
}

/** An Update that is refused has changed nothing. */
function refusal(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'WorkflowUpdateFailedError') throw error;
}
