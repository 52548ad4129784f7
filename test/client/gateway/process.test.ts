import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { platformText } from '../../worker/worker-process.ts';
import { until } from '../../workflows/environment.ts';
import { temporalEnv } from '../command-line.ts';
import type { EventScene } from '../events/scene.ts';
import { eventScenes } from '../events/scene.ts';
import { pullRequestPayload } from '../events/payloads.ts';
import { deliver, webhookSecret } from './gateways.ts';
import { freePort } from '../../support/free-port.ts';

const { scene, gitHub } = eventScenes();
const main = fileURLToPath(new URL('../../../client/gateway.ts', import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pr-preview-gateway-'));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));
afterEach(async () => await gitHub().control.clearFaults());

interface Running {
  readonly url: string;
  readonly output: () => string;
  readonly lines: () => { msg: string; level: string; reason?: string }[];
  readonly ask: (path: string) => Promise<number>;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly code: Promise<number | undefined>;
}

/** Starts the gateway as a process of its own, with nothing of our environment but what it needs. */
function start(env: Record<string, string>, port: number): Running {
  const { PATH = '', HOME = '' } = process.env;
  const running = execa(process.execPath, [main], {
    env: { PATH, HOME, ...env, PREVIEW_GATEWAY_ADDRESS: `127.0.0.1:${port}` },
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    reject: false,
  });
  let output = '';
  running.all.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    output: () => output,
    lines: () =>
      output
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as { msg: string; level: string; reason?: string }),
    ask: async (path) => (await fetch(`${url}${path}`)).status,
    kill: (signal) => void running.kill(signal),
    code: running.then(({ exitCode }) => exitCode),
  };
}

async function environment(own: EventScene, platform = platformText): Promise<Record<string, string>> {
  const file = join(folder, `${own.taskQueue}.yaml`);
  await writeFile(file, platform.replace('example/videocall', own.repository));
  return {
    ...temporalEnv(own.taskQueue),
    PREVIEW_PLATFORM_CONFIG: file,
    GITHUB_TOKEN: gitHub().token,
    GITHUB_API_URL: gitHub().url,
    GITHUB_WEBHOOK_SECRET: webhookSecret,
    PREVIEW_GATEWAY_URL: 'https://previews.example.com',
  };
}

describe('a gateway that starts', () => {
  it('is ready, tells Temporal, ends what runs on SIGTERM, and ends with 0', async () => {
    const own = await scene();
    const gateway = start(await environment(own), await freePort());
    await until(
      async () => await gateway.ask('/readyz'),
      (status) => status === 200,
      'the gateway being ready',
    );
    expect(await gateway.ask('/healthz')).toBe(200);
    const opened = { name: 'pull_request', payload: pullRequestPayload('opened', own.source) };
    expect((await deliver(gateway.url, opened)).status).toBe(202);
    // one that is under way when the signal comes
    await gitHub().control.addFault({ method: 'GET', path: '/collaborators/', delayMs: 2_000 });
    const { payload } = await own.comment('alice', '/preview close');
    const underWay = deliver(gateway.url, { name: 'issue_comment', payload });
    await until(
      async () => await gitHub().control.requests(),
      (requests) => requests.some(({ path }) => path.includes('/collaborators/')),
      'the question of the command',
    );
    gateway.kill('SIGTERM');
    expect((await underWay).status).toBe(202);
    expect(await gateway.code).toBe(0);
    expect(await own.told()).toEqual([
      `push {"sha":"${own.source.sha}","reason":"event"}`,
      'close {"reason":"command","by":"alice"}',
    ]);
    expect(gateway.lines().map(({ msg }) => msg)).toContain('gateway is listening');
    expect(gateway.lines().at(-1)).toMatchObject({ level: 'info', msg: 'gateway has ended' });
    for (const secret of [gitHub().token, webhookSecret, 'sha256='])
      expect(gateway.output()).not.toContain(secret);
  });

  it('while Temporal is away is alive, not ready, and answers deliveries with 503', async () => {
    const own = await scene();
    const env = { ...(await environment(own)), TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const gateway = start(env, await freePort());
    await until(
      async () => await gateway.ask('/healthz'),
      (status) => status === 200,
      'the gateway being alive',
    );
    expect(await gateway.ask('/readyz')).toBe(503);
    const told = await (await fetch(`${gateway.url}/readyz`)).json();
    expect(told).toEqual({ ready: false, reason: 'Temporal does not answer' });
    const opened = { name: 'pull_request', payload: pullRequestPayload('opened', own.source) };
    expect(await deliver(gateway.url, opened)).toMatchObject({
      status: 503,
      body: { error: { code: 'temporal-away' } },
    });
    gateway.kill('SIGINT');
    expect(await gateway.code).toBe(0);
  });
});

describe('a gateway that must not start', () => {
  it('says every reason on a line of its own and ends with 2', async () => {
    const gateway = start({ PREVIEW_LOG_LEVEL: 'loud' }, await freePort());
    expect(await gateway.code).toBe(2);
    expect(gateway.lines().map(({ msg }) => msg.split(':')[1])).toEqual([
      ' PREVIEW_PLATFORM_CONFIG is not set',
      ' PREVIEW_LOG_LEVEL must be one of trace, debug, info, warn, error, not "loud"',
      ' neither GITHUB_WEBHOOK_SECRET nor PREVIEW_GATEWAY_URL is set',
      ' GITHUB_TOKEN is not set',
    ]);
  });

  it.each([
    [
      'a platform config with faults',
      { platform: 'domain: [1]\n' },
      /repositories: Expected a list; it is missing/,
    ],
    [
      'no platform config',
      { PREVIEW_PLATFORM_CONFIG: '/no/such.yaml' },
      /cannot read \/no\/such.yaml: there is none/,
    ],
    [
      'no address of Temporal',
      { TEMPORAL_ADDRESS: 'http://x' },
      /Temporal's connection settings cannot be read/,
    ],
  ])('ends with 2 for %s', async (_, { platform, ...env }: Record<string, string>, reason) => {
    const own = await scene();
    const gateway = start({ ...(await environment(own, platform)), ...env }, await freePort());
    expect(await gateway.code).toBe(2);
    expect(gateway.output()).toMatch(reason);
    expect(gateway.output()).not.toContain('    at ');
  });

  it('ends with 2 where somebody else listens', async () => {
    const own = await scene();
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const gateway = start(await environment(own), port);
    expect(await gateway.code).toBe(2);
    expect(gateway.output()).toContain(`EADDRINUSE`);
    server.close();
  });
});
