import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CapacityStatus } from '../../domain/capacity-messages.ts';
import { leaseId } from '../../domain/capacity-messages.ts';
import { acquireSignal, configureSignal, releaseSignal } from '../../workflows/messages.ts';
import type { TestPool } from './capacity-pool.ts';
import { withPool } from './capacity-pool.ts';
import { connect, until } from './environment.ts';
import type { WorkflowTests } from './environment.ts';

let tests: WorkflowTests;
beforeAll(async () => {
  tests = await connect();
});
afterAll(async () => {
  await tests.close();
});

async function play(places: number, scene: (pool: TestPool) => Promise<void>): Promise<void> {
  await withPool({ client: tests.client, places }, (pool) => pool.serve(() => scene(pool)));
}

const request = { askedAt: 1, ready: true, draft: false, granted: null };

describe('A pool of places', () => {
  it('serves ten who ask for three places in their order, also when it is terminated in between', async () => {
    await play(3, async (pool) => {
      const all = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
      const holding = new Set<number>();
      const order: number[] = [];
      for (const number of all) await pool.ask(number);
      await until(pool.status, ({ leases, queue }) => leases.length + queue.length === 10, 'ten requests');
      while (order.length < all.length) {
        for (const number of all.filter((one) => !order.includes(one)))
          if ((await pool.words(number)).some(({ state }) => state === 'granted')) {
            order.push(number);
            holding.add(number);
            pool.cluster?.push(namespaceOf(pool, number));
          }
        expect(holding.size).toBeLessThanOrEqual(3);
        const [first] = holding;
        if (holding.size < 3 && order.length < all.length) continue;
        if (order.length === 5) {
          await pool.handle.terminate('a mistake');
          // what holds a place is in the cluster; who waits is known to the terminated run
          await pool.acquire({ ...request, id: leaseId(pool.idOf(10), 1), askedAt: 10 });
          const { leases } = await until(pool.status, ({ recovered }) => recovered, 'a rebuilt pool');
          expect(leases.map(({ id }) => id).toSorted()).toEqual(
            [...holding].map((n) => leaseId(pool.idOf(n), 1)).toSorted(),
          );
        }
        if (first === undefined) break;
        holding.delete(first);
        pool.cluster = pool.cluster?.filter(({ owner }) => owner.number !== first) ?? null;
        await pool.done(first);
        await until(
          pool.status,
          ({ leases }) => leases.every(({ id }) => id !== leaseId(pool.idOf(first), 1)),
          `${first} to give back`,
        );
      }
      // the first three come as they come: whoever asks while there is room does not wait
      expect(new Set(order.slice(0, 3))).toEqual(new Set([1, 2, 3]));
      expect(order.slice(3)).toEqual(all.slice(3));
    });
  });

  it('tells who waits where it stands when it enters, and again when half the way is done', async () => {
    await play(1, async (pool) => {
      for (const number of [1, 2, 3, 4, 5]) {
        await pool.ask(number);
        await until(
          () => pool.words(number),
          (words) => words.length > 0,
          `a word to ${number}`,
        );
      }
      for (const number of [1, 2, 3]) {
        await pool.done(number);
        await until(
          () => pool.words(number + 1),
          (words) => words.some(({ state }) => state === 'granted'),
          `a place for ${number + 1}`,
        );
      }
      const words = await until(
        () => pool.words(5),
        (heard) => heard.length > 2,
        'two more words',
      );
      expect(words.map((word) => (word.state === 'queued' ? word.position : word.state))).toEqual([4, 2, 1]);
      expect(words[0]).toMatchObject({ estimateMs: expect.any(Number) });
    });
  });

  it('gives the place of a holder that does not exist to the next', async () => {
    await play(1, async (pool) => {
      await pool.acquire({ ...request, id: leaseId(pool.idOf(99), 1) });
      await pool.ask(2);
      await until(
        () => pool.words(2),
        (words) => words.at(-1)?.state === 'granted',
        'the place',
      );
      const { leases, queue } = await pool.status();
      expect({ leases: leases.map(({ id }) => id), queue }).toEqual({
        leases: [leaseId(pool.idOf(2), 1)],
        queue: [],
      });
    });
  });

  it('gives nothing while the cluster is away, says why, and goes on when it is back', async () => {
    await play(1, async (pool) => {
      pool.cluster = null;
      await pool.ask(1);
      await until(
        () => pool.words(1),
        (words) => words.length === 1,
        'its position',
      );
      await pool.acquire({ ...request, id: leaseId(pool.idOf(98), 1), ready: false });
      await pool.handle.signal(releaseSignal, { id: leaseId(pool.idOf(98), 1) });
      expect(await pool.status()).toMatchObject({
        recovered: false,
        leases: [],
        queue: [{ position: 1, estimateMs: null }],
      });
      pool.cluster = [namespaceOf(pool, 3)];
      const rebuilt = await until(pool.status, ({ recovered }) => recovered, 'a rebuilt pool');
      expect(rebuilt.leases.map(({ id }) => id)).toEqual([leaseId(pool.idOf(3), 1)]);
      await pool.handle.signal(releaseSignal, { id: leaseId(pool.idOf(3), 1) });
      await until(
        () => pool.words(1),
        (words) => words.at(-1)?.state === 'granted',
        'the place',
      );
    });
  });

  it('keeps what its terminated run had given to holders that have made nothing yet', async () => {
    await play(1, async (pool) => {
      await pool.ask(1);
      await until(
        () => pool.words(1),
        (words) => words.at(-1)?.state === 'granted',
        'the place',
      );
      await pool.handle.terminate('a mistake');
      await pool.ask(2);
      const rebuilt = await until(
        pool.status,
        ({ recovered, queue }) => recovered && queue.length === 1,
        'a rebuilt pool',
      );
      expect(rebuilt.leases.map(({ id }) => id)).toEqual([leaseId(pool.idOf(1), 1)]);
      expect(rebuilt.queue.map(({ id }) => id)).toEqual([leaseId(pool.idOf(2), 1)]);
    });
  });

  it('is not ended by cancelling it', async () => {
    await play(1, async (pool) => {
      await pool.ask(1);
      await until(
        () => pool.words(1),
        (words) => words.at(-1)?.state === 'granted',
        'the place',
      );
      await pool.handle.cancel();
      await pool.done(1);
      await until(pool.status, ({ leases }) => leases.length === 0, 'the place to be given back');
      await pool.ask(2);
      await until(
        () => pool.words(2),
        (words) => words.at(-1)?.state === 'granted',
        'the place',
      );
    });
  });

  it('takes another size at once', async () => {
    await play(1, async (pool) => {
      await pool.ask(1);
      await pool.ask(2);
      await until(pool.status, ({ queue }) => queue.length === 1, 'one to wait');
      await pool.handle.signal(configureSignal, { size: { places: 2 }, holdMs: 1 });
      await until(
        pool.status,
        ({ leases, queue }) => leases.length === 2 && queue.length === 0,
        'two places',
      );
    });
  });
});

describe('A pool of places that is sent what it does not know', () => {
  it('goes on after payloads that nobody can decode and messages of another shape', async () => {
    await play(1, async (pool) => {
      await pool.ask(1);
      await until(
        () => pool.words(1),
        (words) => words.at(-1)?.state === 'granted',
        'the place',
      );
      const { workflowService } = tests.client;
      const undecodable = { metadata: { encoding: Buffer.from('no/such') }, data: Buffer.from([1, 2, 3]) };
      for (const signalName of [acquireSignal.name, releaseSignal.name, configureSignal.name, 'nonsense'])
        await workflowService.signalWorkflowExecution({
          namespace: tests.client.options.namespace,
          workflowExecution: { workflowId: pool.handle.workflowId },
          signalName,
          input: { payloads: [undecodable] },
        });
      for (const argument of [undefined, null, 7, 'text', [], { id: 7 }, { size: { places: -1 } }])
        for (const name of [acquireSignal.name, releaseSignal.name, configureSignal.name])
          await pool.handle.signal(name, argument);
      await pool.done(1);
      await pool.ask(2);
      await until(
        () => pool.words(2),
        (words) => words.at(-1)?.state === 'granted',
        'the place',
      );
    });
  });

  it('carries leases and queue through continue-as-new, with messages queued', async () => {
    await withPool({ client: tests.client, places: 1 }, async (pool) => {
      await pool.serve(async () => {
        await pool.ask(1);
        await until(
          () => pool.words(1),
          (words) => words.at(-1)?.state === 'granted',
          'the place',
        );
        await pool.ask(2);
        await until(pool.status, ({ queue }) => queue.length === 1, 'one to wait');
      });
      // with so large a history the server suggests another run; nobody serves it meanwhile
      const { runId } = await pool.handle.describe();
      for (let sent = 0; sent < 10; sent += 1) await pool.handle.signal('noise', 'x'.repeat(500_000));
      for (const number of [3, 4])
        await pool.acquire({ ...request, id: leaseId(pool.idOf(number), 1), askedAt: number, ready: false });
      await pool.serve(async () => {
        await until(
          async () => (await pool.handle.describe()).runId,
          (now) => now !== runId,
          'another run',
        );
        const names = ({ leases, queue }: CapacityStatus): string[] =>
          [...leases, ...queue].map(({ id }) => id);
        expect(names(await pool.status()).slice(0, 2)).toEqual(
          [1, 2].map((number) => leaseId(pool.idOf(number), 1)),
        );
        expect((await pool.status()).recovered).toBe(true);
        // those who asked last do not exist
        await until(pool.status, ({ queue }) => queue.length === 1, 'the queue without them');
        await pool.done(1);
        await until(
          () => pool.words(2),
          (words) => words.at(-1)?.state === 'granted',
          'the place',
        );
      });
    });
  });
});

function namespaceOf(pool: TestPool, number: number) {
  const owner = { platform: pool.name, repositoryId: 1, owner: 'example', repository: pool.name, number };
  const lease = leaseId(pool.idOf(number), 1);
  return { name: `preview-${number}`, owner, terminating: false, createdAt: number, lease, place: null };
}
