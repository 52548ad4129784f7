import { Context } from '@temporalio/activity';
import type { ReapActivities } from '../../activities/reap/activities.ts';
import { failure } from '../../activities/failure.ts';
import type { FailureType } from '../../domain/failures.ts';
import type { ReapAction } from '../../domain/reconcile.ts';
import type { DescribedPreview, Listed, ReapWorld } from '../../domain/reconcile-world.ts';
import { emptyWorld } from '../domain/reconcile-world.ts';

/** What a reaper finds in a test, and what it told whom. */
export interface FakeReapWorld {
  world: ReapWorld;
  /** What Temporal says of each workflow; of others it says that they are absent. */
  described: readonly DescribedPreview[];
  /** Activity names that fail whenever they are called, with what. */
  readonly faults: Map<keyof ReapActivities, FailureType>;
  readonly calls: (keyof ReapActivities)[];
  readonly told: ReapAction[];
  /** Lists wait until it says false. */
  holds: () => boolean;
  /** Workflows whose message comes too late. */
  readonly ended: Set<string>;
}

export function createFakeReapWorld(changes: Partial<ReapWorld> = {}): FakeReapWorld {
  return {
    world: emptyWorld(changes),
    described: [],
    faults: new Map(),
    calls: [],
    told: [],
    holds: () => false,
    ended: new Set(),
  };
}

/** Activities over it, typed as the real ones. A list that is `away` fails as one whose system does not answer. */
export function fakeReapActivities(fake: FakeReapWorld): ReapActivities {
  const begin = (name: keyof ReapActivities): void => {
    fake.calls.push(name);
    const type = fake.faults.get(name);
    if (type !== undefined) throw failure(type, `${name} fails in this test`);
  };
  const list = async <T>(name: keyof ReapActivities, from: Listed<T>): Promise<readonly T[]> => {
    begin(name);
    while (fake.holds()) {
      Context.current().heartbeat();
      await Context.current().sleep(50);
    }
    if (!from.ok) throw failure('Bug', from.why);
    return from.items;
  };
  return {
    reapScope: async () => fake.world.scope,
    listOpenPreviews: () => list('listOpenPreviews', fake.world.previews),
    listPreviewNamespaces: () => list('listPreviewNamespaces', fake.world.namespaces),
    listPreviewDatabases: () => list('listPreviewDatabases', fake.world.databases),
    listLeases: () => list('listLeases', fake.world.leases),
    isPoolOpen: async () => {
      begin('isPoolOpen');
      if (fake.world.pool === 'unknown') throw failure('Bug', 'it does not answer');
      return fake.world.pool === 'open';
    },
    listOpenPullRequests: ({ repository }) => {
      const found = fake.world.pullRequests.find((one) => one.repository === repository);
      return list('listOpenPullRequests', found?.list ?? { ok: false, why: `no ${repository} in this test` });
    },
    describePreviews: async ({ workflowIds }) => {
      begin('describePreviews');
      const answerOf = (workflowId: string): DescribedPreview =>
        fake.described.find((one) => one.workflowId === workflowId) ?? { workflowId, state: 'absent' };
      return workflowIds.map(answerOf);
    },
    tellPreview: async (action) => {
      begin('tellPreview');
      fake.told.push(action);
      return { told: !fake.ended.has(action.workflowId) };
    },
  };
}
