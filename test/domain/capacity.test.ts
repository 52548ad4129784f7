import { describe, expect, it } from 'vitest';
import type { CapacityState } from '../../domain/capacity.ts';
import { initialCapacity } from '../../domain/capacity.ts';
import { renderCapacityDetails } from '../../domain/capacity-details.ts';
import type { CapacityEvent } from '../../domain/capacity-events.ts';
import { applyToCapacity } from '../../domain/capacity-events.ts';
import type { AcquireMessage, PoolSize } from '../../domain/capacity-messages.ts';
import { parseLeaseId, readAcquire, readCapacityInput } from '../../domain/capacity-messages.ts';
import { mayGiveUp, recoveredFrom } from '../../domain/capacity-recovery.ts';
import { capacityStatusOf } from '../../domain/capacity-status.ts';
import { nextCapacityStep } from '../../domain/capacity-step.ts';

const hour = 3_600_000;
const nothing = { leases: [], queue: [] };

/** A pool whose leases are known: none. */
function emptyPool(size: PoolSize): CapacityState {
  return play(initialCapacity({ size, holdMs: hour }), [{ kind: 'recovered', recovered: nothing }]);
}

function play(state: CapacityState, events: readonly CapacityEvent[], now = 0): CapacityState {
  return events.reduce((pool, event) => applyToCapacity(pool, event, now), state);
}

function acquire(id: string, changes: Partial<AcquireMessage> = {}): CapacityEvent {
  const message = { id, askedAt: Number(/\d+/.exec(id)?.[0]), ready: true, draft: false, granted: null };
  return { kind: 'acquire', message: { ...message, ...changes } };
}

function release(id: string): CapacityEvent {
  return { kind: 'release', message: { id } };
}

function told(id: string, position: number | null, outcome: 'heard' | 'absent' | 'failed'): CapacityEvent[] {
  const telling = { id, position };
  return [
    { kind: 'telling', telling },
    { kind: 'told', telling, outcome },
  ];
}

function held(state: CapacityState): string[] {
  return state.leases.map(({ id, place }) => (place === null ? id : `${id} ${place}`));
}

function waiting(state: CapacityState): string[] {
  return state.queue.map(({ id }) => id);
}

describe('A pool of places', () => {
  it.each<[string, { size: PoolSize; events: CapacityEvent[]; held: string[]; waiting: string[] }]>([
    [
      'gives each free place at once and lets the rest wait by when they asked',
      {
        size: { places: 2 },
        events: [acquire('p3#1'), acquire('p4#1'), acquire('p2#1'), acquire('p1#1')],
        held: ['p3#1', 'p4#1'],
        waiting: ['p1#1', 'p2#1'],
      },
    ],
    [
      'puts drafts last',
      {
        size: { places: 1 },
        events: [
          acquire('p1#1'),
          acquire('p2#1', { draft: true }),
          acquire('p3#1'),
          acquire('p4#1', { draft: true }),
        ],
        held: ['p1#1'],
        waiting: ['p3#1', 'p2#1', 'p4#1'],
      },
    ],
    [
      'passes over who is not ready, who keeps the position',
      {
        size: { places: 1 },
        events: [acquire('p1#1'), acquire('p2#1', { ready: false }), acquire('p3#1'), release('p1#1')],
        held: ['p3#1'],
        waiting: ['p2#1'],
      },
    ],
    [
      'gives the place to who was not ready, and is now',
      {
        size: { places: 1 },
        events: [acquire('p2#1', { ready: false }), acquire('p3#1', { ready: false }), acquire('p2#1')],
        held: ['p2#1'],
        waiting: ['p3#1'],
      },
    ],
    [
      'keeps the position of a request that is sent again, whatever time it names',
      {
        size: { places: 1 },
        events: [acquire('p1#1'), acquire('p2#1'), acquire('p3#1'), acquire('p2#1', { askedAt: 99 })],
        held: ['p1#1'],
        waiting: ['p2#1', 'p3#1'],
      },
    ],
    [
      'lets a higher number take a lease over',
      {
        size: { places: 1 },
        events: [acquire('p1#1'), acquire('p2#1'), acquire('p1#2')],
        held: ['p1#2'],
        waiting: ['p2#1'],
      },
    ],
    [
      'lets a higher number take an entry over, with its position',
      {
        size: { places: 1 },
        events: [acquire('p1#1'), acquire('p2#1'), acquire('p3#1'), acquire('p2#7', { askedAt: 50 })],
        held: ['p1#1'],
        waiting: ['p2#7', 'p3#1'],
      },
    ],
    [
      'ignores a lower number, a late duplicate',
      {
        size: { places: 1 },
        events: [acquire('p1#5'), acquire('p2#5'), acquire('p1#4'), acquire('p2#4')],
        held: ['p1#5'],
        waiting: ['p2#5'],
      },
    ],
    [
      'frees a lease of a lower number, and none of a higher',
      {
        size: { places: 2 },
        events: [acquire('p1#5'), acquire('p2#5'), acquire('p3#1'), release('p1#6'), release('p2#4')],
        held: ['p2#5', 'p3#1'],
        waiting: [],
      },
    ],
    [
      'takes who gives its request back out of the queue',
      {
        size: { places: 1 },
        events: [acquire('p1#1'), acquire('p2#1'), acquire('p3#1'), release('p2#1'), release('p2#1')],
        held: ['p1#1'],
        waiting: ['p3#1'],
      },
    ],
    [
      'takes a release of what it does not know for done',
      { size: { places: 1 }, events: [release('p9#1'), acquire('p1#1')], held: ['p1#1'], waiting: [] },
    ],
    [
      'gives each stem once, in their order',
      {
        size: { stems: ['a', 'b'] },
        events: [acquire('p1#1'), acquire('p2#1'), acquire('p3#1'), release('p1#1')],
        held: ['p2#1 b', 'p3#1 a'],
        waiting: [],
      },
    ],
    [
      'believes a grant that it does not know, where there is room',
      {
        size: { places: 2 },
        events: [
          acquire('p1#1'),
          acquire('p2#4', { granted: { place: null } }),
          acquire('p3#4', { granted: { place: null } }),
        ],
        held: ['p1#1', 'p2#4'],
        waiting: ['p3#4'],
      },
    ],
    [
      'believes a grant of a stem that nobody has, and no other',
      {
        size: { stems: ['a', 'b', 'c'] },
        events: [
          acquire('p1#1'),
          acquire('p2#4', { granted: { place: 'c' } }),
          acquire('p3#4', { granted: { place: 'c' }, ready: false }),
        ],
        held: ['p1#1 a', 'p2#4 c'],
        waiting: ['p3#4'],
      },
    ],
    [
      'lets leases end naturally when it shrinks',
      {
        size: { places: 3 },
        events: [
          ...['p1#1', 'p2#1', 'p3#1', 'p4#1'].map((id) => acquire(id)),
          { kind: 'configure', config: { size: { places: 1 }, holdMs: 1 } },
          release('p1#1'),
          release('p2#1'),
        ],
        held: ['p3#1'],
        waiting: ['p4#1'],
      },
    ],
    [
      'gives new places at once when it grows',
      {
        size: { places: 1 },
        events: [
          ...['p1#1', 'p2#1', 'p3#1'].map((id) => acquire(id)),
          { kind: 'configure', config: { size: { places: 2 }, holdMs: 1 } },
        ],
        held: ['p1#1', 'p2#1'],
        waiting: ['p3#1'],
      },
    ],
    [
      'does not give a stem again that was removed',
      {
        size: { stems: ['a', 'b'] },
        events: [
          ...['p1#1', 'p2#1', 'p3#1'].map((id) => acquire(id)),
          { kind: 'configure', config: { size: { stems: ['b', 'c'] }, holdMs: 1 } },
          release('p1#1'),
        ],
        held: ['p2#1 b', 'p3#1 c'],
        waiting: [],
      },
    ],
    [
      'gives who takes a lease over a stem that there is',
      {
        size: { stems: ['a', 'b'] },
        events: [
          ...['p1#1', 'p2#1'].map((id) => acquire(id)),
          { kind: 'configure', config: { size: { stems: ['b', 'c'] }, holdMs: 1 } },
          acquire('p1#2'),
        ],
        held: ['p1#2 c', 'p2#1 b'],
        waiting: [],
      },
    ],
  ])('%s', (_title, { size, events, ...expected }) => {
    const state = play(emptyPool(size), events);
    expect({ held: held(state), waiting: waiting(state) }).toEqual(expected);
  });

  it('answers a grant again, but not to who says that it has it', () => {
    const granted = play(emptyPool({ places: 1 }), [acquire('p1#1'), ...told('p1#1', null, 'heard')]);
    expect(nextCapacityStep(granted, 0)).toEqual({ kind: 'wait', until: null });
    expect(nextCapacityStep(play(granted, [acquire('p1#1')]), 0)).toMatchObject({ kind: 'tell' });
    const claimed = play(granted, [acquire('p1#1', { granted: { place: null } })]);
    expect(nextCapacityStep(claimed, 0)).toEqual({ kind: 'wait', until: null });
  });

  it('gives the place on when its holder does not exist', () => {
    const state = play(emptyPool({ places: 1 }), [
      acquire('p1#1'),
      acquire('p2#1'),
      ...told('p1#1', null, 'absent'),
    ]);
    expect(held(state)).toEqual(['p2#1']);
  });

  it('keeps the place of a holder that knew of it and is no more: something may need it', () => {
    const known = play(emptyPool({ places: 1 }), [acquire('p1#1'), ...told('p1#1', null, 'heard')]);
    const state = play(known, [acquire('p2#1'), acquire('p1#2'), ...told('p1#2', null, 'absent')]);
    expect(held(state)).toEqual(['p1#2']);
    expect(held(play(state, [release('p1#2')]))).toEqual(['p2#1']);
  });

  it('tells who waits when it enters and when half the way is done, one word at a time', () => {
    const ids = Array.from({ length: 9 }, (_, index) => `p${index + 1}#1`);
    let state = play(emptyPool({ places: 1 }), [
      ...ids.map((id) => acquire(id)),
      ...told('p1#1', null, 'heard'),
    ]);
    const words: string[] = [];
    const tellAll = (): void => {
      for (let step = nextCapacityStep(state, 0); step.kind === 'tell'; step = nextCapacityStep(state, 0)) {
        const { id, position } = step.telling;
        words.push(`${id} ${position}`);
        state = play(state, told(id, position, 'heard'));
      }
    };
    tellAll();
    expect(words).toEqual(ids.slice(1).map((id, index) => `${id} ${index + 1}`));
    words.length = 0;
    for (const id of ids.slice(0, 8)) {
      state = play(state, [release(id)]);
      tellAll();
    }
    expect(words.filter((word) => word.startsWith('p9'))).toEqual([
      'p9#1 4',
      'p9#1 2',
      'p9#1 1',
      'p9#1 null',
    ]);
  });

  it('has no two words on their way to one holder, nor more than a hundred at once', () => {
    const many = Array.from({ length: 150 }, (_, index) => acquire(`p${index + 1}#1`));
    let state = play(emptyPool({ places: 200 }), many);
    for (let step = nextCapacityStep(state, 0); step.kind === 'tell'; step = nextCapacityStep(state, 0))
      state = play(state, [{ kind: 'telling', telling: step.telling }]);
    expect(new Set(state.telling.map(({ id }) => id)).size).toBe(100);
    const again = play(emptyPool({ places: 1 }), [
      acquire('p1#1'),
      { kind: 'telling', telling: { id: 'p1#1', position: null } },
      acquire('p1#2'),
    ]);
    expect(nextCapacityStep(again, 0)).toEqual({ kind: 'wait', until: null });
  });
});

describe('Who waits', () => {
  it('is told again as soon as it asks again: what it was told may have got lost, or was said before it was ready', () => {
    const full = play(emptyPool({ places: 1 }), [acquire('p1#1'), ...told('p1#1', null, 'heard')]);
    const waiting = play(full, [acquire('p2#1', { ready: false }), ...told('p2#1', 1, 'failed')]);
    expect(nextCapacityStep(waiting, 0)).toMatchObject({ kind: 'wait' });
    const telling = { id: 'p2#1', position: 1 };
    for (const ready of [false, true])
      expect(nextCapacityStep(play(waiting, [acquire('p2#1', { ready })]), 0)).toMatchObject({ telling });
  });
});

describe('Waiting for a place is estimated', () => {
  const estimates = (state: CapacityState, now: number): (number | null)[] =>
    capacityStatusOf('pool', state, now).queue.map(({ estimateMs }) => estimateMs);

  it('from how long a preview lives by default, as long as none gave its place back', () => {
    const state = play(emptyPool({ places: 2 }), [acquire('p1#1')], 0);
    const full = play(
      state,
      ['p2#1', 'p3#1', 'p4#1', 'p5#1'].map((id) => acquire(id)),
      hour / 4,
    );
    expect(estimates(full, hour / 2)).toEqual([hour / 2, (3 * hour) / 4, (3 * hour) / 2]);
  });

  it('from the middle one of the last twenty holds', () => {
    let state = emptyPool({ places: 1 });
    for (const [index, hold] of [1_000, 5_000, 9_000].entries()) {
      state = play(state, [acquire(`p${index}#1`)], 0);
      state = play(state, [release(`p${index}#1`)], hold);
    }
    state = play(state, [acquire('p8#1'), acquire('p9#1')], 0);
    expect(estimates(state, 2_000)).toEqual([3_000]);
  });

  it('as no time when a holder is overdue, and as nothing for who is not ready or where there is no place', () => {
    const state = play(emptyPool({ places: 1 }), [
      acquire('p1#1'),
      acquire('p2#1', { ready: false }),
      acquire('p3#1'),
    ]);
    expect(estimates(state, 5 * hour)).toEqual([null, 0]);
    const none = play(emptyPool({ places: 1 }), [
      { kind: 'configure', config: { size: { places: 0 }, holdMs: hour } },
      acquire('p3#1'),
    ]);
    expect(estimates(none, 0)).toEqual([null]);
  });

  it('as longer in a pool that has shrunk', () => {
    const state = play(emptyPool({ places: 2 }), [acquire('p1#1')], 0);
    const full = play(state, [acquire('p2#1'), acquire('p3#1')], hour / 2);
    const shrunk = play(full, [{ kind: 'configure', config: { size: { places: 1 }, holdMs: hour } }]);
    expect([...estimates(full, hour / 2), ...estimates(shrunk, hour / 2)]).toEqual([hour / 2, hour]);
  });
});

describe('A pool that was lost', () => {
  const lost = initialCapacity({ size: { places: 2 }, holdMs: hour });
  const owner = { platform: 'pr-preview', repositoryId: 1, owner: 'Example', repository: 'App', number: 7 };
  const namespace = { owner, createdAt: 5, lease: null, place: null };
  const last = capacityStatusOf(
    'pool',
    play(
      emptyPool({ places: 2 }),
      ['p1#3', 'p2#3', 'p3#3'].map((id) => acquire(id)),
      9,
    ),
    9,
  );

  it('gives nothing until what is held was rebuilt, but takes messages and tells positions', () => {
    const state = play(lost, [acquire('p1#1'), acquire('p2#1')]);
    expect(nextCapacityStep(state, 0)).toEqual({ kind: 'recover' });
    const running = play(state, [{ kind: 'recovery-started' }]);
    expect(held(running)).toEqual([]);
    expect(nextCapacityStep(running, 0)).toMatchObject({ telling: { id: 'p1#1', position: 1 } });
    const failed = play(running, [
      { kind: 'recovery-failed', problem: 'away', againAt: 50 },
      ...told('p1#1', 1, 'heard'),
      ...told('p2#1', 2, 'heard'),
    ]);
    expect(nextCapacityStep(failed, 10)).toEqual({ kind: 'wait', until: 50 });
    expect(nextCapacityStep(failed, 50)).toEqual({ kind: 'recover' });
    expect(renderCapacityDetails(capacityStatusOf('pool', failed, 10))).toContain(
      'The last try failed: away',
    );
  });

  it('does without what its last run knew only after eight rounds in vain', () => {
    const failed: CapacityEvent = { kind: 'recovery-failed', problem: 'away', againAt: 50 };
    const round: readonly CapacityEvent[] = [{ kind: 'recovery-started' }, failed];
    const seven = play(lost, Array.from({ length: 7 }, () => round).flat());
    expect(mayGiveUp(seven)).toBe(false);
    const eight = play(seven, round);
    expect(mayGiveUp(eight)).toBe(true);
    expect(mayGiveUp(play(eight, [{ kind: 'recovered', recovered: nothing }]))).toBe(false);
  });

  it('knows a namespace’s lease by its annotation, else by its owner', () => {
    expect(
      recoveredFrom(
        { namespaces: [namespace, { ...namespace, lease: 'p9#4', place: 'a' }], last: null },
        { closed: new Set(), now: 1 },
      ).leases,
    ).toEqual([
      { id: 'preview:example:app:7#0', place: null, grantedAt: 5, exists: true },
      { id: 'p9#4', place: 'a', grantedAt: 5, exists: true },
    ]);
  });

  it('keeps what its last run had given to holders that are open, and the queue', () => {
    const recovered = recoveredFrom({ namespaces: [], last }, { closed: new Set(['p2']), now: 1 });
    expect(recovered).toEqual({
      leases: [{ id: 'p1#3', place: null, grantedAt: 9, exists: false }],
      queue: [{ id: 'p3#3', askedAt: 3, ready: true, draft: false }],
    });
    const state = play(lost, [{ kind: 'recovered', recovered }]);
    expect(held(state)).toEqual(['p1#3', 'p3#3']);
    // a holder that wants it no longer says so when it is told
    expect(nextCapacityStep(state, 0)).toMatchObject({ telling: { id: 'p1#3', position: null } });
  });

  it('has one lease of a holder of which namespace and last run name two', () => {
    const namespaces = [{ ...namespace, lease: 'p1#1', place: 'a' }];
    const { leases } = recoveredFrom({ namespaces, last }, { closed: new Set(), now: 1 });
    expect(leases).toContainEqual({ id: 'p1#3', place: 'a', grantedAt: 5, exists: true });
    expect(leases).toHaveLength(2);
  });

  it('applies what was given back and asked meanwhile', () => {
    const recovered = recoveredFrom({ namespaces: [namespace], last }, { closed: new Set(), now: 1 });
    const state = play(lost, [
      { kind: 'recovery-started' },
      release('p1#3'),
      release('preview:example:app:7#8'),
      acquire('p2#4'),
      acquire('p4#1', { ready: false }),
      acquire('p5#1', { granted: { place: null }, askedAt: 90 }),
      { kind: 'recovered', recovered },
    ]);
    expect({ held: held(state), waiting: waiting(state) }).toEqual({
      held: ['p2#4', 'p5#1'],
      waiting: ['p3#3', 'p4#1'],
    });
  });
});

describe('What pools are sent', () => {
  it.each([
    [{ id: 'no number', askedAt: 1, ready: true, draft: false }],
    [{ id: 'ünïcode#1', askedAt: 1, ready: true, draft: false }],
    [{ id: 'p#1', askedAt: 'now', ready: true, draft: false }],
    [{ id: 'p#1', askedAt: 1, ready: true, draft: false, granted: { place: 7 } }],
    [{ undecodable: 'what' }],
    [null],
    [7],
  ])('is refused when it cannot be read: %j', (argument) => {
    expect(readAcquire(argument)).toMatchObject({ ok: false });
  });

  it('names a holder in Temporal’s limits only', () => {
    expect(parseLeaseId(`${'x'.repeat(256)}#1`)).toBeNull();
    expect(parseLeaseId('preview:a:b:7#3')).toEqual({ workflowId: 'preview:a:b:7', number: 3 });
  });

  it('starts it with a configuration that can be read', () => {
    const config = { size: { stems: ['a'] }, holdMs: 1 };
    expect(readCapacityInput({ v: 1, pool: 'p', config })).toEqual({
      ok: true,
      value: { v: 1, pool: 'p', config, state: null },
    });
    expect(readCapacityInput({ v: 1, pool: 'p', config: { size: {}, holdMs: 1 } })).toMatchObject({
      ok: false,
    });
    expect(readCapacityInput(undefined)).toMatchObject({ ok: false });
  });
});
