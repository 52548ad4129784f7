import {
  anything,
  array,
  assert,
  boolean,
  constant,
  constantFrom,
  integer,
  nat,
  oneof,
  option,
  property,
  record,
  tuple,
} from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { actionsAtMost, nominate, reconcile } from '../../domain/reconcile.ts';
import type { Findings } from '../../domain/reconcile.ts';
import { readMemo } from '../../domain/reconcile-memo.ts';
import type { DescribedPreview, Listed, ReapWorld } from '../../domain/reconcile-world.ts';
import { phases } from '../../domain/status.ts';
import { sha } from './support.ts';
import {
  database,
  emptyWorld,
  idOf,
  lease,
  markOf,
  namespace,
  now,
  openPullRequest,
} from './reconcile-world.ts';

const runs = { numRuns: 1_000 };

/** Few numbers, so that things of one pull request meet. */
const number = integer({ min: 1, max: 6 });
const instant = integer({ min: 0, max: 40 }).map((minutes) => now - minutes * 60_000);
const platform = constantFrom('pr-preview', 'pr-preview', 'pr-preview', 'another');

function listOf<T>(item: Arbitrary<T>): Arbitrary<Listed<T>> {
  return oneof(
    { weight: 5, arbitrary: array(item, { maxLength: 8 }).map((items) => ({ ok: true, items }) as const) },
    { weight: 1, arbitrary: constant({ ok: false, why: 'away' } as const) },
  );
}

const world: Arbitrary<ReapWorld> = record({
  previews: listOf(number.map(idOf)),
  pulls: listOf(
    record({ number, startsByItself: boolean(), outsider: boolean(), updatedAt: instant }).map(
      ({ number, ...changes }) => openPullRequest(number, changes),
    ),
  ),
  namespaces: listOf(
    record({ number, platform, createdAt: instant, terminating: boolean() }).map(
      ({ number, platform, ...changes }) =>
        namespace(number, { ...changes, owner: markOf(number, { platform }) }),
    ),
  ),
  databases: listOf(
    record({ number, platform, createdAt: option(instant) }).map(({ number, platform, createdAt }) =>
      database(number, { createdAt, owner: markOf(number, { platform }) }),
    ),
  ),
  leases: listOf(record({ number, since: instant }).map(({ number, ...changes }) => lease(number, changes))),
  pool: constantFrom('open', 'open', 'closed', 'unknown'),
  trigger: constantFrom('auto', 'command'),
  outsiders: constantFrom('approve', 'never'),
}).map(({ pulls, trigger, outsiders, ...lists }) => {
  const { scope } = emptyWorld();
  return {
    ...lists,
    scope: { ...scope, trigger, outsiders },
    pullRequests: [{ repository: 'example/videocall', list: pulls }],
  };
});

const memo = record({
  phase: constantFrom(...phases),
  reason: constant('so'),
  deadline: option(instant),
  head: option(number.map(sha)),
  holds: constantFrom('unknown', 'yes', 'no'),
  pullRequest: constantFrom('unknown', 'open', 'closed'),
});

const answer = (workflowId: string): Arbitrary<DescribedPreview> =>
  oneof(
    constant({ workflowId, state: 'absent' } as const),
    constant({ workflowId, state: 'unknown', why: 'away' } as const),
    record({
      workflowId: constant(workflowId),
      state: constant('open' as const),
      startedAt: instant,
      taskAttempt: nat(6),
      memo: option(memo),
    }),
  );

const scene = world.chain((world) =>
  record({
    world: constant(world),
    described: tuple(...nominate(world).map(answer)).map((answers): DescribedPreview[] => answers),
  }),
);

function holds(check: (seen: Scene) => void): void {
  assert(
    property(scene, ({ world, described }) => {
      const answerOf = (workflowId: string) => described.find((one) => one.workflowId === workflowId);
      check({ world, described, answerOf, findings: reconcile(world, described, now) });
    }),
    runs,
  );
}

interface Scene {
  readonly world: ReapWorld;
  readonly described: readonly DescribedPreview[];
  readonly answerOf: (workflowId: string) => DescribedPreview | undefined;
  readonly findings: Findings;
}

describe('whatever was seen', () => {
  it('only previews that were described are told anything, and starting messages go to absent ones', () => {
    holds(({ world, findings, answerOf }) => {
      for (const action of findings.actions) {
        if (action.kind === 'start-pool') {
          expect(world.pool).toBe('closed');
          continue;
        }
        const state = answerOf(action.workflowId)?.state;
        if (action.kind === 'look') expect(state).toBe('open');
        else if (action.kind === 'release') expect(['open', 'absent']).toContain(state);
        else expect(state).toBe('absent');
      }
    });
  });

  it('a list that failed leads to nothing', () => {
    holds(({ world, findings }) => {
      const github = world.pullRequests.every(({ list }) => list.ok);
      for (const action of findings.actions) {
        if (action.kind === 'clean-up') {
          if (!world.namespaces.ok) expect(action.found.namespace).toBeNull();
          if (!world.databases.ok) expect(action.found.database).toBeNull();
        }
        if (action.kind === 'release') expect(world.namespaces.ok && world.leases.ok).toBe(true);
        if (action.kind === 'push') expect(github && world.namespaces.ok && world.databases.ok).toBe(true);
      }
      const kinds = findings.misfits.map(({ kind }) => kind);
      if (!github) expect(kinds.filter((kind) => /^(head|pull)/.test(kind))).toEqual([]);
      if (!world.namespaces.ok) expect(kinds.filter((kind) => kind.startsWith('namespace'))).toEqual([]);
    });
  });

  it('only an open pull request that the platform would start gets a push', () => {
    holds(({ world, findings }) => {
      const open = world.pullRequests.flatMap(({ list }) => (list.ok ? list.items : []));
      for (const action of findings.actions) {
        if (action.kind !== 'push') continue;
        const pulls = open.filter(({ ref, sha }) => ref.number === action.ref.number && sha === action.sha);
        expect(pulls.some(({ startsByItself }) => startsByItself)).toBe(true);
      }
    });
  });

  it('what is told to be cleaned up is ours, old enough, and there', () => {
    holds(({ world, findings }) => {
      const things = [world.namespaces, world.databases].flatMap((list) => (list.ok ? list.items : []));
      for (const action of findings.actions) {
        if (action.kind !== 'clean-up') continue;
        const { namespace, database } = action.found;
        expect(namespace ?? database).not.toBeNull();
        for (const name of [namespace, database].filter((name) => name !== null)) {
          const thing = things.find(
            (one) => one.name === name && one.owner.platform === world.scope.platform,
          );
          expect(thing).toBeDefined();
          expect(now - (thing?.createdAt ?? 0)).toBeGreaterThanOrEqual(600_000);
        }
      }
    });
  });

  it('one preview hears one thing in a run, and what is unknown hears nothing', () => {
    holds(({ findings }) => {
      const told = findings.actions
        .filter(({ kind }) => kind !== 'release')
        .map(({ workflowId }) => workflowId);
      expect(new Set(told).size).toBe(told.length);
      expect(findings.actions.length).toBeLessThanOrEqual(actionsAtMost);
      const unknown = new Set(findings.unknown.map(({ workflowId }) => workflowId));
      expect(told.filter((workflowId) => unknown.has(workflowId))).toEqual([]);
    });
  });

  it('the same is concluded from the same, in whatever order it was listed', () => {
    holds(({ world, described, findings }) => {
      const reversed = reconcile(world, described.toReversed(), now);
      expect(reversed).toEqual(findings);
    });
  });
});

describe('the memo of a preview', () => {
  it('is read whoever wrote it, and what is wrong in it is not known', () => {
    assert(
      property(anything(), (value) => {
        const read = readMemo(value);
        expect(read === null || phases.includes(read.phase)).toBe(true);
      }),
      runs,
    );
    expect(readMemo({ phase: 'ready' })).toEqual({
      phase: 'ready',
      reason: '',
      deadline: null,
      head: null,
      holds: 'unknown',
      pullRequest: 'unknown',
    });
    expect(readMemo({ phase: 'lost' })).toBeNull();
  });
});
