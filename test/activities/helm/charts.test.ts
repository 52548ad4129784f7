import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import type { ChartLocation, Charts, ChartsOptions } from '../../../activities/helm/charts.ts';
import { createCharts } from '../../../activities/helm/charts.ts';
import { createHelm } from '../../../activities/helm/helm.ts';
import type { RegistryConfig } from '../../../domain/config.ts';
import { helmExecutable, saying, temporaryFolder, workerKubeconfig, writeFiles } from './support.ts';

const { signal } = new AbortController();
const repository = 'http://127.0.0.1';

function chartFiles(name: string, more = ''): Record<string, string> {
  return {
    [`${name}/Chart.yaml`]: `apiVersion: v2\nname: ${name}\nversion: 1.2.3\n${more}`,
    [`${name}/values.yaml`]: 'word: default\nnested: {a: [1]}\n',
    [`${name}/templates/config.yaml`]: `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {word: {{ .Values.word | quote }}}\n`,
  };
}

async function charts(options: Partial<ChartsOptions> = {}): Promise<{
  locate: (...asked: Parameters<Charts['locate']>) => Promise<ChartLocation>;
  cacheFolder: string;
}> {
  const cacheFolder = await temporaryFolder();
  const made = createCharts({ executable: helmExecutable(), registries: [], ...options, cacheFolder });
  return { locate: (...asked) => made.locate(...asked), cacheFolder };
}

async function helm(...words: string[]): Promise<string> {
  const home = await temporaryFolder();
  const { stdout } = await execa(helmExecutable(), words, { extendEnv: false, env: { HOME: home } });
  return stdout;
}

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `${repository}:${(server.address() as AddressInfo).port}`;
}

/** A chart repository with the chart `lib` 1.2.3; counts what is asked for. */
async function chartRepository(): Promise<{ url: string; asked: string[] }> {
  const folder = await temporaryFolder();
  await writeFiles(folder, chartFiles('lib'));
  await helm('package', join(folder, 'lib'), '--destination', folder);
  await helm('repo', 'index', folder);
  const asked: string[] = [];
  const url = await serve((request, response) => {
    asked.push(request.url ?? '');
    readFile(join(folder, request.url ?? '')).then(
      (file) => response.end(file),
      () => response.writeHead(404).end(),
    );
  });
  return { url, asked };
}

function plainRegistry(host: string, url: string): RegistryConfig {
  return { host, url, pullSecret: null, deleteImages: false };
}

async function rendered(path: string): Promise<string> {
  const cacheFolder = await temporaryFolder();
  const made = createHelm({ executable: helmExecutable(), kubeconfig: workerKubeconfig(), cacheFolder });
  const chart = { path, identity: 'x' };
  return JSON.stringify(await made.template({ chart, release: 'r', namespace: 'n', values: {} }, signal));
}

describe('a chart at a path', () => {
  test('is laid out with its defaults, and is another when a file changes', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, chartFiles('app'));
    const { locate } = await charts();
    const source = { kind: 'path', path: 'app' } as const;
    const one = await locate(source, folder, signal);
    expect(one.defaults).toEqual({ word: 'default', nested: { a: [1] } });
    expect(one.identity).toMatch(/^path app tree:[0-9a-f]{64}$/);
    expect(await rendered(one.path)).toContain('"word":"default"');
    expect(await locate(source, folder, signal)).toEqual(one);
    await writeFile(join(folder, 'app/values.yaml'), 'word: changed\n');
    const other = await locate(source, folder, signal);
    expect(other.identity).not.toBe(one.identity);
    expect(await rendered(other.path)).toContain('"word":"changed"');
    expect(await rendered(one.path)).toContain('"word":"default"');
  });

  test('is laid out once when asked for many times at once', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, chartFiles('app'));
    const { locate, cacheFolder } = await charts();
    const found = await Promise.all(
      Array.from({ length: 10 }, () => locate({ kind: 'path', path: './app/' }, folder, signal)),
    );
    expect(new Set(found.map(({ path }) => path)).size).toBe(1);
    expect(await readdir(join(cacheFolder, 'charts'))).toHaveLength(1);
  });

  test.each(['../app', '/etc', 'app/../../x', 'a\\b'])(
    'is refused outside the repository: %s',
    async (path) => {
      const { locate } = await charts();
      const located = locate({ kind: 'path', path }, await temporaryFolder(), signal);
      await expect(located).rejects.toMatchObject({ type: 'ChartInvalid', nonRetryable: true });
    },
  );

  test.each(['nothing', 'app/values.yaml', 'empty'])('that is none is not found: %s', async (path) => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { ...chartFiles('app'), 'empty/x': '' });
    const { locate } = await charts();
    const located = locate({ kind: 'path', path }, folder, signal);
    await expect(located).rejects.toMatchObject({ type: 'ChartNotFound', nonRetryable: true });
  });

  test('is refused when a link leads out of the repository, however deep', async () => {
    const outside = await temporaryFolder();
    await writeFiles(outside, { secret: 'canary', 'folder/x': '' });
    for (const target of [join(outside, 'secret'), join(outside, 'folder'), '/proc/self/environ']) {
      const folder = await temporaryFolder();
      await writeFiles(folder, chartFiles('app'));
      await symlink(target, join(folder, 'app/templates/evil'));
      const { locate } = await charts();
      const located = locate({ kind: 'path', path: 'app' }, folder, signal);
      await expect(located).rejects.toMatchObject({ type: 'ChartInvalid', message: saying(/leads out/) });
    }
  });

  test('follows links that stay inside, and refuses those that lead back', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { ...chartFiles('app'), 'shared/extra.yaml': 'apiVersion: v1\nkind: Extra\n' });
    await symlink('../../shared/extra.yaml', join(folder, 'app/templates/extra.yaml'));
    const { locate } = await charts();
    const source = { kind: 'path', path: 'app' } as const;
    expect(await rendered((await locate(source, folder, signal)).path)).toContain('"Extra"');
    await symlink('..', join(folder, 'app/templates/loop'));
    await expect(locate(source, folder, signal)).rejects.toMatchObject({ message: saying(/leads back/) });
  });

  test('gets its dependencies by its lock, from a copy, without adding a repository', async () => {
    const { url } = await chartRepository();
    const folder = await temporaryFolder();
    await writeFiles(
      folder,
      chartFiles('app', `dependencies: [{name: lib, version: ^1.0.0, repository: "${url}"}]\n`),
    );
    await helm('dependency', 'update', join(folder, 'app'));
    await rm(join(folder, 'app/charts'), { recursive: true });
    const { locate } = await charts();
    const { path } = await locate({ kind: 'path', path: 'app' }, folder, signal);
    expect(await rendered(path)).toContain('"name":"lib"');
    expect(await readdir(join(folder, 'app'))).not.toContain('charts');
  });

  test('gets dependencies from an OCI registry over plain HTTP, by its lock', async () => {
    const address = inject('stack').registry?.address ?? '';
    const folder = await temporaryFolder();
    await writeFiles(folder, chartFiles('lib'));
    await helm('package', join(folder, 'lib'), '--destination', folder);
    await helm('push', join(folder, 'lib-1.2.3.tgz'), `oci://${address}/test-helm`, '--plain-http');
    const from = `oci://${address}/test-helm`;
    await writeFiles(
      folder,
      chartFiles('app', `dependencies: [{name: lib, version: 1.2.3, repository: "${from}"}]\n`),
    );
    await helm('dependency', 'update', join(folder, 'app'), '--plain-http');
    await rm(join(folder, 'app/charts'), { recursive: true });
    const { locate } = await charts({ registries: [plainRegistry(address, `http://${address}`)] });
    expect(await rendered((await locate({ kind: 'path', path: 'app' }, folder, signal)).path)).toContain(
      '"name":"lib"',
    );
  });

  test('uses dependencies that lie in charts/ as they are', async () => {
    const folder = await temporaryFolder();
    const files = chartFiles(
      'app',
      'dependencies: [{name: lib, version: 1.2.3, repository: "file://../lib"}]\n',
    );
    await writeFiles(folder, files);
    await mkdir(join(folder, 'app/charts'));
    await writeFiles(join(folder, 'app/charts'), chartFiles('lib'));
    const { locate } = await charts();
    expect(await rendered((await locate({ kind: 'path', path: 'app' }, folder, signal)).path)).toContain(
      '"name":"lib"',
    );
  });

  test('is refused when its dependencies have no lock, one that is out of date, or another source', async () => {
    const { url } = await chartRepository();
    const { locate } = await charts();
    const refused = async (dependency: string, lock: string | null): Promise<unknown> => {
      const folder = await temporaryFolder();
      await writeFiles(folder, chartFiles('app', `dependencies: [${dependency}]\n`));
      if (lock !== null) await writeFiles(folder, { 'app/Chart.lock': lock });
      return locate({ kind: 'path', path: 'app' }, folder, signal).catch((error: unknown) => error);
    };
    const dependency = `{name: lib, version: ^1.0.0, repository: "${url}"}`;
    const stale = `dependencies: [${dependency.replace('^1.0.0', '1.2.3')}]\ndigest: sha256:0\n`;
    expect(await refused(dependency, null)).toMatchObject({
      type: 'ChartInvalid',
      message: saying(/no Chart\.lock/),
    });
    expect(await refused(dependency, stale)).toMatchObject({
      type: 'ChartInvalid',
      message: saying(/out of sync/),
    });
    const file = '{name: lib, version: 1.2.3, repository: "file:///etc"}';
    expect(await refused(file, `dependencies: [${file}]\n`)).toMatchObject({
      message: saying(/only https, http and oci/),
    });
  });

  test('says which file of it is no YAML', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { ...chartFiles('app'), 'app/values.yaml': 'a: [\n' });
    const { locate } = await charts();
    const located = locate({ kind: 'path', path: 'app' }, folder, signal);
    await expect(located).rejects.toMatchObject({
      type: 'ChartInvalid',
      message: saying(/values\.yaml of app/),
    });
  });
});

describe('a chart of a repository over HTTP', () => {
  test('is fetched once, by version', async () => {
    const { url, asked } = await chartRepository();
    const { locate } = await charts();
    const source = { kind: 'repository', url, name: 'lib', version: '1.2.3' } as const;
    const one = await locate(source, '/nowhere', signal);
    expect(one.identity).toMatch(/^repository http:\/\/127\.0\.0\.1:\d+ lib 1\.2\.3 archive:[0-9a-f]{64}$/);
    expect(one.defaults).toEqual({ word: 'default', nested: { a: [1] } });
    expect(await rendered(one.path)).toContain('"word":"default"');
    const before = asked.length;
    expect(await locate(source, '/nowhere', signal)).toEqual(one);
    expect(asked).toHaveLength(before);
  });

  test('is fetched well when asked for many times at once', async () => {
    const { url } = await chartRepository();
    const { locate } = await charts();
    const source = { kind: 'repository', url, name: 'lib', version: '1.2.3' } as const;
    const found = await Promise.all(Array.from({ length: 4 }, () => locate(source, '/nowhere', signal)));
    expect(new Set(found.map(({ identity }) => identity)).size).toBe(1);
  });

  test('that is not there is told apart from a repository that is not well', async () => {
    const { url } = await chartRepository();
    const { locate } = await charts();
    const source = { kind: 'repository', name: 'lib', version: '9.9.9' } as const;
    await expect(locate({ ...source, url }, '/', signal)).rejects.toMatchObject({
      type: 'ChartNotFound',
      message: saying(/version "9\.9\.9" not found/),
    });
    await expect(locate({ ...source, url: `${url}/none` }, '/', signal)).rejects.toMatchObject({
      type: 'ChartNotFound',
    });
    const unwell = await serve((_, response) => response.writeHead(500).end());
    const throttled = await serve((_, response) => response.writeHead(429).end());
    for (const away of [unwell, throttled, 'http://127.0.0.1:9']) {
      await expect(locate({ ...source, url: away }, '/', signal)).rejects.toMatchObject({
        type: 'RegistryUnavailable',
        nonRetryable: false,
      });
    }
    const closed = await serve((_, response) => response.writeHead(401).end());
    await expect(locate({ ...source, url: closed }, '/', signal)).rejects.toMatchObject({
      type: 'RegistryDenied',
    });
  });

  test('is refused with a range for a version, or another kind of address', async () => {
    const { locate } = await charts();
    const source = {
      kind: 'repository',
      url: 'https://charts.example',
      name: 'lib',
      version: '1.2.3',
    } as const;
    for (const wrong of [
      { version: '^1.0.0' },
      { version: '1' },
      { url: 'file:///etc' },
      { name: '--help' },
    ]) {
      await expect(locate({ ...source, ...wrong }, '/', signal)).rejects.toMatchObject({
        type: 'ChartInvalid',
      });
    }
  });

  test('leaves nothing half when it is cancelled', async () => {
    const url = await serve(() => undefined);
    const { locate, cacheFolder } = await charts();
    const controller = new AbortController();
    const located = locate(
      { kind: 'repository', url, name: 'lib', version: '1.2.3' },
      '/',
      controller.signal,
    );
    const settled = located.catch((error: unknown) => error);
    setTimeout(() => controller.abort(new Error('cancelled')), 300);
    expect(await settled).toMatchObject({ message: 'cancelled' });
    expect(await readdir(join(cacheFolder, 'charts'))).toEqual([]);
  });
});

describe('a chart of an OCI registry', () => {
  async function push(): Promise<string> {
    const address = inject('stack').registry?.address ?? '';
    const folder = await temporaryFolder();
    await writeFiles(folder, chartFiles('lib'));
    await helm('package', join(folder, 'lib'), '--destination', folder);
    await helm('push', join(folder, 'lib-1.2.3.tgz'), `oci://${address}/test-helm`, '--plain-http');
    return address;
  }

  test('is fetched over plain HTTP where the platform config says so', async () => {
    const address = await push();
    const { locate } = await charts({ registries: [plainRegistry(address, `http://${address}`)] });
    const source = { kind: 'oci', url: `oci://${address}/test-helm/lib`, version: '1.2.3' } as const;
    const found = await locate(source, '/nowhere', signal);
    expect(found.identity).toMatch(/^oci oci:\/\/.*\/test-helm\/lib 1\.2\.3 archive:[0-9a-f]{64}$/);
    expect(await rendered(found.path)).toContain('"word":"default"');
  });

  test('is fetched from a mirror under its own name', async () => {
    const address = await push();
    const { locate } = await charts({ registries: [plainRegistry('charts.example', `http://${address}`)] });
    const source = { kind: 'oci', url: 'oci://charts.example/test-helm/lib', version: '1.2.3' } as const;
    expect((await locate(source, '/nowhere', signal)).identity).toContain(
      'oci://charts.example/test-helm/lib',
    );
  });

  test('that is not there is told apart from a registry that is away', async () => {
    const address = await push();
    const { locate } = await charts({
      registries: [
        plainRegistry(address, `http://${address}`),
        plainRegistry('127.0.0.1:9', 'http://127.0.0.1:9'),
      ],
    });
    const source = { kind: 'oci', version: '9.9.9' } as const;
    const absent = locate({ ...source, url: `oci://${address}/test-helm/lib` }, '/', signal);
    await expect(absent).rejects.toMatchObject({ type: 'ChartNotFound', nonRetryable: true });
    const away = locate({ ...source, url: 'oci://127.0.0.1:9/test-helm/lib' }, '/', signal);
    await expect(away).rejects.toMatchObject({ type: 'RegistryUnavailable', nonRetryable: false });
  });

  test('gets the login by a file in its home, never by its arguments', async () => {
    const seen: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    });
    const host = new URL(url).host;
    const { locate, cacheFolder } = await charts({
      registries: [plainRegistry(host, url)],
      credentials: () => ({ username: 'me', password: 'canary' }),
    });
    const located = locate({ kind: 'oci', url: `oci://${host}/x/lib`, version: '1.2.3' }, '/', signal);
    await expect(located).rejects.toMatchObject({
      type: 'RegistryDenied',
      message: expect.not.stringContaining('canary') as string,
    });
    expect(seen).toContain(`Basic ${Buffer.from('me:canary').toString('base64')}`);
    const left = await readdir(cacheFolder, { recursive: true });
    expect(left.filter((name) => name.endsWith('config.json'))).toEqual([]);
  });
});
