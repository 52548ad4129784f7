import { array, assert, constantFrom, nat, property, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PoolSize } from '../../domain/capacity-messages.ts';
import type { Holder } from './capacity-simulation.ts';
import { CapacitySimulation } from './capacity-simulation.ts';

type Move = (pool: CapacitySimulation, holder: Holder, index: number) => void;

const holders = 6;

const moves: Readonly<Record<string, Move>> = {
  asks: (pool, holder) => pool.ask(holder),
  'is ready or not': (pool, holder) => {
    holder.ready = !holder.ready;
    if (holder.wants) pool.ask(holder);
  },
  'is a draft or not': (pool, holder) => {
    holder.draft = !holder.draft;
    if (holder.wants) pool.ask(holder);
  },
  creates: (pool, holder) => pool.create(holder),
  drops: (pool, holder) => pool.drop(holder),
  'a message arrives': (pool) => pool.arrive(),
  'all messages arrive': (pool) => {
    while (pool.toPool.length > 0) pool.arrive();
  },
  'an old message comes again': (pool, _holder, index) => pool.arriveAgain(index),
  'the pool takes a step': (pool) => pool.step(),
  'a word is heard': (pool, _holder, index) => pool.hear(index),
  'the cluster is read': (pool) => pool.look(),
  'the reading ends': (pool) => pool.recover(),
  'all settles': (pool) => pool.settle(),
};

const deaths: Readonly<Record<string, Move>> = {
  'a holder is terminated': (pool, holder) => pool.kill(holder),
  'a new life': (pool, holder) => pool.revive(holder),
  'the pool is terminated': (pool) => pool.terminate(),
};

const sizes: readonly PoolSize[] = [{ places: 1 }, { places: 3 }, { stems: ['a', 'b'] }];

function sequences(names: Readonly<Record<string, Move>>) {
  const step = tuple(constantFrom(...Object.keys(names)), nat(99));
  return property(constantFrom(...sizes), array(step, { maxLength: 120, size: 'max' }), (size, steps) => {
    const pool = new CapacitySimulation(size, holders);
    for (const [name, index] of steps) {
      const holder = pool.holders[index % holders];
      if (holder) names[name]?.(pool, holder, index);
    }
    pool.settle();
    serveAll(pool);
  });
}

/** Each that wants a place gets it, when those that have one go. */
function serveAll(pool: CapacitySimulation): void {
  const wanting = pool.holders.filter(({ open, wants }) => open && wants);
  for (const holder of pool.holders) if (!holder.open) pool.reap(holder);
  for (const holder of wanting) {
    holder.ready = true;
    pool.ask(holder);
  }
  const served = new Set<Holder>();
  for (let round = 0; round < holders; round += 1) {
    pool.settle();
    for (const holder of wanting) {
      if (served.has(holder) || holder.request.granted === null) continue;
      served.add(holder);
      pool.drop(holder);
    }
  }
  pool.settle();
  expect(served.size).toBe(wanting.length);
  expect(pool.state.leases).toEqual([]);
  // a duplicate that came after the pool's own end may wait for ever, but nobody waits for it
  expect(pool.state.queue.filter(({ ready }) => ready)).toEqual([]);
}

describe('Over any sequence of messages, late, twice and to nobody', () => {
  it('there are never more leases than places, the order is kept, and everybody is served in the end', () => {
    assert(sequences(moves), { numRuns: 1_000 });
  });

  it('the same holds when holders and the pool itself are terminated at any point', () => {
    assert(sequences({ ...moves, ...deaths }), { numRuns: 1_500 });
  });

  it('a request that is sent again changes nothing but what its holder was told', () => {
    const again = property(
      constantFrom(...sizes),
      array(nat(holders - 1), { maxLength: 20, size: 'max' }),
      (size, order) => {
        const pool = new CapacitySimulation(size, holders);
        pool.settle();
        for (const index of order) {
          const holder = pool.holders[index];
          if (holder) pool.ask(holder);
        }
        pool.settle();
        const state = () => ({
          ...pool.state,
          queue: pool.state.queue.map((entry) => ({ ...entry, told: null })),
        });
        const before = state();
        for (const event of pool.sent) pool.toPool.push(event);
        pool.settle();
        expect(state()).toEqual(before);
      },
    );
    assert(again, { numRuns: 500 });
  });
});
