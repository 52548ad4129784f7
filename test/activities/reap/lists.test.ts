import { randomInt } from 'node:crypto';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createKubernetesApi } from '../../../activities/kubernetes/api.ts';
import { createKubernetesClients, loadKubeConfig } from '../../../activities/kubernetes/clients.ts';
import { createKubernetesOperations } from '../../../activities/kubernetes/operations.ts';
import { ensureNamespace } from '../../../activities/kubernetes/namespace.ts';
import type { OwnerMark } from '../../../domain/pull-request.ts';
import { leaseId } from '../../../domain/capacity-messages.ts';
import { capacityWorkflowId, previewWorkflowId } from '../../../domain/workflow-ids.ts';
import { acquireSignal, capacityWorkflowType, releaseSignal } from '../../../workflows/messages.ts';
import { platform } from '../../config/samples.ts';
import { until, withWorker } from '../../workflows/environment.ts';
import { createFakeWorld, fakeActivities } from '../../workflows/fake-world.ts';
import type { Fixture } from './fixture.ts';
import { createFixture } from './fixture.ts';

const never = new AbortController().signal;

let fixture: Fixture;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  fixture = await createFixture();
});
afterAll(async () => {
  await fixture.close();
});

describe('the reaper', () => {
  it('knows what the operator configured', async () => {
    expect(await fixture.run.reapScope()).toEqual({
      platform: fixture.name,
      repositories: [`example/${fixture.name}`],
      outsiders: 'approve',
      databases: false,
    });
  });

  it('asks no Postgres where the platform has no databases', async () => {
    const run = fixture.runWith({ connect: () => Promise.reject(new Error('somebody asked Postgres')) });
    expect(await run.listPreviewDatabases()).toEqual([]);
  });

  it("lists only its own platform's databases", async () => {
    const { database } = platform(
      'database: { host: db, port: 5432 }\nnetwork: { database: [{ podSelector: {} }] }',
    );
    const run = fixture.runWith({ platform: { ...fixture.deps.platform, database } });
    expect(await run.listPreviewDatabases()).toEqual([]);
  });

  it('hears of a repository that GitHub does not answer for', async () => {
    const failing = fixture.run.listOpenPullRequests({ repository: 'example/app' });
    await expect(failing).rejects.toMatchObject({ type: 'GitHubUnavailable' });
  });
});

describe('the list of namespaces', () => {
  it("has those of this platform, with owner and age, and no other's", async () => {
    const { cluster } = inject('stack');
    const { worker } = createKubernetesClients(loadKubeConfig(cluster?.workerKubeconfig));
    const admin = createKubernetesApi(loadKubeConfig(cluster?.adminKubeconfig))(null);
    const number = 1950 + randomInt(10) * 2;
    const owner: OwnerMark = {
      platform: fixture.name,
      repositoryId: 42,
      owner: 'example',
      repository: fixture.name,
      number,
    };
    const wanted = { owner, hosts: [], lease: null, place: null };
    const names = [`preview-${number}`, `preview-${number + 1}`];
    const before = Date.now();
    try {
      await ensureNamespace(worker, { ...wanted, namespace: names[0]! }, never);
      const foreign = { ...owner, platform: 'another' };
      await ensureNamespace(worker, { ...wanted, owner: foreign, namespace: names[1]! }, never);
      const [found, ...more] = await fixture.run.listPreviewNamespaces();
      expect(more).toEqual([]);
      expect(found).toMatchObject({ name: names[0], owner, terminating: false });
      // the cluster knows whole seconds
      expect(found?.createdAt).toBeGreaterThan(before - 2_000);
    } finally {
      for (const name of names)
        await admin
          .json({ method: 'DELETE', path: `/api/v1/namespaces/${name}` }, never)
          .catch(() => undefined);
    }
  });

  it('fails when the cluster does not answer', async () => {
    const { cluster } = inject('stack');
    const config = loadKubeConfig(cluster?.workerKubeconfig);
    const [first] = config.clusters;
    config.clusters = [{ ...first!, server: 'https://127.0.0.1:1' }];
    const operations = createKubernetesOperations(createKubernetesClients(config));
    const failing = fixture.runWith({ operations }).listPreviewNamespaces();
    await expect(failing).rejects.toMatchObject({ type: 'ClusterUnavailable' });
  });
});

describe('the list of places', () => {
  it('is empty while the pool has no workflow', async () => {
    expect(await fixture.run.listLeases()).toEqual([]);
  });

  it('has the places that the pool gave and who waits for one, and one that is reclaimed is free again', async () => {
    const { client, name, taskQueue } = fixture;
    // on a queue of its own: served, it would end in silence
    const holder = await fixture.open(31, { taskQueue: `${taskQueue}-silent` });
    const id = leaseId(previewWorkflowId(fixture.ref(31)), 1);
    const world = { ...createFakeWorld(fixture.ref(31)), pool: name };
    await withWorker({ activities: fakeActivities(world), taskQueue }, async () => {
      await client.workflow.signalWithStart(capacityWorkflowType, {
        workflowId: capacityWorkflowId(name),
        taskQueue,
        args: [{ v: 1, pool: name, config: { size: { places: 1 }, holdMs: 1_000 }, state: null }],
        signal: acquireSignal,
        signalArgs: [{ id, askedAt: 1, ready: true, draft: false, granted: null }],
      });
      const [lease] = await until(
        async () => await fixture.run.listLeases(),
        ([one]) => (one?.since ?? 0) > 1,
        'the lease',
      );
      expect(lease).toMatchObject({ id });
      expect(Math.abs(Date.now() - (lease?.since ?? 0))).toBeLessThan(60_000);
      // open too: who does not exist is struck off the queue
      const next = await fixture.open(32, { taskQueue: `${taskQueue}-silent` });
      const waiting = leaseId(next.workflowId, 1);
      const pool = client.workflow.getHandle(capacityWorkflowId(name));
      const asks = { id: waiting, askedAt: 2, ready: false, draft: false, granted: null };
      await pool.signal(acquireSignal, asks);
      expect(await fixture.run.listLeases()).toContainEqual({ id: waiting, since: 2 });
      await pool.signal(releaseSignal, { id: waiting });
      await next.terminate();
      await holder.terminate();
      const release = { kind: 'release', workflowId: holder.workflowId, leaseId: id, why: 'gone' } as const;
      expect(await fixture.run.tellPreview(release)).toEqual({ told: true });
      await until(
        async () => await fixture.run.listLeases(),
        (leases) => leases.length === 0,
        'the place being free',
      );
    });
    await client.workflow.getHandle(capacityWorkflowId(name)).terminate();
    expect(await fixture.run.listLeases()).toEqual([]);
    const late = { kind: 'release', workflowId: holder.workflowId, leaseId: id, why: 'gone' } as const;
    expect(await fixture.run.tellPreview(late)).toEqual({ told: false });
  });

  it('has a pool that is started again where it was closed, once, with the platform’s configuration', async () => {
    const { client, name, taskQueue, deps } = fixture;
    const workflowId = capacityWorkflowId(name);
    expect(await fixture.run.isPoolOpen()).toBe(false);
    const start = { kind: 'start-pool', workflowId, why: 'one waits' } as const;
    expect(await fixture.run.tellPreview(start)).toEqual({ told: true });
    expect(await fixture.run.isPoolOpen()).toBe(true);
    const handle = client.workflow.getHandle(workflowId);
    const { runId } = await handle.describe();
    expect(await fixture.run.tellPreview(start)).toEqual({ told: true });
    expect(await handle.describe()).toMatchObject({ runId, type: capacityWorkflowType, taskQueue });
    const { events } = await handle.fetchHistory();
    const signals = (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signaled }) =>
      signaled
        ? [JSON.parse(Buffer.from(signaled.input?.payloads?.[0]?.data ?? []).toString()) as unknown]
        : [],
    );
    const { capacity, lifetime } = deps.platform;
    const config = { size: capacity, holdMs: lifetime.default };
    expect(signals).toEqual([config, config]);
    await handle.terminate();
    expect(await fixture.run.isPoolOpen()).toBe(false);
  });
});
