import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { preview, previewJson } from '../client/command-line.ts';
import { kubectl } from './cluster.ts';
import type { Scene } from './scene.ts';
import { startScene } from './scene.ts';

const number = 5081;

interface Logs {
  readonly namespace: string;
  readonly logs: readonly {
    readonly service: string | null;
    readonly pod: string;
    readonly lines: readonly string[];
  }[];
}

describe('preview logs', { timeout: 120_000 }, () => {
  let scene: Scene;
  let name: string;
  let folder: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    scene = await startScene({ number });
    name = `example/${scene.app.repository}#${number}`;
    env = { KUBECONFIG: scene.stack.cluster?.adminKubeconfig ?? '' };
    folder = await mkdtemp(join(tmpdir(), 'pr-preview-logs-'));
    await scene.push(await scene.app.open(number));
    await scene.reach('ready');
  }, 240_000);

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await scene.end();
  }, 240_000);

  it('prints every line with its service, pod and container, by the services of preview.yaml', async () => {
    const { code, stdout } = await preview(['logs', name], env);
    expect(code).toBe(0);
    const services = new Set(stdout.split('\n').map((line) => /^\[(\S+) \S+ \S+\] /.exec(line)?.[1]));
    expect(services).toEqual(new Set(['nats', 'websocket', 'meeting-api', 'ui']));
  });

  it('prints one service alone, no more lines than asked for, and as one document', async () => {
    const { json } = await previewJson<Logs>(['logs', name, 'nats', '--tail', '2'], env);
    expect(json.namespace).toBe(scene.namespace);
    expect(json.logs.map(({ service, lines }) => [service, lines.length])).toEqual([['nats', 2]]);
  });

  it('prints what a container said before it was restarted', async () => {
    expect((await preview(['logs', name, 'ui', '--previous'], env)).stdout).toBe(
      'no container of it was restarted',
    );
    const pod =
      (await kubectl('get', 'pods', '-n', scene.namespace, '-o', 'name'))
        .split('\n')
        .find((one) => one.includes('nats')) ?? '';
    await kubectl('exec', '-n', scene.namespace, pod, '--', '/nats-server', '--signal', 'quit=1').catch(
      () => undefined,
    );
    await expect
      .poll(async () => (await preview(['logs', name, 'nats', '--previous'], env)).stdout, {
        timeout: 60_000,
        interval: 1_000,
      })
      .toMatch(/^\[nats \S+ \S+\] .*/);
  });

  it.each([
    {
      title: 'a service that is none',
      words: () => [name, 'api'],
      code: 2,
      message: /no service "api"; it has nats, websocket, meeting-api, ui/,
    },
    {
      title: 'a pull request without a preview',
      words: () => ['example/none#1'],
      code: 7,
      message: /has no namespace of example\/none#1; "preview status" says/,
    },
    {
      title: 'a namespace that is somebody else’s',
      words: () => [name, '--namespace', 'kube-system'],
      code: 7,
      message: /has no namespace kube-system of /,
    },
    {
      title: 'a context that is not there',
      words: () => [name, '--context', 'nowhere'],
      code: 2,
      message: /no context "nowhere"; it has \S+/,
    },
    {
      title: 'a number of lines that is none',
      words: () => [name, '--tail', 'all'],
      code: 2,
      message: /wanted --tail as a number from 1 to 10000, got "all"/,
    },
  ])('refuses $title, and says what there is', async ({ words, code, message }) => {
    const ended = await preview(['logs', ...words()], env);
    expect(ended.code).toBe(code);
    expect(ended.stderr).toMatch(message);
  });

  it('says which right is missing, and needs less where the namespace is named', async () => {
    await kubectl('create', 'serviceaccount', 'reader', '-n', scene.namespace);
    await kubectl(
      'create',
      'rolebinding',
      'reader',
      '-n',
      scene.namespace,
      '--clusterrole=view',
      `--serviceaccount=${scene.namespace}:reader`,
    );
    const token = await kubectl('create', 'token', 'reader', '-n', scene.namespace);
    const admin = parse(await readFile(env['KUBECONFIG'] ?? '', 'utf8')) as { users: { user: object }[] };
    const users = admin.users.map((one) => ({ ...one, user: { token: token.trim() } }));
    const kubeconfig = join(folder, 'reader.kubeconfig');
    await writeFile(kubeconfig, stringify({ ...admin, users }), { mode: 0o600 });
    const everywhere = await preview(['logs', name], { KUBECONFIG: kubeconfig });
    expect(everywhere.code).toBe(3);
    expect(everywhere.stderr).toMatch(/you may not do this .*namespaces.*ClusterRole "view"/);
    const here = await preview(['logs', name, 'ui', '--namespace', scene.namespace], {
      KUBECONFIG: kubeconfig,
    });
    expect(here).toMatchObject({ code: 0, stdout: expect.stringContaining('[ui ') as string });
  });

  it.each([
    ['there is none', '', /wanted your access to the cluster: a kubeconfig in ~\/\.kube\/config/],
    ['it is not there', '/does/not/exist', /your kubeconfig cannot be read: ENOENT/],
    ['it is none', '/etc/hostname', /wanted your access to the cluster|cannot be read/],
  ])('wants a kubeconfig when %s', async (_, kubeconfig, message) => {
    const ended = await preview(['logs', name], { KUBECONFIG: kubeconfig, HOME: folder });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(message);
  });

  it('says so when the cluster does not answer', async () => {
    const kubeconfig = join(folder, 'away.kubeconfig');
    const text = await readFile(env['KUBECONFIG'] ?? '', 'utf8');
    await writeFile(kubeconfig, text.replace(/https:\/\/[\d.:]+/, 'https://127.0.0.1:1'), { mode: 0o600 });
    const ended = await preview(['logs', name], { KUBECONFIG: kubeconfig });
    expect(ended).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/https:\/\/127\.0\.0\.1:1 .* does not answer/) as string,
    });
  });
});
