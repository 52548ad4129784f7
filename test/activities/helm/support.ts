import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, onTestFinished } from 'vitest';
import { applyBindings, withFreshRights } from '../../../activities/kubernetes/bindings.ts';
import type { KubernetesClients } from '../../../activities/kubernetes/clients.ts';
import { createKubernetesClients, loadKubeConfig } from '../../../activities/kubernetes/clients.ts';
import { ensureNamespace } from '../../../activities/kubernetes/namespace.ts';
import { listObjects } from '../../../activities/kubernetes/objects.ts';
import type { Secret } from '../../../activities/kubernetes/resources.ts';
import { resources } from '../../../activities/kubernetes/resources.ts';
import type { ReleaseTools } from '../../../activities/helm/deploy-release.ts';
import { createHelm } from '../../../activities/helm/helm.ts';
import { isIntact } from '../../../activities/helm/intact.ts';
import { createReleases } from '../../../activities/helm/releases.ts';

/** Text that the pattern matches, inside `toMatchObject`, which takes a bare pattern for an empty object. */
export function saying(pattern: RegExp): string {
  return expect.stringMatching(pattern) as string;
}

/** Helm as the local stack has it. */
export function helmExecutable(): string {
  const { helm } = inject('stack').tools;
  if (helm === undefined) throw new Error('The stack has no Helm.');
  return helm;
}

/** File with the worker's access; never the admin's. */
export function workerKubeconfig(): string {
  const { cluster } = inject('stack');
  if (!cluster) throw new Error('The stack has no cluster.');
  return cluster.workerKubeconfig;
}

export function workerClients(): KubernetesClients {
  return createKubernetesClients(loadKubeConfig(workerKubeconfig()));
}

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pr-preview-helm-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files by path. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** A chart of one ConfigMap that shows the value `word`, and of whatever else is given. */
export async function writeChart(
  files: Readonly<Record<string, string>> = {},
): Promise<{ path: string; identity: string }> {
  const path = await temporaryFolder();
  await writeFiles(path, {
    'Chart.yaml': 'apiVersion: v2\nname: demo\nversion: 1.2.3\n',
    'values.yaml': 'word: default\n',
    'templates/config.yaml': configMap,
    ...files,
  });
  return { path, identity: `path demo tree:${path}` };
}

const configMap = `
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data:
  word: {{ .Values.word | quote }}
  length: {{ .Values.padding | default "" | len | quote }}
`;

/**
 * A hook that does not end while the value `endless` is set and there is no ConfigMap `go`: the image of its Job does
 * not exist, so Helm waits until it is stopped.
 */
export function endlessHook(
  when: 'pre-upgrade' | 'post-upgrade' | 'pre-install' | 'post-install' | 'pre-delete',
): string {
  return `
{{- if and .Values.endless (not (lookup "v1" "ConfigMap" .Release.Namespace "go")) }}
apiVersion: batch/v1
kind: Job
metadata: {name: endless, annotations: {helm.sh/hook: ${when}, helm.sh/hook-delete-policy: before-hook-creation}}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: "127.0.0.1:9/nothing:none"}]
{{- end }}
`;
}

/**
 * Whether Helm waits for the endless hook. Before that it still writes the release, and its own last word on one that is
 * cancelled may be overwritten (the next deploy removes that lock).
 */
export async function waitsForHook(namespace: string): Promise<boolean> {
  const path = `/apis/batch/v1/namespaces/${namespace}/jobs`;
  const { items } = await workerClients().worker.json<{ items: readonly unknown[] }>(
    { method: 'GET', path },
    new AbortController().signal,
  );
  return items.length > 0;
}

/** A namespace made by the worker as for a preview of that number, without what tests here do not need. */
export async function previewNamespace(number: number): Promise<string> {
  const namespace = `preview-${number}`;
  const { signal } = new AbortController();
  const api = workerClients().worker;
  const owner = { platform: 'pr-preview', repositoryId: 1, owner: 'example', repository: 'helm', number };
  const hosts = [`pr-${number}.preview.localhost`];
  const wanted = { namespace, owner, hosts, lease: null, place: null };
  await ensureNamespace(api, wanted, signal);
  onTestFinished(async () => {
    await api.json({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` }, signal);
  });
  const worker = { namespace: 'pr-preview', name: 'worker' };
  await applyBindings(api, { namespace, owner, worker }, signal);
  await listObjects(withFreshRights(api), resources.secrets, { namespace, signal });
  const deployer = workerClients().as({ namespace, name: 'preview-deployer' });
  await listObjects(withFreshRights(deployer), resources.configMaps, { namespace, signal });
  return namespace;
}

/** Everything `deployRelease` needs, with the worker's rights. */
export async function releaseTools(
  options: { patienceMs?: number } = {},
): Promise<ReleaseTools & { cacheFolder: string }> {
  const cacheFolder = await temporaryFolder();
  const api = workerClients().worker;
  return {
    cacheFolder,
    helm: createHelm({
      executable: helmExecutable(),
      kubeconfig: workerKubeconfig(),
      cacheFolder,
      ...options,
    }),
    releases: createReleases(api),
    isIntact: (namespace, record, signal) => isIntact(api, { namespace, record }, signal),
  };
}

/** Statuses of a release's revisions, oldest first, as the labels have them. */
export async function statuses(namespace: string, release: string): Promise<string[]> {
  const secrets = await releaseSecrets(namespace, release);
  return secrets.map((secret) => secret.metadata?.labels?.['status'] ?? '');
}

export async function releaseSecrets(namespace: string, release: string): Promise<readonly Secret[]> {
  const { signal } = new AbortController();
  const query = { namespace, labelSelector: `owner=helm,name=${release}`, signal };
  const { items } = await listObjects(workerClients().worker, resources.secrets, query);
  const version = (secret: Secret): number => Number(secret.metadata?.labels?.['version']);
  return items.toSorted((one, other) => version(one) - version(other));
}

/** Data of a ConfigMap; null when it is not there. */
export async function configData(namespace: string, name: string): Promise<Record<string, string> | null> {
  const { signal } = new AbortController();
  const { items } = await listObjects(workerClients().worker, resources.configMaps, { namespace, signal });
  return items.find((item) => item.metadata?.name === name)?.data ?? null;
}

/** Polls until the condition holds. */
export async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  withinMs = 20_000,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await sleep(50);
  }
}
