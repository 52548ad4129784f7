import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodes } from '../../client/exit-codes.ts';
import { until } from '../workflows/environment.ts';
import { preview, previewJson, temporalEnv } from './command-line.ts';

const commands: string[][] = [
  ['deploy', 'example/app#7'],
  ['deploy', 'example/app#7', '--wait'],
  ['status', 'example/app#7'],
  ['close', 'example/app#7'],
  ['extend', 'example/app#7', '2d'],
  ['cancel', 'example/app#7'],
  ['reset', 'example/app#7', '--wait'],
  ['approve', 'example/app#7', 'a'.repeat(40)],
  ['list'],
];

/** A server that takes connections and never says a word. */
async function silentServer(): Promise<{ address: string; close: () => void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** A server that speaks HTTP/2 and knows nothing of Temporal. */
async function anotherServer(): Promise<{ address: string; close: () => void }> {
  const server = createHttp2Server((_, answer) => {
    answer.statusCode = 404;
    answer.end();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => void server.close(),
  };
}

describe('exit codes', () => {
  it('are all different', () => {
    expect(new Set(Object.values(exitCodes)).size).toBe(Object.keys(exitCodes).length);
  });

  it('are all listed in the help', async () => {
    const { code, stdout } = await preview(['--help']);
    expect(code).toBe(0);
    for (const value of Object.values(exitCodes)) expect(stdout).toMatch(new RegExp(`^  ${value} `, 'm'));
  });
});

describe('when Temporal is away', () => {
  it.each(commands)('%s ends with 4 in one line that says where it was looked for', async (...words) => {
    const { code, stdout, stderr, tookMs } = await preview([...words, '--timeout', '2s'], {
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    });
    expect(code).toBe(4);
    expect(stdout).toBe('');
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^preview: Temporal at 127\.0\.0\.1:1, namespace default does not answer/),
    ]);
    expect(tookMs).toBeLessThan(8_000);
  });

  it('a server that keeps silent is given up after the deadline', async () => {
    const server = await silentServer();
    try {
      const env = { TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: 'previews' };
      const { code, json, tookMs } = await previewJson<object>(
        ['status', 'example/app#7', '--timeout', '2s'],
        env,
      );
      expect(code).toBe(4);
      expect(json).toEqual({
        error: {
          code: 'temporalAway',
          exitCode: 4,
          message: expect.stringContaining(
            `Temporal at ${server.address}, namespace previews does not answer`,
          ) as string,
        },
      });
      expect(tookMs).toBeGreaterThan(1_900);
      expect(tookMs).toBeLessThan(8_000);
    } finally {
      server.close();
    }
  });

  it.each([['list'], ['status', 'example/app#7'], ['extend', 'example/app#7'], ['cancel', 'example/app#7']])(
    'another server that listens in its place is told as such: %s',
    async (...words) => {
      const server = await anotherServer();
      try {
        const { code, stderr } = await preview([...words, '--timeout', '2s'], {
          TEMPORAL_ADDRESS: server.address,
        });
        expect(stderr).toContain(`Temporal at ${server.address}, namespace default is no Temporal`);
        expect(code).toBe(4);
      } finally {
        server.close();
      }
    },
  );

  it('a namespace that does not exist is named', async () => {
    const env = { ...temporalEnv('nobody'), TEMPORAL_NAMESPACE: 'no-such-namespace' };
    const { code, stderr } = await preview(['list'], env);
    expect(code).toBe(4);
    expect(stderr).toContain('no-such-namespace');
  });
});

describe('when Temporal is not set up', () => {
  const namespace = `pr-preview-cli-${Date.now()}`;
  const env = (): Record<string, string> => ({ ...temporalEnv('nobody'), TEMPORAL_NAMESPACE: namespace });
  let connection: Connection;
  beforeAll(async () => {
    connection = await Connection.connect({ address: env()['TEMPORAL_ADDRESS'] ?? '' });
    const day = { seconds: 86_400 as unknown as Long };
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: day });
    // the server's caches take a moment to know a new namespace
    await until(
      async () => await preview(['list'], env()),
      ({ code }) => code === 0,
      'the new namespace',
    );
  });
  afterAll(async () => {
    await connection.operatorService.deleteNamespace({ namespace });
    await connection.close();
  });

  it.each([
    [['list', '--repository', 'example/app']],
    [['deploy', 'example/app#7']],
    [['approve', 'example/app#7', 'a'.repeat(40)]],
  ])('%j ends with 3 and says what sets it up', async (words) => {
    const { code, stderr } = await preview(words, env());
    expect(stderr).toMatch(
      /^preview: Temporal at .* is not set up for previews: .*Preview(Repo|Pr).*"preview setup" does that/,
    );
    expect(code).toBe(3);
  });
});

describe('a mistake of the person', () => {
  it.each([
    [[], 'Usage: preview'],
    [['depoly', 'example/app#7'], "unknown command 'depoly'"],
    [['delete', 'example/app#7', '--yes'], "unknown command 'delete' (it is called close)"],
    [['delete', '--help'], "unknown command 'delete' (it is called close)"],
    [['watch', 'example/app#7'], "unknown command 'watch' (it is called deploy --wait)"],
    [['deploy'], "missing required argument 'pull-request'"],
    [['deploy', 'example/app#7', '--what'], "unknown option '--what'"],
    [['deploy', 'example'], 'wanted a pull request such as owner/name#7, got "example"'],
    [['deploy', '7'], '"7" is a number without a repository'],
    [
      ['deploy', 'example/app#7', '--sha', 'abc'],
      'wanted --sha as a full commit of 40 hex digits, got "abc"',
    ],
    [
      ['deploy', 'example/app#7', '--wait', 'long'],
      'wanted --wait as a duration such as 30s or 10m, got "long"',
    ],
    [['extend', 'example/app#7', 'soon'], 'wanted [duration] as a duration such as 30s or 10m, got "soon"'],
    [['extend', 'example/app#7', '0'], 'wanted [duration] as a duration'],
    [['extend', 'example/app#7', '1d', '2d'], 'too many arguments'],
    [['approve', 'example/app#7'], "missing required argument 'commit'"],
    [['approve', 'example/app#7', 'abc'], 'wanted <commit> as a full commit of 40 hex digits, got "abc"'],
    [['list', '--repository', 'x" OR 1=1'], 'wanted a repository as owner/name'],
    [['validate', '/no/such/folder'], 'cannot read /no/such/folder/preview.yaml: there is none'],
    [['render', '.'], 'render needs the platform config'],
  ])('ends with 2 and says what was wanted: %j', async (words, message) => {
    const { code, stderr, stdout } = await preview(words, { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect(stdout).toBe('');
  });

  it('in the address of Temporal ends with 2', async () => {
    const { code, stderr } = await preview(['list'], { TEMPORAL_ADDRESS: 'http://127.0.0.1:1' });
    expect(stderr).toContain("Temporal's connection settings cannot be read");
    expect(stderr).toContain("'http://127.0.0.1:1'");
    expect(code).toBe(2);
  });

  it('in the settings for Temporal ends with 2', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pr-preview-cli-'));
    await writeFile(join(folder, 'temporal.toml'), 'this is [no toml');
    const { code, stderr } = await preview(['list'], { TEMPORAL_CONFIG_FILE: join(folder, 'temporal.toml') });
    await rm(folder, { recursive: true });
    expect(stderr).toContain("Temporal's connection settings cannot be read");
    expect(code).toBe(2);
  });
});

type Long = NonNullable<
  NonNullable<
    Parameters<Connection['workflowService']['registerNamespace']>[0]['workflowExecutionRetentionPeriod']
  >['seconds']
>;
