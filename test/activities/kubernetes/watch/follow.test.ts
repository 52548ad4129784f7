import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, describe, expect, test } from 'vitest';
import { createKubernetesApi } from '../../../../activities/kubernetes/api.ts';
import type { Pod } from '../../../../activities/kubernetes/resources.ts';
import { resources } from '../../../../activities/kubernetes/resources.ts';
import { follow } from '../../../../activities/kubernetes/watch/follow.ts';
import { createWorlds } from '../../../../activities/kubernetes/watch/worlds.ts';
import { eventually, never } from '../fixture.ts';

/** An API server that does what real ones do rarely: it breaks off, forgets, lies. */
class Unreliable {
  readonly lists: string[] = [];
  readonly watches: { readonly from: string | null; readonly answer: ServerResponse }[] = [];
  items: object[] = [];
  refuse: { readonly code: number; readonly times: number } | null = null;
  readonly server: Server = createServer((request, answer) => this.serve(request, answer));

  async start(): Promise<ReturnType<ReturnType<typeof createKubernetesApi>>> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const { port } = this.server.address() as AddressInfo;
    const config = new KubeConfig();
    const cluster = { name: 'unreliable', server: `http://127.0.0.1:${port}`, skipTLSVerify: true };
    config.loadFromClusterAndUser(cluster, { name: 'nobody' });
    return createKubernetesApi(config)(null);
  }

  send(type: string, object: object): void {
    this.watches.at(-1)?.answer.write(`${JSON.stringify({ type, object })}\n`);
  }

  private serve(request: IncomingMessage, answer: ServerResponse): void {
    const url = new URL(request.url ?? '', 'http://server');
    if (this.refuse && this.refuse.times > 0) {
      this.refuse = { ...this.refuse, times: this.refuse.times - 1 };
      answer.writeHead(this.refuse.code, { 'content-type': 'application/json' });
      answer.end(JSON.stringify({ kind: 'Status', code: this.refuse.code, message: 'not now' }));
      return;
    }
    if (url.searchParams.has('watch')) {
      answer.writeHead(200, { 'content-type': 'application/json' });
      answer.flushHeaders();
      this.watches.push({ from: url.searchParams.get('resourceVersion'), answer });
      return;
    }
    this.lists.push(url.pathname);
    answer.end(
      JSON.stringify({ metadata: { resourceVersion: String(this.lists.length * 10) }, items: this.items }),
    );
  }
}

const started: Unreliable[] = [];
afterEach(() => {
  for (const { server } of started.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const pod = (uid: string): Pod => ({ metadata: { uid, name: uid } });

async function following(prepare: (server: Unreliable) => void = () => undefined) {
  const server = new Unreliable();
  started.push(server);
  prepare(server);
  const api = await server.start();
  const state = new Map<string, Pod>();
  const failures: unknown[] = [];
  const stop = new AbortController();
  const done = follow(
    api,
    {
      followed: { resource: resources.pods, namespace: 'preview-1' },
      sink: {
        replace: (items) => {
          state.clear();
          for (const item of items) state.set(item.metadata?.uid ?? '', item);
        },
        put: (item) => void state.set(item.metadata?.uid ?? '', item),
        remove: (item) => void state.delete(item.metadata?.uid ?? ''),
        failed: (error) => {
          failures.push(error);
          return 'retry';
        },
      },
    },
    stop.signal,
  );
  return { server, state, failures, stop: () => stop.abort(), done };
}

const watches = (server: Unreliable, count: number): Promise<boolean> =>
  eventually(`${count} watches`, async () => server.watches.length === count);

describe('Following a collection', () => {
  test('lists, then takes every change from there', async () => {
    const { server, state, stop, done } = await following((server) => (server.items = [pod('a')]));
    await watches(server, 1);
    expect(server.watches[0]?.from).toBe('10');
    server.send('ADDED', pod('b'));
    server.send('BOOKMARK', { metadata: { resourceVersion: '12' } });
    server.send('DELETED', pod('a'));
    await eventually('the changes', async () => [...state.keys()].join() === 'b');
    stop();
    await done;
  });

  test('takes a change that arrives in pieces', async () => {
    const { server, state, stop, done } = await following();
    await watches(server, 1);
    const line = Buffer.from(`${JSON.stringify({ type: 'ADDED', object: pod('größer') })}\n`);
    for (const byte of line) server.watches[0]?.answer.write(Buffer.from([byte]));
    await eventually('the change', async () => state.has('größer'));
    stop();
    await done;
  });

  test.for<readonly [string, (server: Unreliable) => void]>([
    ['the server ends the watch', (server) => server.watches[0]?.answer.end()],
    ['the connection breaks', (server) => server.watches[0]?.answer.destroy()],
    [
      'the watch is too old',
      (server) => server.send('ERROR', { kind: 'Status', code: 410, message: 'too old' }),
    ],
    ['the watch fails', (server) => server.send('ERROR', { kind: 'Status', code: 500, message: 'etcd' })],
    ['a line is no JSON', (server) => server.watches[0]?.answer.write('{"type":\n')],
  ])('lists again when %s', async ([, end]) => {
    const { server, state, stop, done } = await following((server) => (server.items = [pod('a')]));
    await watches(server, 1);
    server.items = [pod('b')];
    end(server);
    await watches(server, 2);
    expect([...state.keys()]).toEqual(['b']);
    expect(server.watches[1]?.from).toBe('20');
    stop();
    await done;
  });

  test('tries until the server is well', async () => {
    const { server, failures, stop, done } = await following(
      (server) => (server.refuse = { code: 503, times: 3 }),
    );
    await watches(server, 1);
    expect(failures).toHaveLength(3);
    stop();
    await done;
  });
});

describe('Readers of one namespace', () => {
  test('share its watches, and the last one ends them', async () => {
    const server = new Unreliable();
    started.push(server);
    const worlds = createWorlds(await server.start());
    const [first, second] = await Promise.all([
      worlds.open('preview-1', never),
      worlds.open('preview-1', never),
    ]);
    await watches(server, 6);
    await first.close();
    expect(server.watches.every(({ answer }) => !answer.destroyed)).toBe(true);
    await second.close();
    await eventually('the watches end', async () => server.watches.every(({ answer }) => answer.destroyed));
    const third = await worlds.open('preview-1', never);
    await watches(server, 12);
    await third.close();
  });

  test('are told when it may not be read any more', async () => {
    const server = new Unreliable();
    started.push(server);
    const worlds = createWorlds(await server.start());
    const open = await worlds.open('preview-1', never);
    await watches(server, 6);
    server.refuse = { code: 403, times: 1_000 };
    for (const { answer } of server.watches) answer.end();
    await expect(
      (async () => {
        for (;;) await open.changed(10_000, never);
      })(),
    ).rejects.toMatchObject({ status: 403 });
    await open.close();
  });
});
