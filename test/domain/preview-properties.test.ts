import { array, assert, constantFrom, nat, oneof, property, tuple } from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { statusOf } from '../../domain/preview-status.ts';
import type { End } from './preview-simulation.ts';
import { Simulation } from './preview-simulation.ts';
import { sha } from './support.ts';

type Move = (simulation: Simulation) => void;

/** A move with the words a counterexample shows. */
function move(name: string, make: Move): Move {
  return Object.assign(make, { toString: () => name });
}

const pushes = {
  newHead: move('new head', (simulation) => {
    simulation.commits += 1;
    simulation.github = { head: simulation.commits, open: true };
    simulation.send({ kind: 'pushed', expectSha: sha(simulation.github.head), command: false });
  }),
  command: move('command', (simulation) => {
    simulation.github = { ...simulation.github, open: true };
    simulation.send({ kind: 'pushed', expectSha: null, command: true });
  }),
};

const merge = move('merge', (simulation) => {
  simulation.github = { ...simulation.github, open: false };
  simulation.send({ kind: 'close-asked' });
});

const personCloses = move('a person closes', (simulation) => simulation.send({ kind: 'close-asked' }));

const eventAgain = move('event again', (simulation) =>
  simulation.send({ kind: 'pushed', expectSha: sha(simulation.github.head), command: false }),
);

const others: readonly Move[] = [
  personCloses,
  merge,
  eventAgain,
  move('force-push back, untold', (simulation) => {
    simulation.github = { ...simulation.github, head: Math.max(1, simulation.github.head - 1) };
  }),
  move('reopen', (simulation) => {
    simulation.github = { ...simulation.github, open: true };
    simulation.send({ kind: 'pushed', expectSha: sha(simulation.github.head), command: false });
  }),
  move('the next two arrive together', (simulation) => simulation.together()),
  move('a cleanup tells what blocks it', (simulation) => {
    if (simulation.finished) return;
    const problem = { type: 'NamespaceStuck', where: null, message: 'a finalizer' } as const;
    simulation.send({ kind: 'cleanup-stuck', blockers: [{ step: 'namespace', problem }] });
  }),
];

const ends: readonly End[] = [
  'well',
  'stale',
  'failed',
  'refused',
  'missing',
  'approval',
  'plan-changed',
  'stopped',
  'over',
];

const anyMove: Arbitrary<Move> = oneof(
  { weight: 3, arbitrary: constantFrom(...Object.values(pushes), ...others) },
  {
    weight: 6,
    arbitrary: tuple(nat({ max: 3 }), constantFrom(...ends)).map(([pick, end]) =>
      move(`end ${pick} ${end}`, (simulation) => simulation.end(pick, end)),
    ),
  },
  {
    weight: 1,
    arbitrary: constantFrom(1, 30_000, 60_000, 900_000, 100 * 3_600_000).map((ms) =>
      move(`${ms} ms pass`, (simulation) => simulation.advance(ms)),
    ),
  },
);

/** Plays any life, then a last move, then lets everything end well. */
function everyLife(last: Move, expectation: (simulation: Simulation) => void): void {
  const lives = array(anyMove, { maxLength: 40 });
  assert(
    property(lives, (moves) => {
      const simulation = new Simulation();
      for (const each of [pushes.newHead, ...moves, last]) each(simulation);
      simulation.rest();
      expectation(simulation);
    }),
    { numRuns: 2_000 },
  );
}

describe('whatever happened before, with never two deploys at once nor an older one after a newer', () => {
  it('a push of a new head ends in that head being served', () => {
    everyLife(pushes.newHead, ({ state, github }) => {
      expect(statusOf(state)).toMatchObject({ phase: 'ready', liveCommit: sha(github.head) });
    });
  });

  it("a person's command ends in the head being served", () => {
    everyLife(pushes.command, ({ state, github }) => {
      expect(statusOf(state)).toMatchObject({ phase: 'ready', liveCommit: sha(github.head) });
    });
  });

  it('a pull request that closes ends with nothing left and no workflow', () => {
    everyLife(merge, ({ finished, exists }) => {
      expect({ finished, exists }).toEqual({ finished: true, exists: false });
    });
  });

  it("a person's close of an open pull request ends in a rest that holds nothing", () => {
    const reopenAndClose = move('reopened and closed by a person', (simulation) => {
      simulation.github = { ...simulation.github, open: true };
      personCloses(simulation);
    });
    everyLife(reopenAndClose, ({ state, exists }) => {
      expect(statusOf(state).phase).toBe('gone');
      expect(exists).toBe(false);
    });
  });

  it('an event that comes again ends in a phase that rests', () => {
    everyLife(eventAgain, ({ state, finished }) => {
      expect(
        finished ||
          ['ready', 'failed', 'update-failed', 'awaiting-approval', 'gone'].includes(statusOf(state).phase),
      ).toBe(true);
    });
  });
});
