import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { execa } from 'execa';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ReleaseTools } from '../../../activities/helm/deploy-release.ts';
import { deployRelease } from '../../../activities/helm/deploy-release.ts';
import { HelmError } from '../../../activities/helm/failure.ts';
import { createHelm } from '../../../activities/helm/helm.ts';
import { processesWith } from '../../../activities/helm/processes.ts';
import { createReleases } from '../../../activities/helm/releases.ts';
import { createKubernetesClients, loadKubeConfig } from '../../../activities/kubernetes/clients.ts';
import {
  configData,
  endlessHook,
  helmExecutable,
  previewNamespace,
  releaseSecrets,
  releaseTools,
  saying,
  statuses,
  temporaryFolder,
  until,
  waitsForHook,
  workerClients,
  workerKubeconfig,
  writeChart,
} from './support.ts';

const { signal } = new AbortController();
const release = 'rel';

async function wantedIn(namespace: string, files: Readonly<Record<string, string>> = {}) {
  const chart = await writeChart(files);
  return (values: Readonly<Record<string, unknown>>) => ({
    namespace,
    release,
    chart,
    values,
    timeoutMs: 60_000,
  });
}

/** Helm processes of a namespace that run now. */
function helms(cacheFolder: string): { pid: number; arguments: readonly string[] }[] {
  return processesWith(cacheFolder).filter((found) => found.arguments.includes('upgrade'));
}

function payloadOf(data: string): string {
  return gunzipSync(Buffer.from(Buffer.from(data, 'base64').toString(), 'base64')).toString();
}

describe('deployRelease', () => {
  test('installs, then runs no Helm while nothing changes, then upgrades', async () => {
    const wanted = await wantedIn(await previewNamespace(2000));
    const tools = await releaseTools();
    const first = wanted({ word: 'one' });
    expect(await deployRelease(tools, first, signal)).toEqual({ changed: true, revision: 1 });
    expect(await deployRelease(tools, first, signal)).toEqual({ changed: false, revision: 1 });
    expect(await deployRelease(tools, wanted({ word: 'two' }), signal)).toEqual({
      changed: true,
      revision: 2,
    });
    expect(await configData(first.namespace, release)).toMatchObject({ word: 'two' });
    expect(await statuses(first.namespace, release)).toEqual(['superseded', 'deployed']);
  });

  test('is the same done twice at once', async () => {
    const namespace = await previewNamespace(2001);
    const wanted = (await wantedIn(namespace))({ word: 'x' });
    const tools = await releaseTools();
    const both = await Promise.all([
      deployRelease(tools, wanted, signal),
      deployRelease(tools, wanted, signal),
    ]);
    expect(both.every(({ revision }) => revision >= 1)).toBe(true);
    expect((await statuses(namespace, release)).at(-1)).toBe('deployed');
    expect(await statuses(namespace, release)).not.toContain('pending-install');
  });

  test.each([1, 2, 3])('values of exactly 4096·%i bytes arrive whole in the cluster', async (pages) => {
    const namespace = await previewNamespace(2001 + pages);
    const empty = JSON.stringify({ word: 'kept', padding: '' }).length;
    const values = { word: 'kept', padding: 'x'.repeat(4096 * pages - empty) };
    await deployRelease(await releaseTools(), (await wantedIn(namespace))(values), signal);
    expect(await configData(namespace, release)).toEqual({
      word: 'kept',
      length: String(4096 * pages - empty),
    });
  });

  test('keeps at most three revisions and forgets values that are no longer given', async () => {
    const namespace = await previewNamespace(2005);
    const wanted = await wantedIn(namespace);
    const tools = await releaseTools();
    for (const word of ['a', 'b', 'c', 'd', 'e']) await deployRelease(tools, wanted({ word }), signal);
    await deployRelease(tools, wanted({}), signal);
    expect(await configData(namespace, release)).toMatchObject({ word: 'default' });
    expect(await statuses(namespace, release)).toHaveLength(3);
  });

  test('takes over fields that somebody else wrote, and repairs what somebody deleted', async () => {
    const namespace = await previewNamespace(2006);
    const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 80}]}\n';
    const wanted = await wantedIn(namespace, { 'templates/service.yaml': service });
    const tools = await releaseTools();
    await deployRelease(tools, wanted({ word: 'one' }), signal);
    const deployer = workerClients().as({ namespace, name: 'preview-deployer' });
    const path = `/api/v1/namespaces/${namespace}`;
    const body = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: release },
      data: { word: 'theirs' },
    };
    await deployer.json(
      {
        method: 'PATCH',
        path: `${path}/configmaps/${release}`,
        query: { fieldManager: 'somebody', force: 'true' },
        contentType: 'application/apply-patch+yaml',
        body,
      },
      signal,
    );
    await deployRelease(tools, wanted({ word: 'two' }), signal);
    expect(await configData(namespace, release)).toMatchObject({ word: 'two' });
    await deployer.json({ method: 'DELETE', path: `${path}/services/s` }, signal);
    expect(await deployRelease(tools, wanted({ word: 'two' }), signal)).toEqual({
      changed: true,
      revision: 3,
    });
    await deployer.json({ method: 'GET', path: `${path}/services/s` }, signal);
  });

  test('recovers from a Helm that is killed in the middle of an upgrade, without taking anything away', async () => {
    const namespace = await previewNamespace(2007);
    const wanted = await wantedIn(namespace, { 'templates/hook.yaml': endlessHook('post-upgrade') });
    const tools = await releaseTools();
    await deployRelease(tools, wanted({ word: 'one' }), signal);
    const uid = await uidOf(namespace);
    let gone = false;
    const watching = setInterval(
      () => void configData(namespace, release).then((data) => (gone ||= data === null)),
      20,
    );
    onTestFinished(() => clearInterval(watching));
    const running = deployRelease(tools, wanted({ word: 'two', endless: true }), signal);
    const settled = running.catch((error: unknown) => error);
    for (let killed = 0; killed < 4; killed++) {
      await until('Helm waits for its hook', async () =>
        (await statuses(namespace, release)).includes('pending-upgrade'),
      );
      await until('Helm runs', () => helms(tools.cacheFolder).length === 1);
      const [helm] = helms(tools.cacheFolder);
      process.kill(helm?.pid ?? 0, 'SIGKILL');
      await until('that Helm is gone', () => !helms(tools.cacheFolder).some(({ pid }) => pid === helm?.pid));
    }
    // Killed again and again: the caller has to know, and the next attempt must succeed all the same.
    expect(await settled).toMatchObject({ type: 'HelmInterrupted' });
    const result = await deployRelease(tools, wanted({ word: 'three' }), signal);
    expect(result.changed).toBe(true);
    expect(await statuses(namespace, release)).not.toContain('pending-upgrade');
    expect((await statuses(namespace, release)).at(-1)).toBe('deployed');
    expect(await configData(namespace, release)).toMatchObject({ word: 'three' });
    expect(await uidOf(namespace)).toBe(uid);
    expect(gone).toBe(false);
  });

  test('goes on by itself after Helm was killed once, also in a first install', async () => {
    const namespace = await previewNamespace(2008);
    const wanted = await wantedIn(namespace, { 'templates/hook.yaml': endlessHook('pre-install') });
    const tools = await releaseTools();
    const running = deployRelease(tools, wanted({ word: 'one', endless: true }), signal);
    await until('Helm waits for its hook', async () =>
      (await statuses(namespace, release)).includes('pending-install'),
    );
    const deployer = workerClients().as({ namespace, name: 'preview-deployer' });
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'go' } };
    await deployer.json({ method: 'POST', path: `/api/v1/namespaces/${namespace}/configmaps`, body }, signal);
    process.kill(helms(tools.cacheFolder)[0]?.pid ?? 0, 'SIGKILL');
    expect(await running).toMatchObject({ changed: true });
    expect(await statuses(namespace, release)).toEqual(['deployed']);
  });

  test('recovers what a killed worker left: a pending revision, and a Helm that still runs', async () => {
    const namespace = await previewNamespace(2009);
    const wanted = await wantedIn(namespace, { 'templates/hook.yaml': endlessHook('pre-upgrade') });
    const tools = await releaseTools();
    await deployRelease(tools, wanted({ word: 'one' }), signal);
    const chart = wanted({}).chart.path;
    const script = `
      const { createHelm } = await import(${JSON.stringify(new URL('../../../activities/helm/helm.ts', import.meta.url).href)});
      const helm = createHelm(${JSON.stringify({ executable: helmExecutable(), kubeconfig: workerKubeconfig(), cacheFolder: tools.cacheFolder })});
      await helm.upgrade({ namespace: '${namespace}', release: '${release}', chart: { path: '${chart}', identity: 'x' },
        values: { endless: true }, timeoutMs: 60000, description: 'theirs' }, new AbortController().signal);`;
    const worker = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    await until('its Helm waits', async () =>
      (await statuses(namespace, release)).includes('pending-upgrade'),
    );
    worker.kill('SIGKILL');
    expect(helms(tools.cacheFolder)).toHaveLength(1);
    await deployRelease(tools, wanted({ word: 'two' }), signal);
    expect(helms(tools.cacheFolder)).toHaveLength(0);
    expect(await configData(namespace, release)).toMatchObject({ word: 'two' });
    expect((await statuses(namespace, release)).filter((status) => status.startsWith('pending'))).toEqual([]);
  });

  test('leaves no lock when it is cancelled, ends Helm first, and throws the reason', async () => {
    const namespace = await previewNamespace(2010);
    const wanted = await wantedIn(namespace, { 'templates/hook.yaml': endlessHook('pre-upgrade') });
    const tools = await releaseTools();
    await deployRelease(tools, wanted({ word: 'one' }), signal);
    const controller = new AbortController();
    const settled = deployRelease(tools, wanted({ word: 'two', endless: true }), controller.signal).catch(
      (error: unknown) => error,
    );
    await until('Helm waits for its hook', async () => await waitsForHook(namespace));
    const reason = new Error('superseded');
    controller.abort(reason);
    expect(await settled).toBe(reason);
    expect(helms(tools.cacheFolder)).toEqual([]);
    expect(await statuses(namespace, release)).toEqual(['deployed', 'failed']);
    await deployRelease(tools, wanted({ word: 'three' }), signal);
    expect(await configData(namespace, release)).toMatchObject({ word: 'three' });
  });

  test('throws the reason also while it waits for a lock to stand still', async () => {
    const secret = { name: 'sh.helm.release.v1.rel.v1', uid: 'u', resourceVersion: '1' };
    const status = 'pending-install' as const;
    const controller = new AbortController();
    const reason = new Error('the fence is lost');
    const unasked = (): never => expect.fail('nothing may be touched');
    const tools: ReleaseTools = {
      releases: {
        names: unasked,
        latest: () => Promise.resolve({ revision: 1, status, description: '', manifest: '', secret }),
        forget: unasked,
      },
      helm: {
        template: unasked,
        upgrade: unasked,
        uninstall: unasked,
        endLeftovers: () => {
          setImmediate(() => controller.abort(reason));
          return Promise.resolve(0);
        },
      },
      isIntact: unasked,
    };
    const wanted = (await wantedIn('preview-2016'))({});
    await expect(deployRelease(tools, wanted, controller.signal)).rejects.toBe(reason);
  });

  test('ends an uninstall that was killed half way, then installs', async () => {
    const namespace = await previewNamespace(2011);
    const wanted = await wantedIn(namespace, { 'templates/hook.yaml': endlessHook('pre-delete') });
    const tools = await releaseTools();
    await deployRelease(tools, wanted({ word: 'one', endless: true }), signal);
    const uninstall = execa(helmExecutable(), ['uninstall', release, '--namespace', namespace], {
      extendEnv: false,
      reject: false,
      env: {
        HOME: tools.cacheFolder,
        KUBECONFIG: workerKubeconfig(),
        HELM_KUBEASUSER: `system:serviceaccount:${namespace}:preview-deployer`,
      },
    });
    await until('the uninstall waits', async () =>
      (await statuses(namespace, release)).includes('uninstalling'),
    );
    uninstall.kill('SIGKILL');
    await uninstall;
    expect(await deployRelease(tools, wanted({ word: 'two' }), signal)).toEqual({
      changed: true,
      revision: 1,
    });
  });

  test('shows neither values in its arguments nor the worker’s secrets in its environment', async () => {
    const namespace = await previewNamespace(2012);
    process.env['DATABASE_ADMIN_URL'] = 'postgres://env-canary';
    onTestFinished(() => {
      delete process.env['DATABASE_ADMIN_URL'];
    });
    const deployer = workerClients().as({ namespace, name: 'preview-deployer' });
    const stringData = { url: 'secret-canary' };
    const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'database' }, stringData };
    await deployer.json({ method: 'POST', path: `/api/v1/namespaces/${namespace}/secrets`, body }, signal);
    const wanted = await wantedIn(namespace, { 'templates/hook.yaml': endlessHook('pre-upgrade') });
    const tools = await releaseTools();
    await deployRelease(tools, wanted({ word: 'value-canary', secret: 'database' }), signal);
    const controller = new AbortController();
    const settled = deployRelease(
      tools,
      wanted({ word: 'value-canary', endless: true }),
      controller.signal,
    ).catch(() => null);
    await until('Helm runs', () => helms(tools.cacheFolder).length === 1);
    const seen = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => readQuietly(`/proc/${pid}/cmdline`));
    const [helm] = helms(tools.cacheFolder);
    const environment = readQuietly(`/proc/${helm?.pid}/environ`);
    controller.abort(new Error('enough'));
    await settled;
    expect(seen.join('\n')).toContain(`upgrade\0${release}`);
    expect(seen.join('\n')).not.toMatch(/(?:value|secret|env)-canary/);
    expect(environment).toContain('HELM_KUBEASUSER');
    expect(environment).not.toContain('canary');
    const secrets = await releaseSecrets(namespace, release);
    const payloads = secrets.map((secret) => payloadOf(secret.data?.['release'] ?? ''));
    expect(payloads.join('\n')).toContain('value-canary');
    expect(payloads.join('\n')).not.toMatch(/(?:secret|env)-canary/);
  });
});

describe('deployRelease is refused', () => {
  test.each([
    {
      number: 2020,
      name: 'a cluster role',
      template: 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: evil-2013}\n',
      says: /clusterroles.*forbidden/s,
    },
    {
      number: 2021,
      name: 'an object in another namespace',
      template: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: evil, namespace: default}\n',
      says: /forbidden/,
    },
    {
      number: 2022,
      name: 'its own quota',
      template: 'apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: evil}\nspec: {hard: {pods: "1000"}}\n',
      says: /resourcequotas.*forbidden/s,
    },
    {
      number: 2023,
      name: 'a binding of a role',
      template: `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: evil}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: default, namespace: default}]
`,
      says: /rolebindings.*forbidden/s,
    },
    {
      number: 2024,
      name: 'a look at another preview’s secrets',
      template: '{{ if (lookup "v1" "Secret" "preview-2000" "").items }}{{ end }}',
      says: /secrets.*forbidden|cannot list resource "secrets".*preview-2000/s,
    },
    {
      number: 2025,
      name: 'a host that is not the preview’s',
      template: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: evil}
spec: {rules: [{host: app.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: a, port: {number: 80}}}}]}}]}
`,
      says: /app\.example\.com/,
    },
    {
      number: 2026,
      name: 'a port on every node',
      template:
        'apiVersion: v1\nkind: Service\nmetadata: {name: evil}\nspec: {type: NodePort, ports: [{port: 80}]}\n',
      says: /ClusterIP/,
    },
  ])('$name, and a better chart gets through afterwards', async ({ number, template, says }) => {
    const namespace = await previewNamespace(number);
    const tools = await releaseTools();
    const hostile = await wantedIn(namespace, { 'templates/evil.yaml': template });
    const error: unknown = await deployRelease(tools, hostile({ word: 'x' }), signal).catch(
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(HelmError);
    expect(error).toMatchObject({ type: 'AdmissionDenied', detail: saying(says) });
    const good = await wantedIn(namespace);
    expect(await deployRelease(tools, good({ word: 'x' }), signal)).toMatchObject({ changed: true });
  });

  test('by a schema, in the schema’s words', async () => {
    const namespace = await previewNamespace(2014);
    const schema = '{"properties": {"word": {"type": "integer"}}}';
    const wanted = await wantedIn(namespace, { 'values.schema.json': schema });
    const deployed = deployRelease(await releaseTools(), wanted({ word: 'x' }), signal);
    await expect(deployed).rejects.toMatchObject({
      type: 'ChartInvalid',
      detail: saying(/\/word.*want integer/s),
    });
  });

  test('where the worker has no rights', async () => {
    const wanted = { ...(await wantedIn('kube-system'))({}), namespace: 'kube-system' };
    const deployed = deployRelease(await releaseTools(), wanted, signal);
    await expect(deployed).rejects.toMatchObject({ type: 'ClusterDenied', nonRetryable: true });
  });
});

test('an API server that is away is told as such, and may be tried again', async () => {
  const config = loadKubeConfig(workerKubeconfig());
  const text = config.exportConfig().replaceAll(/https:\/\/[\d.]+:\d+/g, 'https://127.0.0.1:9');
  const file = `${await temporaryFolder()}/config`;
  await writeFile(file, text);
  const cacheFolder = await temporaryFolder();
  const helm = createHelm({ executable: helmExecutable(), kubeconfig: file, cacheFolder });
  const wanted = (await wantedIn('preview-2015'))({});
  const upgraded = helm.upgrade({ ...wanted, description: 'x' }, signal);
  await expect(upgraded).rejects.toMatchObject({ type: 'ClusterUnavailable' });
  const releases = createReleases(createKubernetesClients(loadKubeConfig(file)).worker);
  await expect(releases.latest(wanted, signal)).rejects.toMatchObject({
    type: 'ClusterUnavailable',
    nonRetryable: false,
  });
});

async function uidOf(namespace: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/configmaps/${release}`;
  const object = await workerClients().worker.json<{ metadata: { uid: string } }>(
    { method: 'GET', path },
    signal,
  );
  return object.metadata.uid;
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
