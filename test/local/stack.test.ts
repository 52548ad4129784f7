import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Resolver } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubectlFor } from '../../local/cluster/kubectl.ts';
import type { Kubectl } from '../../local/cluster/kubectl.ts';
import { stackFolder } from '../../local/folders.ts';
import { ask } from '../../local/http.ts';
import { kwokPlacement } from '../../local/kwok.ts';
import { markedProcesses, stopProcess } from '../../local/process.ts';
import { ensureStack, killProcess, stackStatus, stopParts, stopStack } from '../../local/stack.ts';
import type { Part, Stack } from '../../local/stack.ts';
import type { ProcessIdentity } from '../../local/state.ts';
import { waitFor } from '../../local/wait.ts';
import { commandLine, hostSettings, listeningAddresses, tracesOf } from './traces.ts';

/** A whole second stack, so that the one the other tests share is left alone. */
const instance = 9;
const parts: Part[] = ['temporal', 'postgres', 'registry', 'cluster', 'ingress', 'github', 'kwok'];

let before: Record<string, string>;

beforeAll(async () => {
  await stopStack({ instance });
  before = await hostSettings();
});

afterAll(() => stopStack({ instance }));

describe('a stack', () => {
  let stack: Required<Stack>;
  let kubectl: Kubectl;

  beforeAll(async () => {
    stack = (await ensureStack({ instance, parts })) as Required<Stack>;
    kubectl = kubectlFor(stack.tools.kubectl!, stack.cluster.adminKubeconfig);
    // kwok is compiled for this file first
  }, 600_000);

  it('runs a pod whose image comes from its registry under the name of another', async () => {
    await kubectl(['apply', '-f', '-'], JSON.stringify(pod('real', { image: 'ghcr.io/pr-preview/pause:1' })));
    await kubectl(['wait', '--for=condition=Ready', 'pod/real', '--timeout=40s']);
    expect(await kubectl(['get', 'pod', 'real', '-o', 'jsonpath={.spec.nodeName}'])).toBe('node1');
  });

  it('simulates pods on nodes of their own, Ready or failing as they ask', async () => {
    const simulated = { ...kwokPlacement, image: 'ghcr.io/example/none:1' };
    const failing = { annotations: { 'kwok.pr-preview.io/fails': 'OOMKilled' }, ...simulated };
    const manifests = [pod('simulated', simulated), pod('failing', failing)].map((one) =>
      JSON.stringify(one),
    );
    await kubectl(['apply', '-f', '-'], manifests.join('\n---\n'));
    await kubectl(['wait', '--for=condition=Ready', 'pod/simulated', '--timeout=30s']);
    const reason = '{.status.containerStatuses[0].lastState.terminated.reason}';
    await kubectl(['wait', `--for=jsonpath=${reason}=OOMKilled`, 'pod/failing', '--timeout=30s']);
    expect(await kubectl(['get', 'pod', 'simulated', '-o', 'jsonpath={.spec.nodeName}'])).toMatch(/^kwok-/);
  });

  it('serves its own certificate over HTTPS for any host of the local domain', async () => {
    const url = `https://127.0.0.1:${stack.ingress.httpsPort}/`;
    const { caFile } = stack.ingress;
    expect(await ask(url, { caFile, servername: 'pr-1.preview.localhost' })).toMatchObject({ status: 404 });
    await expect(ask(url, { caFile, servername: 'pr-1.example.com' })).rejects.toThrow('altnames');
  });

  it('knows the names of the cluster, and none outside', async () => {
    const resolver = new Resolver({ timeout: 2000, tries: 3 });
    resolver.setServers(['10.250.9.1:53']);
    expect(await resolver.resolve4('kubernetes.default.svc.cluster.local')).toEqual(['10.105.0.1']);
    await expect(resolver.resolve4('example.com')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('keeps the daemons of its node alive, as a service manager would', async () => {
    for (const name of ['kubelet', 'containerd', 'kube-proxy']) {
      const killed = daemon(name);
      await stopProcess(killed!, { signal: 'SIGKILL' });
      await waitFor(async () => daemon(name) !== undefined, {
        what: `The return of ${name}`,
        timeoutMs: 15_000,
      });
      expect(daemon(name)).not.toEqual(killed);
    }
    await ensureStack({ instance, parts: ['cluster'] });
    await kubectl(['wait', '--for=condition=Ready', 'node/node1', '--timeout=30s']);
  });

  it('is used again as it is', async () => {
    const pids = await pidsByName();
    expect(await ensureStack({ instance, parts })).toEqual(stack);
    expect(await pidsByName()).toEqual(pids);
  });

  it('listens on loopback and on its own network only', () => {
    const addresses = listeningAddresses(instance);
    expect(addresses.length).toBeGreaterThan(15);
    expect(addresses.filter((address) => !/ (127\.0\.0\.1|10\.250\.9\.1) /.test(address))).toEqual([]);
  });

  it('shows no secret in the arguments of its processes', async () => {
    const shown = markedProcesses(stackFolder(instance)).map(({ pid }) => commandLine(pid));
    expect(shown.length).toBeGreaterThan(10);
    const secrets = await secretsOf(stack);
    expect(secrets.length).toBeGreaterThan(10);
    for (const secret of secrets) expect(shown.filter((line) => line.includes(secret))).toEqual([]);
  });

  it('lets the database admin create databases and roles, and be no superuser', async () => {
    const [role] = await query(
      stack.postgres.adminUrl,
      'SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user',
    );
    expect(role).toEqual({ rolsuper: false, rolcreatedb: true, rolcreaterole: true });
  });

  it('starts again what was killed, with its data', async () => {
    await query(stack.postgres.adminUrl, 'CREATE DATABASE kept');
    await kubectl(['create', 'namespace', 'kept']);
    const status = await stackStatus({ instance });
    for (const { name } of status!.processes) await killProcess(name, { instance });
    expect(await ensureStack({ instance, parts })).toEqual(stack);
    expect((await stackStatus({ instance }))!.processes.filter(({ alive }) => !alive)).toEqual([]);
    expect(
      await query(stack.postgres.adminUrl, "SELECT 1 AS one FROM pg_database WHERE datname = 'kept'"),
    ).toEqual([{ one: 1 }]);
    expect(await kubectl(['get', 'namespace', 'kept', '-o', 'name'])).toBe('namespace/kept');
    const tags = await ask(`http://${stack.registry.address}/v2/pr-preview/pause/tags/list`);
    expect(JSON.parse(tags.body)).toMatchObject({ tags: ['1'] });
    await kubectl(['wait', '--for=condition=Ready', 'pod/real', '--timeout=60s']);
  }, 120_000);

  it('stops one part and goes on with the others', async () => {
    await stopParts(['ingress'], { instance });
    const status = await stackStatus({ instance });
    expect(status!.stack.ingress).toBeUndefined();
    expect(status!.processes.map(({ part }) => part)).not.toContain('ingress');
    expect(status!.processes.every(({ alive }) => alive)).toBe(true);
  });

  it('of other versions is left alone, and says whose it is', async () => {
    const file = join(stackFolder(instance), 'state.json');
    const text = await readFile(file, 'utf8');
    const state = JSON.parse(text) as object;
    await writeFile(
      file,
      JSON.stringify({ ...state, versions: 'others', checkout: '/home/colleague/pr-preview' }),
    );
    try {
      await expect(ensureStack({ instance, parts: ['temporal'] })).rejects.toThrow(
        /^A local stack with other versions runs since .*, started from \/home\/colleague\/pr-preview: .*npm run stack -- down/,
      );
    } finally {
      await writeFile(file, text);
    }
  });

  it('is gone without a trace', async () => {
    await stopStack({ instance });
    expect(await tracesOf(instance)).toEqual([]);
    expect(await hostSettings()).toEqual(before);
  });
});

describe('a stack that met with an accident', () => {
  it('gets a new network, and a node in it, when its network is taken away', async () => {
    const stack = await ensureStack({ instance, parts: ['cluster'] });
    const node = (await pidsByName())['node'];
    await execa('ip', ['link', 'delete', 'pr-preview9']);
    await ensureStack({ instance, parts: ['cluster'] });
    expect((await pidsByName())['node']).not.toBe(node);
    const kubectl = kubectlFor(stack.tools.kubectl!, stack.cluster!.adminKubeconfig);
    expect(await kubectl(['get', '--raw', '/api/v1/nodes/node1/proxy/healthz'])).toBe('ok');
    await stopStack({ instance });
  }, 120_000);

  it.each([100, 400, 900, 1800, 3200])(
    'leaves nothing when its start is killed after %i ms',
    async (milliseconds) => {
      const starting = startElsewhere(['temporal', 'postgres', 'cluster', 'ingress']);
      await sleep(milliseconds);
      starting.kill('SIGKILL');
      await stopStack({ instance });
      expect(await tracesOf(instance)).toEqual([]);
      expect(await hostSettings()).toEqual(before);
    },
  );

  it('comes up after its start was interrupted', async () => {
    const starting = startElsewhere(['cluster']);
    await sleep(1500);
    starting.kill('SIGINT');
    await once(starting, 'exit');
    const stack = await ensureStack({ instance, parts: ['cluster'] });
    const kubectl = kubectlFor(stack.tools.kubectl!, stack.cluster!.workerKubeconfig);
    expect(await kubectl(['auth', 'can-i', 'create', 'namespaces'])).toBe('yes');
  }, 120_000);

  it('leaves nothing when all its processes are killed at once', async () => {
    await ensureStack({ instance, parts: ['postgres', 'cluster'] });
    const all = markedProcesses(stackFolder(instance));
    expect(all.length).toBeGreaterThan(8);
    await Promise.all(all.map((process) => stopProcess(process, { signal: 'SIGKILL' })));
    await stopStack({ instance });
    expect(await tracesOf(instance)).toEqual([]);
    expect(await hostSettings()).toEqual(before);
  }, 120_000);

  it('comes up once when two start it at the same time', async () => {
    const others = [startElsewhere(['temporal', 'registry']), startElsewhere(['registry', 'postgres'])];
    const codes = await Promise.all(others.map((other) => once(other, 'exit')));
    expect(codes).toEqual([
      [0, null],
      [0, null],
    ]);
    const names = (await stackStatus({ instance }))!.processes.map(({ name }) => name);
    expect(names.toSorted()).toEqual(['postgres', 'registry', 'temporal']);
  }, 120_000);
});

/** Starts parts from another process, which can be killed. */
function startElsewhere(wanted: Part[]): ChildProcess {
  const module = new URL('../../local/stack.ts', import.meta.url).href;
  const script = `import { ensureStack } from '${module}'; await ensureStack(${JSON.stringify({ instance, parts: wanted })});`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

function pod(
  name: string,
  options: { image: string; annotations?: object; nodeSelector?: object; tolerations?: readonly object[] },
) {
  const { image, annotations = {}, ...placement } = options;
  const spec = { containers: [{ name: 'main', image }], terminationGracePeriodSeconds: 0, ...placement };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, annotations }, spec };
}

function daemon(name: string): ProcessIdentity | undefined {
  return markedProcesses(stackFolder(instance)).find(({ pid }) =>
    commandLine(pid).split(' ')[0]?.endsWith(`/${name}`),
  );
}

async function pidsByName(): Promise<Record<string, number>> {
  const status = await stackStatus({ instance });
  return Object.fromEntries(status!.processes.map(({ name, pid }) => [name, pid]));
}

async function secretsOf(stack: Required<Stack>): Promise<string[]> {
  const tokens = await readFile(join(stackFolder(instance), 'cluster', 'tokens.csv'), 'utf8');
  const passwords = [stack.postgres.superuserUrl, stack.postgres.adminUrl].map(
    (url) => new URL(url).password,
  );
  return [
    ...passwords,
    stack.github.token,
    ...tokens
      .trim()
      .split('\n')
      .map((line) => line.split(',')[0]!),
  ];
}

async function query(url: string, sql: string): Promise<object[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as object[];
  } finally {
    await client.end();
  }
}
