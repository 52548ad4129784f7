import { describe, expect, it } from 'vitest';
import { actionsAtMost, nominate, reconcile } from '../../domain/reconcile.ts';
import type { DescribedPreview, ReapScope, ReapWorld } from '../../domain/reconcile-world.ts';
import { sha } from './support.ts';
import {
  absent,
  away,
  database,
  emptyWorld,
  idOf,
  justNow,
  lease,
  listed,
  markOf,
  namespace,
  now,
  open,
  openPullRequest,
  pullRequests,
  refOf,
} from './reconcile-world.ts';

interface Row {
  readonly title: string;
  readonly world: Partial<ReapWorld>;
  readonly described: readonly DescribedPreview[];
  /** Of the actions: kind and what tells them apart. */
  readonly actions: readonly object[];
  readonly more?: object;
}

const scope = (changes: Partial<ReapScope>): ReapScope => ({ ...emptyWorld().scope, ...changes });
const both = { namespaces: listed([namespace(7)]), databases: listed([database(7)]) };
const found = { namespace: 'preview-7', database: 'preview_7', repositoryId: 42 };
const cleanUp = { kind: 'clean-up', ref: refOf(7), found };
const look = { kind: 'look', ref: refOf(7) };
const push = { kind: 'push', ref: refOf(7), sha: sha(7) };
const release = { kind: 'release', workflowId: idOf(7), leaseId: `${idOf(7)}#1` };

const withoutPreview: Row[] = [
  {
    title: 'namespace and database without a preview are handed to a new one together',
    world: both,
    described: [absent(7)],
    actions: [cleanUp],
    more: { orphans: [{ kind: 'namespace' }, { kind: 'database' }] },
  },
  {
    title: 'a namespace alone is enough, also one that is going away',
    world: { namespaces: listed([namespace(7, { terminating: true })]) },
    described: [absent(7)],
    actions: [{ ...cleanUp, found: { ...found, database: null } }],
  },
  {
    title: 'a database alone is enough, also while the cluster does not answer',
    world: { databases: listed([database(7)]), namespaces: away },
    described: [absent(7)],
    actions: [{ ...cleanUp, found: { ...found, namespace: null } }],
  },
  {
    title: 'a database whose age nobody knows is old',
    world: { databases: listed([database(7, { createdAt: null })]) },
    described: [absent(7)],
    actions: [{ ...cleanUp, found: { ...found, namespace: null } }],
  },
  {
    title: 'one young thing keeps all of its preview',
    world: { ...both, namespaces: listed([namespace(7, { createdAt: justNow })]) },
    described: [absent(7)],
    actions: [],
    more: { young: 1 },
  },
  {
    title: 'what another platform marked is not even nominated',
    world: { namespaces: listed([namespace(7, { owner: markOf(7, { platform: 'other' }) })]) },
    described: [absent(7)],
    actions: [],
    more: { orphans: [] },
  },
  {
    title: 'a mark that names no pull request is left',
    world: { namespaces: listed([namespace(7, { owner: markOf(-1) })]) },
    described: [absent(7)],
    actions: [],
  },
  {
    title: 'what a repository left that is no longer allowed is taken away all the same',
    world: { namespaces: listed([namespace(7)]), scope: scope({ repositories: [] }), pullRequests: [] },
    described: [absent(7)],
    actions: [{ ...cleanUp, found: { ...found, database: null } }],
  },
  {
    title: 'things of two repositories that had one name are handed on one after the other',
    world: { ...both, databases: listed([database(7, { owner: markOf(7, { repositoryId: 1 }) })]) },
    described: [absent(7)],
    actions: [{ ...cleanUp, found: { ...found, database: null } }],
  },
  {
    title: 'an open pull request with something left behind is cleaned up, not pushed to',
    world: { ...both, pullRequests: pullRequests([openPullRequest(7)]) },
    described: [absent(7)],
    actions: [cleanUp],
  },
  {
    title: 'an open pull request without anything is started',
    world: { pullRequests: pullRequests([openPullRequest(7)]) },
    described: [absent(7)],
    actions: [push],
    more: { orphans: [{ kind: 'pull-request' }] },
  },
  {
    title: 'a pull request that changed a moment ago is left',
    world: { pullRequests: pullRequests([openPullRequest(7, { updatedAt: justNow })]) },
    described: [absent(7)],
    actions: [],
  },
  {
    title: 'one that the platform does not start by itself is not started',
    world: { pullRequests: pullRequests([openPullRequest(7, { startsByItself: false })]) },
    described: [absent(7)],
    actions: [],
  },
  {
    title: "an outsider's pull request is started where it could be approved",
    world: { pullRequests: pullRequests([openPullRequest(7, { outsider: true })]) },
    described: [absent(7)],
    actions: [push],
  },
  {
    title: "an outsider's pull request is not started where there is nothing for outsiders",
    world: {
      pullRequests: pullRequests([openPullRequest(7, { outsider: true })]),
      scope: scope({ outsiders: 'never' }),
    },
    described: [absent(7)],
    actions: [],
  },
  ...(['namespaces', 'databases'] as const).map((list) => ({
    title: `nothing is started while it is not known which ${list} are left behind`,
    world: { pullRequests: pullRequests([openPullRequest(7)]), [list]: away },
    described: [absent(7)],
    actions: [],
  })),
  {
    title: 'a place without holder and namespace goes back',
    world: { leases: listed([lease(7)]) },
    described: [absent(7)],
    actions: [release],
  },
  {
    title: 'a place stays while a namespace is there',
    world: { leases: listed([lease(7)]), namespaces: listed([namespace(7, { terminating: true })]) },
    described: [absent(7)],
    actions: [{ kind: 'clean-up' }],
  },
  {
    title: 'a place stays while nobody knows whether a namespace is there',
    world: { leases: listed([lease(7)]), namespaces: away },
    described: [absent(7)],
    actions: [],
  },
  {
    title: 'a place that was granted a moment ago stays',
    world: { leases: listed([lease(7, { since: justNow })]) },
    described: [absent(7)],
    actions: [],
  },
  {
    title: 'what Temporal still lists though it ended gets nothing',
    world: { previews: listed([idOf(7)]) },
    described: [absent(7)],
    actions: [],
  },
];

const withPreview: Row[] = [
  {
    title: 'a healthy preview hears nothing',
    world: {
      ...both,
      previews: listed([idOf(7)]),
      leases: listed([lease(7)]),
      pullRequests: pullRequests([openPullRequest(7)]),
    },
    described: [open(7)],
    actions: [],
    more: { misfits: [], stuck: [], orphans: [] },
  },
  {
    title: 'a preview that rests with nothing there hears nothing',
    world: { previews: listed([idOf(7)]), pullRequests: pullRequests([openPullRequest(7)]) },
    described: [open(7, { phase: 'gone', holds: 'no', deadline: null })],
    actions: [],
  },
  {
    title: 'a preview that has not said anything yet hears nothing',
    world: { ...both, pullRequests: pullRequests([openPullRequest(7)]) },
    described: [open(7, null)],
    actions: [],
  },
  {
    title: 'a preview that holds nothing looks again when namespace and database are there',
    world: { ...both, pullRequests: pullRequests([openPullRequest(7)]) },
    described: [open(7, { phase: 'gone', holds: 'no', deadline: null })],
    actions: [{ ...look, found: { namespace: 'preview-7', database: 'preview_7' } }],
    more: { misfits: [{ kind: 'namespace-unheld' }, { kind: 'database-unheld' }] },
  },
  {
    title: 'a namespace that goes away just now is no reason',
    world: { namespaces: listed([namespace(7, { terminating: true })]) },
    described: [open(7, { phase: 'failed', holds: 'no', pullRequest: 'closed' })],
    actions: [],
  },
  {
    title: 'a young namespace is no reason',
    world: { namespaces: listed([namespace(7, { createdAt: justNow })]) },
    described: [open(7, { phase: 'gone', holds: 'no', pullRequest: 'closed' })],
    actions: [],
  },
  {
    title: 'a preview that is queued is no reason for the namespace it will find',
    world: { namespaces: listed([namespace(7)]), pullRequests: pullRequests([openPullRequest(7)]) },
    described: [open(7, { phase: 'queued', holds: 'unknown', deadline: null })],
    actions: [],
  },
  {
    title: 'a preview that serves without a namespace is told of: looking again would not help',
    world: { pullRequests: pullRequests([openPullRequest(7)]), previews: listed([idOf(7)]) },
    described: [open(7)],
    actions: [],
    more: { stuck: [{ kind: 'namespace-missing', workflowId: idOf(7) }] },
  },
  {
    title: 'a missing namespace is none while the cluster does not answer',
    world: {
      pullRequests: pullRequests([openPullRequest(7)]),
      previews: listed([idOf(7)]),
      namespaces: away,
    },
    described: [open(7)],
    actions: [],
    more: { stuck: [] },
  },
  ...[true, false].map((startsByItself) => ({
    title: `a preview that rests at another head ${startsByItself ? 'looks again' : 'waits for its command'}`,
    world: { pullRequests: pullRequests([openPullRequest(7, { startsByItself })]) },
    described: [open(7, { phase: 'gone', holds: 'no', deadline: null, head: sha(1) })],
    actions: startsByItself ? [look] : [],
  })),
  {
    title: 'a preview that knows another head looks again',
    world: { ...both, pullRequests: pullRequests([openPullRequest(7)]) },
    described: [open(7, { head: sha(1) })],
    actions: [look],
    more: { misfits: [{ kind: 'head-differs' }] },
  },
  {
    title: 'a head that came a moment ago is left to its event',
    world: { ...both, pullRequests: pullRequests([openPullRequest(7, { updatedAt: justNow })]) },
    described: [open(7, { head: sha(1) })],
    actions: [],
  },
  {
    title: 'a preview that takes its pull request for open looks again when GitHub lists it no more',
    world: { ...both, previews: listed([idOf(7)]) },
    described: [open(7)],
    actions: [look],
    more: { misfits: [{ kind: 'pull-request-closed' }] },
  },
  {
    title: 'also one that rests',
    world: { previews: listed([idOf(7)]) },
    described: [open(7, { phase: 'gone', holds: 'no', deadline: null })],
    actions: [look],
  },
  {
    title: 'one that knows of the close is left in peace',
    world: { previews: listed([idOf(7)]) },
    described: [open(7, { phase: 'gone', holds: 'no', deadline: null, pullRequest: 'closed' })],
    actions: [],
  },
  {
    title: 'nothing is closed while GitHub does not answer',
    world: {
      ...both,
      previews: listed([idOf(7)]),
      pullRequests: [{ repository: 'example/videocall', list: away }],
    },
    described: [open(7)],
    actions: [],
  },
  {
    title: 'nothing is closed of a repository that is not listed',
    world: { ...both, previews: listed([idOf(7)]), pullRequests: [] },
    described: [open(7)],
    actions: [],
  },
  {
    title: 'a preview that takes its pull request for closed looks again when it is open',
    world: { ...both, pullRequests: pullRequests([openPullRequest(7)]) },
    described: [open(7, { phase: 'cleanup-stuck', pullRequest: 'closed', deadline: null })],
    actions: [look],
    more: { misfits: [{ kind: 'pull-request-reopened' }] },
  },
  {
    title: 'a preview far past its deadline looks again and is told of',
    world: { ...both, pullRequests: pullRequests([openPullRequest(7)]) },
    described: [open(7, { deadline: now - 16 * 60_000 })],
    actions: [look],
    more: { stuck: [{ kind: 'past-deadline', workflowId: idOf(7) }] },
  },
  {
    title: 'one that is a little late is not',
    world: { ...both, pullRequests: pullRequests([openPullRequest(7)]) },
    described: [open(7, { deadline: now - 14 * 60_000 })],
    actions: [],
    more: { stuck: [] },
  },
  {
    title: 'one that is being cleaned up is not disturbed at it, but told of',
    world: { ...both, pullRequests: pullRequests([openPullRequest(7)]) },
    described: [open(7, { deadline: now - 16 * 60_000, phase: 'cleaning-up' })],
    actions: [],
    more: { stuck: [{ kind: 'past-deadline' }] },
  },
  {
    title: 'a cleanup that is stuck is told of with its reason',
    world: both,
    described: [open(7, { phase: 'cleanup-stuck', reason: 'a finalizer', pullRequest: 'closed' })],
    actions: [],
    more: { stuck: [{ kind: 'cleanup-stuck', why: 'a finalizer' }] },
  },
  {
    title: 'a preview whose workflow task fails is told of and sent nothing',
    world: both,
    described: [open(7, { head: sha(1) }, { taskAttempt: 4 })],
    actions: [],
    more: { stuck: [{ kind: 'failing-task', workflowId: idOf(7) }] },
  },
  {
    title: 'the place of a preview that rests without a namespace goes back',
    world: { leases: listed([lease(7)]), pullRequests: pullRequests([openPullRequest(7)]) },
    described: [open(7, { phase: 'gone', holds: 'no', deadline: null })],
    actions: [release],
  },
  {
    title: 'the place of a preview that is about to deploy stays',
    world: { leases: listed([lease(7)]), pullRequests: pullRequests([openPullRequest(7)]) },
    described: [open(7, { phase: 'deploying', holds: 'no', deadline: null })],
    actions: [],
  },
];

const unknown: Row[] = [
  {
    title: 'a preview that Temporal could not describe is unknown, and nothing of it is touched',
    world: { ...both, leases: listed([lease(7)]), pullRequests: pullRequests([openPullRequest(7)]) },
    described: [{ workflowId: idOf(7), state: 'unknown', why: 'Temporal does not answer' }],
    actions: [],
    more: { unknown: [{ workflowId: idOf(7), why: 'Temporal does not answer' }] },
  },
  {
    title: 'a preview that was not described at all is unknown',
    world: both,
    described: [],
    actions: [],
    more: { unknown: [{ workflowId: idOf(7), why: 'it was not described' }] },
  },
  {
    title: 'nothing follows from nothing',
    world: { previews: away, namespaces: away, databases: away, leases: away },
    described: [],
    actions: [],
    more: { unknown: [], stuck: [], orphans: [] },
  },
];

describe.each([
  ['without a preview', withoutPreview],
  ['with a preview', withPreview],
  ['of the unknown', unknown],
])('%s', (_, rows) => {
  it.each(rows)('$title', ({ world, described, actions, more = {} }) => {
    const findings = reconcile(emptyWorld(world), described, now);
    expect(findings).toMatchObject({ actions, ...more });
    expect(findings.actions).toHaveLength(actions.length);
  });
});

describe('a pool without a workflow', () => {
  const queued = open(7, { phase: 'queued', holds: 'no', deadline: null });
  const start = { kind: 'start-pool', workflowId: 'capacity:pr-preview' };
  const previews = listed([idOf(7)]);

  const rows: readonly Row[] = [
    {
      title: 'is started when a preview waits for a place',
      world: { pool: 'closed' },
      described: [queued],
      actions: [start],
    },
    {
      title: 'is started when a preview holds a place',
      world: { pool: 'closed' },
      described: [open(7, { holds: 'yes' })],
      actions: [start],
    },
    {
      title: 'is left while no preview needs it',
      world: { pool: 'closed' },
      described: [open(7, { phase: 'gone', holds: 'no' })],
      actions: [],
    },
    {
      title: 'is left while its preview is not described',
      world: { pool: 'closed' },
      described: [],
      actions: [],
    },
    {
      title: 'is nobody’s concern while it is open',
      world: { pool: 'open' },
      described: [queued],
      actions: [],
    },
    {
      title: 'is not taken for closed while nobody knows',
      world: { pool: 'unknown' },
      described: [queued],
      actions: [],
    },
  ];

  it.each(rows)('$title', ({ world, described, actions }) => {
    const found = reconcile(emptyWorld({ ...world, previews }), described, now).actions;
    const starts = found.filter(({ kind }) => kind === 'start-pool');
    expect(starts).toMatchObject(actions);
    expect(starts).toHaveLength(actions.length);
  });
});

describe('what is nominated', () => {
  it('is everything that exists, once, and what the platform would start', () => {
    const world = emptyWorld({
      previews: listed([idOf(1), idOf(2)]),
      namespaces: listed([namespace(2), namespace(3)]),
      databases: listed([database(4)]),
      leases: listed([lease(5)]),
      pullRequests: pullRequests([openPullRequest(6), openPullRequest(8, { startsByItself: false })]),
    });
    expect(nominate(world)).toEqual([1, 2, 3, 4, 5, 6].map(idOf));
  });

  it('spells a pull request as its mark does, and finds it under one id however it is spelled', () => {
    const owner = markOf(7, { owner: 'Example', repository: 'VideoCall' });
    const world = emptyWorld({
      namespaces: listed([namespace(7, { owner })]),
      databases: listed([database(7)]),
    });
    expect(nominate(world)).toEqual([idOf(7)]);
    expect(reconcile(world, [absent(7)], now).actions).toMatchObject([
      { ref: { owner: 'Example', repository: 'VideoCall', number: 7 }, found },
    ]);
  });
});

describe('more than one run may send', () => {
  const numbers = Array.from({ length: actionsAtMost + 10 }, (_, index) => index + 1);
  const world = emptyWorld({ namespaces: listed(numbers.map((number) => namespace(number))) });
  const run = (at: number) => reconcile(world, numbers.map(absent), at);

  it('is left for the next one, and told', () => {
    expect(run(now).actions).toHaveLength(actionsAtMost);
    expect(run(now).leftOver).toBe(10);
  });

  it('is taken in another order each time, so that none waits for ever', () => {
    const served = new Set<string>();
    for (let index = 0; index < 20; index += 1)
      for (const { workflowId } of run(now + index * 600_000).actions) served.add(workflowId);
    expect(served.size).toBe(numbers.length);
  });
});
