import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import { Client, Connection } from '@temporalio/client';
import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createCapacityActivities } from '../../../activities/capacity/activities.ts';
import type { CapacityActivities, CapacityDependencies } from '../../../activities/capacity/activities.ts';
import { createKubernetesClients } from '../../../activities/kubernetes/clients.ts';
import { createKubernetesOperations } from '../../../activities/kubernetes/operations.ts';
import { leaseId } from '../../../domain/capacity-messages.ts';
import type { Recovered } from '../../../domain/capacity-recovery.ts';
import { capacityWorkflowId, previewWorkflowId } from '../../../domain/workflow-ids.ts';
import { capacityQuery, capacityStart, capacityWorkflowType } from '../../../workflows/messages.ts';
import { until, withWorker } from '../../workflows/environment.ts';
import { createFakeWorld, fakeActivities } from '../../workflows/fake-world.ts';
import { activityEnvironment } from '../environment.ts';
import { createFixture, eventually, never } from '../kubernetes/fixture.ts';
import type { TestPreview } from '../kubernetes/fixture.ts';

const hour = 3_600_000;
const fixture = createFixture(1880);

let connection: Connection;
let client: Client;
beforeAll(async () => {
  const { temporal } = inject('stack');
  if (!temporal) throw new Error('the stack has no Temporal');
  connection = await Connection.connect({ address: temporal.address });
  client = new Client({ connection, namespace: temporal.namespace });
});
afterAll(async () => {
  await fixture.close();
  await connection.close();
});

describe('Asking a pool for a place', () => {
  it('starts it with the platform’s configuration, once, and sends each message', async () => {
    const name = `test-${randomUUID().slice(0, 8)}`;
    const places = activities({ name });
    const message = { id: 'preview:a:b:1#1', askedAt: 5, ready: true, draft: false, granted: null };
    await run(() => places.acquirePlace(message));
    await run(() => places.acquirePlace(message));
    await run(() => places.releasePlace({ id: message.id }));
    const handle = client.workflow.getHandle(capacityWorkflowId(name));
    try {
      const { events } = await handle.fetchHistory();
      const signals = events?.flatMap(({ workflowExecutionSignaledEventAttributes: signaled }) =>
        signaled ? [[signaled.signalName, read(signaled.input?.payloads?.[0]?.data)]] : [],
      );
      expect(signals).toEqual([
        ['acquire', message],
        ['acquire', message],
        ['release', { id: message.id }],
      ]);
      const started = events?.[0]?.workflowExecutionStartedEventAttributes;
      expect(started?.workflowType?.name).toBe('capacity');
      expect(read(started?.input?.payloads?.[0]?.data)).toEqual({
        v: 1,
        pool: name,
        config: { size: { stems: ['a', 'b'] }, holdMs: hour },
        state: null,
      });
    } finally {
      await handle.terminate('the test is over');
    }
  });

  it('is tried again while Temporal does not answer', async () => {
    const away = Connection.lazy({ address: '127.0.0.1:9' });
    const workflows = new Client({ connection: away }).workflow;
    const places = activities({ name: 'test-away', workflows });
    const asking = workflows.withDeadline(Date.now() + 1_000, () =>
      run(() => places.releasePlace({ id: 'preview:a:b:1#1' })),
    );
    await expect(asking).rejects.toSatisfy(isTransient('TemporalUnavailable'));
    await away.close();
  });
});

describe('Rebuilding what is held', () => {
  it('reads leases and places from the namespaces of its platform, with those that go away', async () => {
    const name = `test-${randomUUID().slice(0, 8)}`;
    const [written, older, leaving, foreign] = [ours(name), ours(name), ours(name), ours('another')];
    const lease = leaseId(workflowIdOf(written), 7);
    await prepare(written, lease);
    await prepare(older, null);
    await prepare(leaving, leaseId(workflowIdOf(leaving), 3));
    await prepare(foreign, leaseId(workflowIdOf(foreign), 1));
    const path = `/api/v1/namespaces/${leaving.namespace}`;
    await fixture.admin.json(
      {
        method: 'PATCH',
        path,
        contentType: 'application/merge-patch+json',
        body: { metadata: { finalizers: ['pr-preview.io/test'] } },
      },
      never,
    );
    await fixture.admin.json({ method: 'DELETE', path }, never);
    try {
      const { leases, queue } = await run(() =>
        activities({ name }).recoverLeases({ pool: name, giveUp: false }),
      );
      expect(queue).toEqual([]);
      expect(leases.map(({ id, place, exists }) => ({ id, place, exists }))).toEqual(
        expect.arrayContaining([
          { id: lease, place: 'b', exists: true },
          { id: leaseId(workflowIdOf(older), 0), place: 'b', exists: true },
          { id: leaseId(workflowIdOf(leaving), 3), place: 'b', exists: true },
        ]),
      );
      expect(leases).toHaveLength(3);
    } finally {
      await fixture.admin.json(
        {
          method: 'PATCH',
          path,
          contentType: 'application/merge-patch+json',
          body: { metadata: { finalizers: null } },
        },
        never,
      );
    }
    await eventually('the namespace to go', async () => (await fixture.read(path)) === null);
    const after = await run(() => activities({ name }).recoverLeases({ pool: name, giveUp: false }));
    expect(after.leases).toHaveLength(2);
  });

  it('takes an update’s lease for the namespace’s, and none for none', async () => {
    const preview = ours(`test-${randomUUID().slice(0, 8)}`);
    const annotations = async (): Promise<Record<string, string>> =>
      (
        await fixture.admin.json<{ metadata: { annotations: Record<string, string> } }>(
          { method: 'GET', path: `/api/v1/namespaces/${preview.namespace}` },
          never,
        )
      ).metadata.annotations;
    await prepare(preview, 'preview:a:b:1#1');
    await prepare(preview, 'preview:a:b:1#2');
    expect(await annotations()).toMatchObject({
      'pr-preview.io/lease': 'preview:a:b:1#2',
      'pr-preview.io/place': 'b',
    });
    await prepare(preview, null);
    expect(await annotations()).not.toHaveProperty(['pr-preview.io/lease']);
  });

  it('fails while Temporal does not say what the pool knew, and goes without when it is to give up', async () => {
    const away = Connection.lazy({ address: '127.0.0.1:9' });
    const workflows = new Client({ connection: away }).workflow;
    const name = `test-${randomUUID().slice(0, 8)}`;
    const places = activities({ name, workflows });
    const recover = (giveUp: boolean): Promise<Recovered> =>
      run(() => places.recoverLeases({ pool: name, giveUp }));
    try {
      const without = recover(true);
      await expect(recover(false)).rejects.toSatisfy(isTransient('TemporalUnavailable'));
      expect(await without).toEqual({ leases: [], queue: [] });
    } finally {
      await away.close();
    }
  });

  it('fails while the last run is there and nobody can ask it', async () => {
    const name = `test-${randomUUID().slice(0, 8)}`;
    await lostPool(name, { served: true });
    await expect(
      run(() => activities({ name }).recoverLeases({ pool: name, giveUp: false })),
    ).rejects.toSatisfy(isTransient('TemporalUnavailable'));
  });

  it('needs no word of a run that was ended before any worker knew of it', async () => {
    const name = `test-${randomUUID().slice(0, 8)}`;
    await lostPool(name, { served: false });
    const recovered = await run(() => activities({ name }).recoverLeases({ pool: name, giveUp: false }));
    expect(recovered).toEqual({ leases: [], queue: [] });
  });

  it('fails while the cluster does not answer, so that nothing is given', async () => {
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: 'away', server: 'https://127.0.0.1:9', skipTLSVerify: true },
      { name: 'nobody' },
    );
    const operations = createKubernetesOperations(createKubernetesClients(config));
    const places = activities({ name: 'test-away', operations });
    await expect(run(() => places.recoverLeases({ pool: 'test-away', giveUp: false }))).rejects.toSatisfy(
      isTransient('ClusterUnavailable'),
    );
  });
});

function activities({
  name,
  ...changes
}: { readonly name: string } & Partial<CapacityDependencies>): CapacityActivities {
  return createCapacityActivities({
    platform: {
      name,
      capacity: { stems: ['a', 'b'] },
      lifetime: { default: hour, maximum: 2 * hour, warnings: [] },
    },
    workflows: client.workflow,
    operations: fixture.operations,
    ...changes,
  });
}

/** A pool that was terminated, after it knew what is held or before any worker saw it. Nobody serves it any more. */
async function lostPool(name: string, { served }: { readonly served: boolean }): Promise<void> {
  const config = { size: { places: 1 }, holdMs: hour };
  const handle = await client.workflow.start(
    capacityWorkflowType,
    capacityStart({ pool: name, config, taskQueue: name }),
  );
  const world = createFakeWorld({ owner: 'example', repository: name, number: 1 });
  if (served)
    await withWorker({ activities: fakeActivities(world), taskQueue: name }, async () => {
      await until(
        async () => await handle.query(capacityQuery),
        ({ recovered }) => recovered,
        'the pool to know what is held',
      );
    });
  await handle.terminate('a mistake');
  const query = `WorkflowId = "${handle.workflowId}"`;
  await eventually('its run to be listed', async () => (await client.workflow.count(query)).count > 0);
}

function run<T>(activity: () => Promise<T>): Promise<T> {
  return activityEnvironment().run(activity);
}

/** A preview of a platform of its own, so that what other tests make is not counted. */
function ours(platform: string): TestPreview {
  const preview = fixture.preview();
  const owner = { ...preview.plan.owner, platform };
  return Object.assign(preview, {
    plan: { ...preview.plan, owner, inputs: { ...preview.plan.inputs, place: 'b' } },
  });
}

function workflowIdOf({ plan }: TestPreview): string {
  return previewWorkflowId(plan.owner);
}

async function prepare(preview: TestPreview, lease: string | null): Promise<void> {
  await fixture
    .environment()
    .run(() => fixture.activities().prepareNamespace({ plan: preview.reference, lease }));
}

function read(data: Uint8Array | null | undefined): unknown {
  return JSON.parse(Buffer.from(data ?? []).toString());
}

function isTransient(type: string) {
  return (error: unknown): boolean =>
    error instanceof ApplicationFailure && error.type === type && error.nonRetryable !== true;
}
