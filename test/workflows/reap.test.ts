import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReapReport } from '../../domain/reconcile-report.ts';
import { reapWorkflowType } from '../../workflows/messages.ts';
import {
  away,
  database,
  emptyWorld,
  idOf,
  lease,
  listed,
  namespace,
  open,
  openPullRequest,
  pullRequests,
} from '../domain/reconcile-world.ts';
import { ref, sha } from '../domain/support.ts';
import type { WorkflowTests } from './environment.ts';
import { connect, withWorker } from './environment.ts';
import type { FakeReapWorld } from './fake-reap.ts';
import { createFakeReapWorld, fakeReapActivities } from './fake-reap.ts';
import { createFakeWorld, fakeActivities } from './fake-world.ts';

let tests: WorkflowTests;
beforeAll(async () => {
  tests = await connect();
});
afterAll(async () => {
  await tests.close();
});

/** One run on the real server over what a test says there is. */
async function run(fake: FakeReapWorld, ...args: unknown[]): Promise<ReapReport> {
  const id = `test-${randomUUID()}`;
  const activities = { ...fakeActivities(createFakeWorld(ref)), ...fakeReapActivities(fake) };
  return await withWorker({ activities, taskQueue: id }, async () => {
    const handle = await tests.client.workflow.start(reapWorkflowType, {
      workflowId: id,
      taskQueue: id,
      args,
      workflowExecutionTimeout: '5m',
    });
    return (await handle.result()) as ReapReport;
  });
}

const reaps = { v: 1, dryRun: false };
const longAgo = Date.now() - 3_600_000;

/** An orphan of each kind, and one pull request without a preview. */
function orphans(): FakeReapWorld {
  return createFakeReapWorld({
    namespaces: listed([namespace(1, { createdAt: longAgo })]),
    databases: listed([database(2, { createdAt: longAgo })]),
    leases: listed([lease(3, { since: longAgo })]),
    pullRequests: pullRequests([openPullRequest(4, { updatedAt: longAgo })]),
  });
}

describe('a run of the reaper', () => {
  it('tells each preview what to do, once, and reports it', async () => {
    const fake = orphans();
    fake.ended.add(idOf(3));
    const report = await run(fake, reaps);
    const byPreview = fake.told.toSorted((one, other) => (one.workflowId < other.workflowId ? -1 : 1));
    expect(byPreview).toMatchObject([
      { kind: 'clean-up', found: { namespace: 'preview-1', database: null, repositoryId: 42 } },
      { kind: 'clean-up', found: { namespace: null, database: 'preview_2', repositoryId: 42 } },
      { kind: 'release', leaseId: `${idOf(3)}#1` },
      { kind: 'push', sha: sha(4) },
    ]);
    expect(report).toMatchObject({ v: 1, platform: 'pr-preview', dryRun: false, leftOver: 0 });
    const states = Object.fromEntries(
      report.actions.map(({ action, outcome }) => [action.workflowId, outcome.state]),
    );
    expect(states).toEqual({ [idOf(1)]: 'sent', [idOf(2)]: 'sent', [idOf(3)]: 'moot', [idOf(4)]: 'sent' });
  });

  it('sends nothing in a dry run, and says what it would send', async () => {
    const fake = orphans();
    const report = await run(fake, { v: 1, dryRun: true });
    expect(fake.told).toEqual([]);
    expect(fake.calls).not.toContain('tellPreview');
    expect(report.actions).toHaveLength(4);
    expect(new Set(report.actions.map(({ outcome }) => outcome.state))).toEqual(new Set(['planned']));
  });

  it.each([true, false])(
    'says that it starts a closed pool that previews wait for (dry run: %s)',
    async (dryRun) => {
      const fake = createFakeReapWorld({ pool: 'closed', previews: listed([idOf(7)]) });
      fake.described = [open(7, { phase: 'queued', holds: 'no', deadline: null })];
      const report = await run(fake, { v: 1, dryRun });
      const actions = report.actions.filter(({ action }) => action.kind === 'start-pool');
      expect(actions).toMatchObject([
        { action: { kind: 'start-pool' }, outcome: { state: dryRun ? 'planned' : 'sent' } },
      ]);
      expect(fake.told.filter(({ kind }) => kind === 'start-pool')).toHaveLength(dryRun ? 0 : 1);
    },
  );

  it('is a dry run when it is started with nothing, as by a button', async () => {
    const fake = orphans();
    expect(await run(fake)).toMatchObject({ dryRun: true });
    expect(fake.told).toEqual([]);
  });

  it.each([[{ v: 2, dryRun: false }], ['now'], [{ v: 1 }]])(
    'fails at once when it is started with %j',
    async (argument) => {
      const failing = run(createFakeReapWorld(), argument);
      await expect(failing).rejects.toBeInstanceOf(WorkflowFailedError);
      const { cause } = (await failing.catch((error: unknown) => error)) as WorkflowFailedError;
      expect(cause).toBeInstanceOf(ApplicationFailure);
      expect(cause).toMatchObject({ type: 'BadMessage' });
    },
  );

  it('ends well with every system away, says which, and touches nothing', async () => {
    const repository = 'example/videocall';
    const fake = createFakeReapWorld({
      previews: away,
      namespaces: away,
      databases: away,
      leases: away,
      pullRequests: [{ repository, list: away }],
    });
    const report = await run(fake, reaps);
    expect(fake.told).toEqual([]);
    expect(report.systems.map(({ system, count, problem }) => [system, count, problem])).toEqual(
      ['temporal', 'github', 'cluster', 'postgres', 'capacity'].map((system) => [
        system,
        null,
        'it does not answer',
      ]),
    );
  });

  it('is not kept from one repository by another that GitHub does not show', async () => {
    const fake = createFakeReapWorld({
      scope: { ...emptyWorld().scope, repositories: ['example/gone', 'example/videocall'] },
      pullRequests: [
        { repository: 'example/gone', list: away },
        ...pullRequests([openPullRequest(4, { updatedAt: longAgo })]),
      ],
    });
    const report = await run(fake, reaps);
    expect(fake.told).toMatchObject([{ kind: 'push' }]);
    expect(report.systems.filter(({ system }) => system === 'github')).toMatchObject([
      { what: 'open pull requests of example/gone', count: null },
      { what: 'open pull requests of example/videocall', count: 1 },
    ]);
  });

  it('leaves everything alone when Temporal describes nothing', async () => {
    const fake = orphans();
    fake.faults.set('describePreviews', 'Bug');
    const report = await run(fake, reaps);
    expect(fake.told).toEqual([]);
    expect(report.unknown.map(({ workflowId }) => workflowId)).toEqual([1, 2, 3, 4].map(idOf));
  });

  it('reports messages that could not be delivered', async () => {
    const fake = orphans();
    fake.faults.set('tellPreview', 'Bug');
    const report = await run(fake, reaps);
    expect(report.actions.map(({ outcome }) => outcome)).toEqual(
      Array.from({ length: 4 }, () => ({ state: 'failed', problem: 'tellPreview fails in this test' })),
    );
  });

  it('tries again what fails for a moment', async () => {
    const fake = orphans();
    fake.faults.set('listPreviewNamespaces', 'ClusterUnavailable');
    const report = await run(fake, { v: 1, dryRun: true });
    expect(fake.calls.filter((name) => name === 'listPreviewNamespaces')).toHaveLength(4);
    expect(report.systems.find(({ system }) => system === 'cluster')).toMatchObject({ count: null });
  });

  it('asks for a thousand previews in some ten activities', async () => {
    const numbers = Array.from({ length: 1_000 }, (_, index) => index + 1);
    const fake = createFakeReapWorld({ previews: listed(numbers.map(idOf)) });
    expect(await run(fake, reaps)).toMatchObject({ actions: [], unknown: [] });
    expect(fake.calls.filter((name) => name === 'describePreviews')).toHaveLength(10);
  });
});
