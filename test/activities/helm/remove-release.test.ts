import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { PatchStrategy } from '@kubernetes/client-node';
import { describe, expect, inject, test } from 'vitest';
import { HelmError } from '../../../activities/helm/failure.ts';
import type { RemoveReleaseActivities } from '../../../activities/helm/remove-release.ts';
import { createRemoveReleaseActivities } from '../../../activities/helm/remove-release.ts';
import type { KubernetesApi } from '../../../activities/kubernetes/api.ts';
import { createKubernetesApi } from '../../../activities/kubernetes/api.ts';
import { loadKubeConfig } from '../../../activities/kubernetes/clients.ts';
import { listObjects } from '../../../activities/kubernetes/objects.ts';
import { createKubernetesOperations } from '../../../activities/kubernetes/operations.ts';
import type { Pod } from '../../../activities/kubernetes/resources.ts';
import { resources } from '../../../activities/kubernetes/resources.ts';
import type { LoadedPlan } from '../../../activities/plan/plans.ts';
import type { PlanReference } from '../../../domain/plan.ts';
import {
  configData,
  endlessHook,
  previewNamespace,
  releaseTools,
  until,
  workerClients,
  writeChart,
} from './support.ts';

const reference = { inputs: {}, hash: null } as unknown as PlanReference;
const { signal } = new AbortController();

/** A namespace with releases of a small chart, and a plan that has some of them. */
async function scene(number: number, { files = {} }: { files?: Readonly<Record<string, string>> } = {}) {
  const namespace = await previewNamespace(number);
  const tools = await releaseTools();
  const chart = await writeChart(files);
  const planned: { release: string }[] = [];
  const activities = createRemoveReleaseActivities({
    ...tools,
    plans: {
      load: () =>
        Promise.resolve({ plan: { names: { namespace }, services: planned } } as unknown as LoadedPlan),
    },
    operations: createKubernetesOperations(workerClients()),
  });
  return {
    namespace,
    tools,
    planned,
    install: async (release: string, { endless = false } = {}) => {
      const values = endless ? { endless } : {};
      const timeoutMs = endless ? 1_000 : 30_000;
      const upgrade = { namespace, release, chart, values, timeoutMs, description: 'test' };
      await tools.helm.upgrade(upgrade, signal);
    },
    run: <T>(work: (activities: RemoveReleaseActivities) => Promise<T>): Promise<T> =>
      new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(() => work(activities)),
  };
}

describe('removeStrayReleases', () => {
  test('takes away what the plan does not have, what never came up too, and nothing else', async () => {
    const files = { 'templates/hook.yaml': endlessHook('post-install') };
    const { namespace, tools, planned, install, run } = await scene(2111, { files });
    for (const release of ['kept', 'stray']) await install(release);
    await expect(install('failed', { endless: true })).rejects.toBeInstanceOf(HelmError);
    expect(await tools.releases.latest({ namespace, release: 'failed' }, signal)).toMatchObject({
      status: 'failed',
    });
    planned.push({ release: 'kept' });
    const strays = (): Promise<{ removed: readonly string[] }> =>
      run((activities) => activities.removeStrayReleases({ plan: reference }));
    expect(await strays()).toEqual({ removed: ['failed', 'stray'] });
    expect(await tools.releases.names(namespace, signal)).toEqual(['kept']);
    expect(await configData(namespace, 'kept')).not.toBeNull();
    expect(await configData(namespace, 'stray')).toBeNull();
    expect(await configData(namespace, 'failed')).toBeNull();
    expect(await strays()).toEqual({ removed: [] });
  });

  test('succeeds twice at once', async () => {
    const { namespace, tools, install, run } = await scene(2112);
    await install('stray');
    const strays = (): Promise<unknown> =>
      run((activities) => activities.removeStrayReleases({ plan: reference }));
    await Promise.all([strays(), strays()]);
    expect(await tools.releases.names(namespace, signal)).toEqual([]);
  });
});

describe('removeRelease', () => {
  test('of what is not there is success', async () => {
    const { run } = await scene(2113);
    await run((activities) =>
      activities.removeRelease({ plan: reference, release: 'none', untilGone: true }),
    );
  });

  test('waits until the last pod is gone, when asked to', async () => {
    const { namespace, install, run } = await scene(2114, { files: { 'templates/app.yaml': slowToGo } });
    await install('app');
    const pods = async (): Promise<readonly Pod[]> =>
      (await listObjects(workerClients().worker, resources.pods, { namespace, signal })).items;
    await until('its pod is there', async () => (await pods()).length === 1);
    let done = false;
    const removal = run((activities) =>
      activities.removeRelease({ plan: reference, release: 'app', untilGone: true }),
    ).then(() => {
      done = true;
    });
    await until('the pod is going', async () =>
      (await pods()).every(({ metadata }) => metadata?.deletionTimestamp !== undefined),
    );
    expect(done).toBe(false);
    for (const { metadata } of await pods()) await letGo(namespace, metadata?.name ?? '');
    await removal;
    expect(await pods()).toEqual([]);
  });
});

/** Its pod stays until its finalizer is taken away, as one that takes long to end. */
const slowToGo = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  selector: {matchLabels: {app: slow}}
  template:
    metadata: {labels: {app: slow}, finalizers: [pr-preview.test/hold]}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: main, image: "127.0.0.1:9/nothing:none"}]
`;

function admin(): KubernetesApi {
  const { cluster } = inject('stack');
  if (!cluster) throw new Error('The stack has no cluster.');
  return createKubernetesApi(loadKubeConfig(cluster.adminKubeconfig))(null);
}

async function letGo(namespace: string, pod: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}`;
  const body = { metadata: { finalizers: null } };
  await admin().json({ method: 'PATCH', path, body, contentType: PatchStrategy.MergePatch }, signal);
}
