import { inspect } from 'node:util';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { CancelledFailure } from '@temporalio/common';
import { describe, expect, inject, test } from 'vitest';
import type { DeployServiceInput } from '../../../activities/helm/activities.ts';
import { createHelmActivities } from '../../../activities/helm/activities.ts';
import { acquireFence } from '../../../activities/kubernetes/fence.ts';
import { createKubernetesOperations } from '../../../activities/kubernetes/operations.ts';
import type { LoadedPlan, Plans } from '../../../activities/plan/plans.ts';
import type { PlanReference } from '../../../domain/plan.ts';
import {
  configData,
  endlessHook,
  previewNamespace,
  releaseTools,
  saying,
  statuses,
  until,
  waitsForHook,
  workerClients,
  writeChart,
} from './support.ts';

const release = 'rel';
const plan = { inputs: {}, hash: null } as unknown as PlanReference;

/** A plan of one service, as `plans.load` would render it. */
interface Wanted {
  readonly namespace: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

async function service({ namespace, files = {}, timeoutMs = 30_000 }: Wanted) {
  const tools = await releaseTools();
  const chart = { ...(await writeChart(files)), defaults: {} };
  let values: Readonly<Record<string, unknown>> = {};
  const plans: Plans = {
    load: () =>
      Promise.resolve({
        plan: { names: { namespace }, services: [{ name: 'app', release, values, timeoutMs }] },
        charts: { app: chart },
      } as unknown as LoadedPlan),
  };
  const clients = workerClients();
  const operations = createKubernetesOperations(clients);
  const activities = createHelmActivities({ ...tools, plans, operations });
  return {
    tools,
    clients,
    /** Runs the activity as attempt `attempt` of one activity of one workflow run. */
    start(
      wanted: Readonly<Record<string, unknown>>,
      { attempt = 1, mode = 'deploy' }: { attempt?: number; mode?: DeployServiceInput['mode'] } = {},
    ) {
      values = wanted;
      const environment = new MockActivityEnvironment({ attempt }, { logger: new DefaultLogger('ERROR') });
      const input: DeployServiceInput = { plan, service: 'app', mode };
      const done = environment.run(() => activities.deployService(input));
      return { environment, done };
    },
  };
}

function deployment(image = `${inject('stack').registry?.address}/pr-preview/pause:1`): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  replicas: 1
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}, annotations: {word: {{ .Values.word | quote }}}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: main, image: "{{ .Values.image | default "${image}" }}"}]
`;
}

describe('deployService', () => {
  test('installs, waits until it is ready, and takes at most two seconds when nothing changed', async () => {
    const namespace = await previewNamespace(2100);
    const app = await service({ namespace, files: { 'templates/deployment.yaml': deployment() } });
    expect(await app.start({ word: 'one' }).done).toEqual({ changed: true, revision: 1 });
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${release}`;
    const { signal } = new AbortController();
    const seen = await app.clients.worker.json<{ status: { availableReplicas: number } }>(
      { method: 'GET', path },
      signal,
    );
    expect(seen.status.availableReplicas).toBe(1);
    expect(await app.start({ word: 'one' }).done).toEqual({ changed: false, revision: 1 });
  });

  test('gives the fence back, so that another run need not wait', async () => {
    const namespace = await previewNamespace(2101);
    const app = await service({ namespace });
    await app.start({ word: 'one' }).done;
    const startedAt = performance.now();
    const wanted = { namespace, name: `helm-${release}`, holder: { runId: 'another', attempt: 1 } };
    const fence = await acquireFence(app.clients.worker, wanted, new AbortController().signal);
    // a fence that was not given back is free after 15 s only
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    await fence.release();
  });

  test('stops when a later attempt of the same activity starts, which then gets through', async () => {
    const namespace = await previewNamespace(2102);
    const app = await service({ namespace, files: { 'templates/hook.yaml': endlessHook('pre-install') } });
    const first = app.start({ word: 'one', endless: true });
    const firstEnd = first.done.catch((error: unknown) => error);
    await until('Helm waits for its hook', async () =>
      (await statuses(namespace, release)).includes('pending-install'),
    );
    const second = app.start({ word: 'two' }, { attempt: 2 });
    expect(await second.done).toMatchObject({ changed: true });
    expect(await firstEnd).toMatchObject({ type: 'FenceLost', nonRetryable: false });
    expect(await configData(namespace, release)).toMatchObject({ word: 'two' });
    expect((await statuses(namespace, release)).at(-1)).toBe('deployed');
  });

  test('ends Helm when it is cancelled, and throws the cancellation', async () => {
    const namespace = await previewNamespace(2103);
    const app = await service({ namespace, files: { 'templates/hook.yaml': endlessHook('pre-install') } });
    const running = app.start({ word: 'one', endless: true });
    const end = running.done.catch((error: unknown) => error);
    await until('Helm waits for its hook', async () => await waitsForHook(namespace));
    running.environment.cancel();
    expect(await end).toBeInstanceOf(CancelledFailure);
    expect(await statuses(namespace, release)).toEqual(['failed']);
    expect(await app.start({ word: 'two' }).done).toMatchObject({ changed: true });
  });

  test('tells Helm’s own words, without the secrets of the namespace in them', async () => {
    const namespace = await previewNamespace(2104);
    const { signal } = new AbortController();
    const body = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'database' },
      stringData: { url: 'secret-canary' },
    };
    const deployer = workerClients().as({ namespace, name: 'preview-deployer' });
    await deployer.json({ method: 'POST', path: `/api/v1/namespaces/${namespace}/secrets`, body }, signal);
    const template = `{{ fail (printf "I saw %s" ((lookup "v1" "Secret" .Release.Namespace "database").data.url | b64dec)) }}`;
    const app = await service({ namespace, files: { 'templates/fail.yaml': template } });
    const error: unknown = await app.start({}).done.catch((error: unknown) => error);
    expect(error).toMatchObject({
      type: 'ChartInvalid',
      nonRetryable: true,
      message: saying(/I saw \[secret database\/url\]/),
    });
    // As a log would show it, and as Temporal stores it.
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('canary');
    expect((error as { details: unknown[] }).details).toEqual([
      expect.objectContaining({ service: 'app', reason: 'Helm' }),
    ]);
  });

  test('fails with the reason when the service cannot become ready, and restores what was live', async () => {
    const namespace = await previewNamespace(2105);
    const files = { 'templates/deployment.yaml': deployment() };
    const app = await service({ namespace, files, timeoutMs: 5_000 });
    await app.start({ word: 'good' }).done;
    const bad = `${inject('stack').registry?.address}/pr-preview/pause:none`;
    const broken = app.start({ word: 'bad', image: bad }).done;
    await expect(broken).rejects.toMatchObject({
      type: saying(/Service(?:Failed|Timeout)/),
      nonRetryable: true,
    });
    expect(await app.start({ word: 'good' }, { mode: 'restore' }).done).toEqual({
      changed: true,
      revision: 3,
    });
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const { items } = await app.clients.worker.json<{ items: { status: { phase: string } }[] }>(
      { method: 'GET', path },
      new AbortController().signal,
    );
    expect(items.filter(({ status }) => status.phase !== 'Running')).toEqual([]);
  });
});
