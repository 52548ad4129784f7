import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubernetesObject } from '@kubernetes/client-node';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { inject } from 'vitest';
import type { KubernetesActivities } from '../../../activities/kubernetes/activities.ts';
import { createKubernetesActivities } from '../../../activities/kubernetes/activities.ts';
import type { KubernetesApi } from '../../../activities/kubernetes/api.ts';
import { createKubernetesApi } from '../../../activities/kubernetes/api.ts';
import { isNotFound } from '../../../activities/kubernetes/api-error.ts';
import { deployerOf } from '../../../activities/kubernetes/bindings.ts';
import type { KubernetesClients } from '../../../activities/kubernetes/clients.ts';
import { createKubernetesClients, loadKubeConfig } from '../../../activities/kubernetes/clients.ts';
import { createDiscovery } from '../../../activities/kubernetes/discovery.ts';
import type { KubernetesOperations } from '../../../activities/kubernetes/operations.ts';
import { createKubernetesOperations } from '../../../activities/kubernetes/operations.ts';
import type { Render } from '../../../activities/kubernetes/prepare.ts';
import { pathOf, resources } from '../../../activities/kubernetes/resources.ts';
import type { CleanupTarget } from '../../../domain/outcome.ts';
import type { Plan, PlannedService, PlanReference } from '../../../domain/plan.ts';
import type { PreviewStatus } from '../../../domain/status.ts';
import { cacheFolder } from '../../../local/folders.ts';
import { buildGoProgram } from '../../../local/images/go-program.ts';
import { imageOf } from '../../../local/images/image.ts';
import { layerOf } from '../../../local/images/layer.ts';
import { pushImage } from '../../../local/images/push.ts';
import { silentProgress } from '../../../local/progress.ts';
import { toolFinder } from '../../../local/tools.ts';
import { previewStatus } from '../../domain/support.ts';

export const never = new AbortController().signal;

export interface Fixture {
  /** As the worker logs in: the only access the code under test has. */
  readonly clients: KubernetesClients;
  readonly operations: KubernetesOperations;
  /** Only to arrange and to inspect. */
  readonly admin: KubernetesApi;
  preview(changes?: PlanChanges): TestPreview;
  activities(options?: ActivityOptions): KubernetesActivities;
  /** Runs an activity as Temporal does; abort by the environment. */
  environment(info?: { heartbeatDetails?: unknown; attempt?: number }): MockActivityEnvironment;
  prepare(preview: TestPreview, options?: ActivityOptions): Promise<{ uid: string }>;
  /** Applies objects to the preview's namespace as its deployer, as Helm would for one release. */
  deploy(preview: TestPreview, release: string, objects: readonly KubernetesObject[]): Promise<void>;
  /** Any object as an administrator; null when it is not there. */
  read<T>(path: string): Promise<T | null>;
  close(): Promise<void>;
}

export interface ActivityOptions {
  readonly clients?: KubernetesClients;
  readonly render?: Render;
  readonly writeComment?: (body: string, signal: AbortSignal) => Promise<void>;
  readonly commentEveryMs?: number;
}

export interface TestPreview {
  readonly number: number;
  readonly namespace: string;
  readonly plan: Plan;
  readonly reference: PlanReference;
  readonly target: CleanupTarget;
  readonly status: PreviewStatus;
}

export type PlanChanges = Partial<Plan>;

/** @param base first of a hundred pull request numbers that are the test file's own. */
export function createFixture(base: number): Fixture {
  const stack = inject('stack').cluster;
  if (!stack) throw new Error('The local stack has no cluster.');
  const clients = createKubernetesClients(loadKubeConfig(stack.workerKubeconfig));
  const admin = createKubernetesApi(loadKubeConfig(stack.adminKubeconfig))(null);
  const discovery = createDiscovery();
  const made: TestPreview[] = [];
  let next = randomInt(50);

  const activities = (options: ActivityOptions = {}): KubernetesActivities =>
    createKubernetesActivities({
      clients: options.clients ?? clients,
      plans: { load: async (reference) => ({ plan: planOf(made, reference), charts: {} }) },
      render: options.render ?? (async () => []),
      writeComment: (_ref, body, signal) => (options.writeComment ?? (async () => undefined))(body, signal),
      renderComment: (status) => JSON.stringify(status.progress),
      ...(options.commentEveryMs === undefined ? {} : { commentEveryMs: options.commentEveryMs }),
    });

  const environment: Fixture['environment'] = (info = {}) =>
    new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') });

  return {
    clients,
    operations: createKubernetesOperations(clients),
    admin,
    activities,
    environment,
    preview: (changes = {}) => {
      const preview = previewOf(base + (next++ % 100), changes);
      made.push(preview);
      return preview;
    },
    prepare: (preview, options) =>
      environment().run(() => activities(options).prepareNamespace({ plan: preview.reference })),
    deploy: async (preview, release, objects) => {
      const deployer = clients.as(deployerOf(preview.namespace));
      for (const object of objects) {
        const resource = await discovery.find(deployer, object, never);
        if (!resource) throw new Error(`unknown kind ${object.kind}`);
        const { namespace } = preview;
        const name = object.metadata?.name ?? '';
        const isHook = object.metadata?.annotations?.['helm.sh/hook'] !== undefined;
        const mark = isHook ? {} : { 'meta.helm.sh/release-name': release };
        const metadata = {
          ...plain(object.metadata),
          namespace,
          annotations: { ...object.metadata?.annotations, ...mark },
        };
        await deployer.json(
          {
            method: 'PATCH',
            path: pathOf(resource, { namespace, name }),
            query: { fieldManager: 'helm', force: 'true' },
            body: { ...object, metadata },
            contentType: 'application/apply-patch+yaml',
          },
          never,
        );
      }
    },
    read: async <T>(path: string) => {
      try {
        return await admin.json<T>({ method: 'GET', path }, never);
      } catch (error) {
        if (isNotFound(error)) return null;
        throw error;
      }
    },
    close: async () => {
      await Promise.all(made.map(({ namespace }) => remove(admin, namespace)));
    },
  };
}

/** Service of a plan with as little as the cluster's part looks at. */
export function service(name: string, changes: Partial<PlannedService> = {}): PlannedService {
  return {
    name,
    release: name,
    chart: { kind: 'path', path: name },
    values: {},
    images: {},
    host: null,
    url: null,
    needs: [],
    needsDatabase: false,
    timeoutMs: 60_000,
    probe: null,
    version: null,
    ...changes,
  };
}

/** The test program's image, in the local registry; built on first use. */
export async function testImage(): Promise<string> {
  const registry = inject('stack').registry?.address;
  if (registry === undefined) throw new Error('The local stack has no registry.');
  const program = await buildGoProgram(
    { module: join(import.meta.dirname, 'app'), package: '.', name: 'test-app' },
    {
      folder: join(cacheFolder(), 'programs'),
      go: () => toolFinder(silentProgress)('go'),
      update: () => undefined,
    },
  );
  const files = [{ path: '/app', content: await readFile(program), executable: true }];
  const layers = [await layerOf(files, join(cacheFolder(), 'layers'))];
  const image = imageOf({ layers, entrypoint: ['/app'] });
  const digest = await pushImage(image, { registry, repository: 'test/kubernetes-app', tag: 'v1' });
  return `${registry}/test/kubernetes-app:v1@${digest}`;
}

/** An object as a chart renders it. */
export type TestObject = KubernetesObject & { readonly [field: string]: unknown; readonly spec?: object };

export interface TestPod {
  readonly image: string;
  readonly args: readonly string[];
  readonly replicas?: number;
  readonly env?: readonly object[];
  readonly memory?: string;
  readonly cpu?: string;
  readonly probe?: boolean;
  readonly pod?: object;
  readonly labels?: Readonly<Record<string, string>>;
}

export function deployment(name: string, wanted: TestPod): TestObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: wanted.replicas ?? 1,
      minReadySeconds: 1,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name, ...wanted.labels } }, spec: podSpec(wanted) },
    },
  };
}

export function statefulSet(name: string, wanted: TestPod): TestObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name },
    spec: {
      replicas: wanted.replicas ?? 1,
      serviceName: name,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: podSpec(wanted) },
    },
  };
}

export function job(
  name: string,
  wanted: TestPod & { readonly hook?: string; readonly backoffLimit?: number },
): TestObject {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      ...(wanted.hook === undefined ? {} : { annotations: { 'helm.sh/hook': wanted.hook } }),
    },
    spec: {
      backoffLimit: wanted.backoffLimit ?? 0,
      template: { spec: { ...podSpec(wanted), restartPolicy: 'Never' } },
    },
  };
}

function podSpec(wanted: TestPod): object {
  const { cpu = '10m', memory = '16Mi' } = wanted;
  return {
    terminationGracePeriodSeconds: 1,
    containers: [
      {
        name: 'app',
        image: wanted.image,
        args: wanted.args,
        env: wanted.env ?? [],
        resources: { requests: { cpu, memory }, limits: { cpu, memory } },
        ...(wanted.probe === false
          ? {}
          : {
              ports: [{ containerPort: 8080 }],
              readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
            }),
      },
    ],
    ...wanted.pod,
  };
}

/** Waits for what a test expects of the world, or fails after some seconds with what was there last. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | null | undefined | false>,
  seconds = 30,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function planOf(made: readonly TestPreview[], reference: PlanReference): Plan {
  const { number } = reference.inputs.pullRequest;
  const preview = made.findLast((candidate) => candidate.number === number);
  if (!preview) throw new Error(`no preview ${number}`);
  return preview.plan;
}

function previewOf(number: number, changes: PlanChanges): TestPreview {
  const owner = { platform: 'pr-preview', repositoryId: 7, owner: 'Example', repository: 'app', number };
  const ref = { owner: 'Example', repository: 'app', number };
  const namespace = `preview-${number}`;
  const inputs: Plan['inputs'] = {
    pullRequest: ref,
    repositoryId: 7,
    pr: { number, author: 'ada', branch: 'feature', draft: false },
    outsider: false,
    commit: 'c'.repeat(40),
    configCommit: 'd'.repeat(40),
    images: {},
    place: null,
  };
  const peers = [{ ipBlock: { cidr: '10.250.0.1/32' } }];
  const plan: Plan = {
    hash: 'e'.repeat(64),
    inputs,
    names: {
      namespace,
      database: null,
      hosts: { web: `pr-${number}.preview.localhost` },
      urls: { web: `https://pr-${number}.preview.localhost:18443` },
    },
    owner,
    services: [service('web'), service('worker')],
    database: null,
    secrets: [],
    pullSecrets: [],
    tlsSecret: null,
    quota: {
      requestsCpu: '500m',
      requestsMemory: '512Mi',
      limitsCpu: '500m',
      limitsMemory: '512Mi',
      pods: 10,
    },
    limitRange: { requestCpu: '10m', requestMemory: '16Mi', limitCpu: '50m', limitMemory: '32Mi' },
    network: { ingress: peers, dns: peers, dnsPort: 53, database: peers, internal: [] },
    ingressClassName: null,
    ingressAnnotations: {},
    lifetime: { defaultMs: 1, maximumMs: 1, warningsMs: [] },
    ...changes,
  };
  return {
    number,
    namespace,
    plan,
    reference: { inputs, hash: plan.hash },
    target: { ...owner, namespace, database: null },
    status: previewStatus({ ref, phase: 'deploying' }),
  };
}

async function remove(admin: KubernetesApi, namespace: string): Promise<void> {
  const path = pathOf(resources.namespaces, { name: namespace });
  await admin.json({ method: 'DELETE', path }, never).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
}

function plain<T extends object>(object: T | undefined): Partial<T> {
  return Object.assign({}, object);
}
