import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { x as unpack } from 'tar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildExampleImages, buildPauseImage } from '../../../local/images/index.ts';
import type { ExampleService, PushedImage } from '../../../local/images/index.ts';
import { silentProgress as progress } from '../../../local/progress.ts';
import { freePort, startRegistry } from './registry-process.ts';
import type { TestRegistry } from './registry-process.ts';

interface Config {
  architecture: string;
  os: string;
  config: { User: string; Env: string[]; Entrypoint: string[]; Labels: Record<string, string> };
}

const commit = 'a'.repeat(40);
const next = 'b'.repeat(40);
const built = ['websocket', 'meeting-api', 'ui'] as const;

describe('The example’s images', () => {
  let registry: TestRegistry;
  let folder: string;
  let images: Record<ExampleService, PushedImage>;

  beforeAll(async () => {
    registry = await startRegistry();
    folder = await mkdtemp(join(tmpdir(), 'pr-preview-images-'));
    images = await buildExampleImages({ registry: registry.address, commit, tag: 'pr-1', progress });
  }, 300_000);
  afterAll(async () => {
    await registry.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('are the same, by digest, when they are built again from the same commit, even at once', async () => {
    const options = { registry: registry.address, commit, tag: 'pr-1', progress };
    const both = await Promise.all([buildExampleImages(options), buildExampleImages(options)]);
    expect(both).toEqual([images, images]);
  });

  test('of another commit are others, and nats stays what it is', async () => {
    const options = { registry: registry.address, commit: next, tag: 'pr-1', progress };
    const others = await buildExampleImages({ ...options, services: built });
    for (const service of built) {
      expect(others[service]).toMatchObject({ repository: images[service].repository, tag: 'pr-1' });
      expect(others[service].digest).not.toBe(images[service].digest);
    }
    const { nats } = await buildExampleImages({ ...options, services: ['nats'] });
    expect(nats).toEqual(images.nats);
  });

  test.each(built)('say of %s which commit it is, and for which machine', async (service) => {
    const config = await configOf(images[service]);
    expect(config).toMatchObject({ os: 'linux', architecture: process.arch === 'arm64' ? 'arm64' : 'amd64' });
    expect(config.config.Labels['org.opencontainers.image.revision']).toBe(commit);
    expect(config.config.Env).toContain(`GIT_SHA=${commit}`);
  });

  test('run as a numeric user who is not root, all of them', async () => {
    for (const image of Object.values(images)) {
      expect((await configOf(image)).config.User).toMatch(/^[1-9]\d+:[1-9]\d+$/);
    }
  });

  test('name nats by the version of the server inside', async () => {
    const root = await unpacked(images.nats);
    const { stdout } = await execa(join(root, 'nats-server'), ['--version']);
    expect(stdout).toContain(`v${images.nats.tag}`);
  });

  test('hold programs that need no libraries, and that know the commit', async () => {
    const { child, url } = await run(images.ui);
    const version = await eventually(async () => (await fetch(`${url}/version`)).json());
    child.kill('SIGTERM');
    expect(version).toEqual({ service: 'ui', git_sha: commit });
    expect((await child).exitCode).toBe(0);
  });

  test('keep serving for a moment after SIGTERM, so that no request is lost while a pod leaves', async () => {
    const { child, url } = await run(images.ui);
    await eventually(async () => (await fetch(`${url}/healthz`)).ok);
    const stopped = child.then(() => Date.now());
    child.kill('SIGTERM');
    let served = Date.now();
    for (;;) {
      const answer = await fetch(`${url}/healthz`, { headers: { connection: 'close' } }).catch(
        () => undefined,
      );
      if (!answer?.ok) break;
      served = Date.now();
    }
    expect((await stopped) - served).toBeLessThan(1000);
    expect((await child).durationMs).toBeGreaterThan(2500);
  });

  test('can be told to fail, by a setting of the image', async () => {
    const options = { registry: registry.address, commit, tag: 'pr-2', progress };
    const { ui: crashing } = await buildExampleImages({
      ...options,
      services: ['ui'],
      faults: { ui: 'crash-on-start' },
    });
    const crash = await (await run(crashing)).child;
    expect(crash).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('FAULT=crash-on-start') });

    const { ui: foreign } = await buildExampleImages({
      ...options,
      services: ['ui'],
      faults: { ui: 'wrong-commit' },
    });
    const { child, url } = await run(foreign);
    expect(await eventually(async () => (await fetch(`${url}/version`)).json())).toMatchObject({
      git_sha: '0'.repeat(40),
    });
    child.kill('SIGKILL');
    await child;
    expect((await configOf(foreign)).config.Labels['org.opencontainers.image.revision']).toBe(commit);
  });

  test('have a pause image beside them, which sleeps until it is told to stop', async () => {
    const reference = await buildPauseImage({ registry: registry.address, progress });
    expect(reference).toBe(`${registry.address}/pr-preview/pause:1`);
    const root = await unpacked({ repository: 'ghcr.io/pr-preview/pause', tag: '1' });
    const child = execa(join(root, 'pause'), { reject: false, timeout: 300, killSignal: 'SIGTERM' });
    expect(await child).toMatchObject({ timedOut: true, exitCode: 0 });
  });

  async function get(path: string): Promise<Response> {
    const headers = { accept: 'application/vnd.oci.image.manifest.v1+json' };
    const response = await fetch(`http://${registry.address}/v2/${path}`, { headers });
    expect(response.status, path).toBe(200);
    return response;
  }

  async function manifestOf(image: Pick<PushedImage, 'repository' | 'tag'> & { digest?: string }) {
    const repository = image.repository.replace('ghcr.io/', '');
    const manifest = (await (await get(`${repository}/manifests/${image.digest ?? image.tag}`)).json()) as {
      config: { digest: string };
      layers: { digest: string }[];
    };
    return { repository, manifest };
  }

  async function configOf(image: PushedImage): Promise<Config> {
    const { repository, manifest } = await manifestOf(image);
    return (await (await get(`${repository}/blobs/${manifest.config.digest}`)).json()) as Config;
  }

  /** A folder with the image's files. */
  async function unpacked(
    image: Pick<PushedImage, 'repository' | 'tag'> & { digest?: string },
  ): Promise<string> {
    const { repository, manifest } = await manifestOf(image);
    const root = await mkdtemp(join(folder, 'root-'));
    for (const { digest } of manifest.layers) {
      const data = Buffer.from(await (await get(`${repository}/blobs/${digest}`)).arrayBuffer());
      await new Promise<void>((resolve, reject) => {
        const stream = unpack({ cwd: root });
        stream.on('close', resolve).on('error', reject).end(data);
      });
    }
    return root;
  }

  /** Runs an image's program with the image's environment and nothing else, as far as that goes without a container. */
  async function run(image: PushedImage) {
    const { config } = await configOf(image);
    const root = await unpacked(image);
    const address = `127.0.0.1:${await freePort()}`;
    const env = Object.fromEntries(
      config.Env.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
    );
    const child = execa(join(root, config.Entrypoint[0]!), {
      env: { ...env, LISTEN_ADDR: address },
      extendEnv: false,
      reject: false,
      timeout: 20_000,
    });
    return { child, url: `http://${address}` };
  }

  async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
    const deadline = Date.now() + 10_000;
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
});
