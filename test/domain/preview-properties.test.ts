import { array, assert, constantFrom, nat, oneof, property, tuple } from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isIdle } from '../../domain/preview.ts';
import { statusOf } from '../../domain/preview-status.ts';
import type { End } from './preview-simulation.ts';
import { Simulation } from './preview-simulation.ts';
import { leaseId } from '../../domain/capacity-messages.ts';
import { previewWorkflowId } from '../../domain/workflow-ids.ts';
import { ref, sha } from './support.ts';

type Move = (simulation: Simulation) => void;

/** A move with the words a counterexample shows. */
function move(name: string, make: Move): Move {
  return Object.assign(make, { toString: () => name });
}

const pushes = {
  newHead: move('new head', (simulation) => {
    simulation.commits += 1;
    simulation.github = { ...simulation.github, head: simulation.commits, open: true };
    simulation.send({ kind: 'pushed', expectSha: sha(simulation.github.head), command: false });
  }),
  command: move('command', (simulation) => {
    simulation.github = { ...simulation.github, open: true };
    simulation.send({ kind: 'pushed', expectSha: null, command: true });
  }),
};

const merge = move('merge', (simulation) => {
  simulation.github = { ...simulation.github, open: false };
  simulation.send({ kind: 'close-asked', command: false });
});

const personCloses = move('a person closes', (simulation) =>
  simulation.send({ kind: 'close-asked', command: true }),
);

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
  move('the platform waits for a command', (simulation) => {
    simulation.github = { ...simulation.github, startsByItself: false };
  }),
  move('the platform starts by itself', (simulation) => {
    simulation.github = { ...simulation.github, startsByItself: true };
  }),
  move('the next two arrive together', (simulation) => simulation.together()),
  move('a cleanup tells what blocks it', (simulation) => {
    if (simulation.finished) return;
    const problem = { type: 'NamespaceStuck', where: null, message: 'a finalizer' } as const;
    simulation.send({ kind: 'cleanup-stuck', blockers: [{ step: 'namespace', problem }] });
  }),
];

const wishes: readonly Move[] = [
  move('cancel', (simulation) => simulation.tell({ kind: 'cancel-asked', by: 'alice' })),
  move('reset', (simulation) => simulation.tell({ kind: 'reset-asked' })),
  move('extend by a day', (simulation) => simulation.extend(86_400_000)),
  move('extend by a year', (simulation) => simulation.extend(365 * 86_400_000)),
  move('approve the head', (simulation) =>
    simulation.send({ kind: 'approved', sha: sha(simulation.github.head), by: 'alice' }),
  ),
  move('approve another commit', (simulation) =>
    simulation.send({ kind: 'approved', sha: sha(999), by: 'alice' }),
  ),
  move('CI reports images of the head', (simulation) =>
    simulation.tell({ kind: 'images-reported', report: { sha: sha(simulation.github.head), images: [] } }),
  ),
  move('the reaper looks', (simulation) => simulation.send({ kind: 'reap-asked', found: null })),
  move('others take every place', (simulation) => simulation.fill(true)),
  move('others give a place back', (simulation) => simulation.fill(false)),
  move('a place is granted that nobody asked for', (simulation) =>
    simulation.tell({
      kind: 'lease-heard',
      message: { id: leaseId(previewWorkflowId(ref), 1), state: 'granted', place: null },
    }),
  ),
  move('the workflow is terminated', (simulation) => simulation.terminate()),
];

const approve = move('the head is approved', (simulation) => {
  simulation.github = { ...simulation.github, open: true };
  simulation.send({ kind: 'approved', sha: sha(simulation.github.head), by: 'alice' });
});

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
  { weight: 3, arbitrary: constantFrom(...Object.values(pushes), ...others, ...wishes) },
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
  it('a push of a new head ends in that head being served, where the platform starts by itself', () => {
    const pushedByItself = move('new head, started by itself', (simulation) => {
      simulation.github = { ...simulation.github, startsByItself: true };
      pushes.newHead(simulation);
    });
    everyLife(pushedByItself, ({ state, github }) => {
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
    everyLife(reopenAndClose, ({ state, exists, pool, terminated }) => {
      expect({ phase: statusOf(state).phase, exists }).toEqual({ phase: 'gone', exists: false });
      // a lease of a life that was terminated before it created anything is the reaper's
      expect(terminated || pool.granted === null).toBe(true);
    });
  });

  it('an approval of the head ends in that head being served', () => {
    everyLife(approve, ({ state, github }) => {
      expect(statusOf(state)).toMatchObject({ phase: 'ready', liveCommit: sha(github.head) });
    });
  });

  it('whatever rests has nothing under way, so that it may go on as new', () => {
    everyLife(eventAgain, ({ state, finished }) => {
      expect(finished || isIdle(state.running)).toBe(true);
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
