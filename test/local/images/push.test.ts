import { createServer, request } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { imageOf } from '../../../local/images/image.ts';
import type { Image } from '../../../local/images/image.ts';
import { layerOf } from '../../../local/images/layer.ts';
import { pushImage } from '../../../local/images/push.ts';
import { freePort, startRegistry } from './registry-process.ts';
import type { TestRegistry } from './registry-process.ts';

interface Proxy {
  address: string;
  seen: string[];
  server: Server;
}

describe('Pushing an image', () => {
  let registry: TestRegistry;
  let folder: string;
  let image: Image;
  const proxies: Server[] = [];

  beforeAll(async () => {
    registry = await startRegistry();
    folder = await mkdtemp(join(tmpdir(), 'pr-preview-push-'));
    const content = Buffer.from('#!/bin/sh\n');
    const layers = [await layerOf([{ path: '/program', content, executable: true }], folder)];
    image = imageOf({
      layers,
      entrypoint: ['/program'],
      labels: { 'org.opencontainers.image.revision': 'abc' },
    });
  }, 120_000);
  afterAll(async () => {
    for (const proxy of proxies) proxy.close();
    await registry.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('makes its tag name the digest that is answered', async () => {
    const digest = await pushImage(image, {
      registry: registry.address,
      repository: 'test/one',
      tag: 'pr-1',
    });
    const response = await fetch(`http://${registry.address}/v2/test/one/manifests/pr-1`, {
      headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
    });
    expect(digest).toBe(image.digest);
    expect(response.headers.get('docker-content-digest')).toBe(digest);
  });

  test('accepts a registry written as a URL', async () => {
    const to = { registry: `http://${registry.address}/`, repository: 'test/url', tag: 'pr-1' };
    expect(await pushImage(image, to)).toBe(image.digest);
  });

  test('uploads nothing that the registry has', async () => {
    const proxy = await startProxy(() => undefined);
    const to = { registry: proxy.address, repository: 'test/twice', tag: 'pr-1' };
    await pushImage(image, to);
    expect(proxy.seen.filter((line) => line.startsWith('POST'))).toHaveLength(2);
    proxy.seen.length = 0;
    await pushImage(image, { ...to, tag: 'pr-2' });
    expect(proxy.seen.filter((line) => !line.startsWith('HEAD'))).toEqual([
      'PUT /v2/test/twice/manifests/pr-2',
    ]);
  });

  test('goes on when the registry is busy for a moment', async () => {
    let refusals = 2;
    const proxy = await startProxy(() => (refusals-- > 0 ? 503 : undefined));
    const to = { registry: proxy.address, repository: 'test/busy', tag: 'pr-1' };
    expect(await pushImage(image, to)).toBe(image.digest);
  });

  test('is refused at once, with the registry’s words, when it asks for what cannot be', async () => {
    const proxy = await startProxy(() => undefined);
    const to = { registry: proxy.address, repository: 'Not/Lower', tag: 'pr-1' };
    await expect(pushImage(image, to)).rejects.toThrow(/Could not push Not\/Lower:pr-1 .* 4\d\d/);
    expect(proxy.seen.length).toBeLessThanOrEqual(4);
  });

  test('says where it looked when no registry answers', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    await expect(
      pushImage(image, { registry: address, repository: 'test/away', tag: 'pr-1' }),
    ).rejects.toThrow(`Could not push test/away:pr-1 to the registry at ${address}: it does not answer`);
  });

  /** Passes requests on to the registry, unless the rule answers a status of its own. */
  async function startProxy(rule: () => number | undefined): Promise<Proxy> {
    const port = await freePort();
    const seen: string[] = [];
    const server = createServer((incoming, outgoing) => {
      seen.push(`${incoming.method} ${incoming.url}`);
      const status = rule();
      if (status !== undefined) {
        incoming.resume();
        outgoing.writeHead(status).end();
        return;
      }
      const [host = '', target = ''] = registry.address.split(':');
      const { method, url, headers } = incoming;
      const passed = request({ host, port: Number(target), method, path: url, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      incoming.pipe(passed);
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    proxies.push(server);
    return { address: `127.0.0.1:${port}`, seen, server };
  }
});
