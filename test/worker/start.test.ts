import { generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { taskQueue } from '../../workflows/messages.ts';
import { defaultTaskQueue } from '../../worker/options.ts';
import { until } from '../workflows/environment.ts';
import { platformText, refusedWorker, startWorker, workerFolder } from './worker-process.ts';

let env: Record<string, string>;
let folder: string;
let remove: () => Promise<void>;
beforeEach(async () => {
  ({ env, folder, remove } = await workerFolder());
});
afterEach(async () => await remove());

function without(...names: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));
}

async function withPlatform(text: string): Promise<Record<string, string>> {
  const other = await workerFolder(text);
  const before = remove;
  remove = async () => {
    await before();
    await other.remove();
  };
  return other.env;
}

describe('a worker that starts', () => {
  it('polls the queue that clients use by default', () => {
    expect(defaultTaskQueue).toBe(taskQueue);
  });

  it('is ready once it polls, logs JSON lines without a secret, drains on SIGTERM and ends with 0', async () => {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const worker = startWorker({
      ...env,
      PREVIEW_HEALTH_ADDRESS: `127.0.0.1:${port}`,
      PREVIEW_LOG_LEVEL: 'debug',
    });
    const ask = async (path: string): Promise<number> =>
      (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    await until(
      async () => await ask('/readyz'),
      (status) => status === 200,
      'the worker being ready',
    );
    expect(await ask('/healthz')).toBe(200);
    expect(await ask('/')).toBe(404);
    worker.kill('SIGTERM');
    expect(await worker.ended).toEqual({ code: 0, signal: undefined });
    const messages = worker.logs().map(({ msg }) => msg);
    expect(messages).toContain('worker is polling');
    expect(messages.at(-1)).toBe('worker has drained');
    for (const secret of [env['GITHUB_TOKEN'] ?? '', new URL(env['DATABASE_ADMIN_URL'] ?? '').password]) {
      expect(secret).not.toBe('');
      expect(worker.output()).not.toContain(secret);
    }
  });

  it("logs in as a GitHub App when it is given one, and keeps the App's key to itself", async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    });
    const key = join(folder, 'app.pem');
    await writeFile(key, privateKey, { mode: 0o600 });
    const app = { GITHUB_APP_ID: '123', GITHUB_APP_PRIVATE_KEY_FILE: key };
    const worker = startWorker({ ...without('GITHUB_TOKEN'), ...app, PREVIEW_LOG_LEVEL: 'debug' });
    await until(worker.output, (text) => text.includes('worker is polling'), 'the worker polling');
    worker.kill('SIGTERM');
    expect((await worker.ended).code).toBe(0);
    for (const line of privateKey.split('\n').filter((one) => one.length > 20))
      expect(worker.output()).not.toContain(line);
    const both = await refusedWorker({ ...env, ...app });
    expect(both).toEqual({ code: 2, errors: [expect.stringContaining('one way to log in')] });
  });

  it('runs a bundle that was built before', async () => {
    const bundle = join(folder, 'dist', 'bundle.js');
    const script = fileURLToPath(new URL('../../worker/bundle-workflows.ts', import.meta.url));
    await execa(process.execPath, [script, bundle]);
    expect(await readFile(bundle, 'utf8')).toContain('sourceMappingURL=data:');
    const worker = startWorker({ ...env, PREVIEW_WORKFLOW_BUNDLE: bundle });
    await until(worker.output, (text) => text.includes('worker is polling'), 'the worker polling');
    worker.kill('SIGINT');
    expect((await worker.ended).code).toBe(0);
  });
});

describe('a worker that must not start', () => {
  it('tells every setting that is missing or wrong at once, and ends with 2', async () => {
    const { code, errors } = await refusedWorker({
      ...without('PREVIEW_PLATFORM_CONFIG', 'GITHUB_TOKEN'),
      GITHUB_API_URL: 'github',
      PREVIEW_MAX_ACTIVITIES: 'many',
      PREVIEW_SHUTDOWN_GRACE: 'soon',
      PREVIEW_HEALTH_ADDRESS: '8080',
      PREVIEW_LOG_LEVEL: 'loud',
    });
    expect(code).toBe(2);
    const names = errors.map((line) => /worker does not start: (\w+) /.exec(line)?.[1]);
    expect(names).toEqual([
      'PREVIEW_PLATFORM_CONFIG',
      'GITHUB_TOKEN',
      'GITHUB_API_URL',
      'PREVIEW_HEALTH_ADDRESS',
      'PREVIEW_LOG_LEVEL',
      'PREVIEW_MAX_ACTIVITIES',
      'PREVIEW_SHUTDOWN_GRACE',
    ]);
  });

  it('tells every problem of the platform config with its place, and ends with 2', async () => {
    const { code, errors } = await refusedWorker(
      await withPlatform('domain: not a domain\nrepositories: [x]\nwhat: 1\n'),
    );
    expect(code).toBe(2);
    expect(errors.length).toBeGreaterThan(2);
    for (const line of errors) expect(line).toMatch(/platform\.yaml:\d+:\d+/);
  });

  it.each([
    [
      'DATABASE_ADMIN_URL is missing for a platform with databases',
      { DATABASE_ADMIN_URL: '' },
      'DATABASE_ADMIN_URL is not set',
    ],
    [
      'DATABASE_ADMIN_URL is no URL',
      { DATABASE_ADMIN_URL: 'hunter2' },
      'DATABASE_ADMIN_URL must read postgres://',
    ],
    ['there is no Helm', { HELM: '/no/such/helm' }, 'Helm is missing: there is no "/no/such/helm"'],
    [
      'the bundle is missing',
      { PREVIEW_WORKFLOW_BUNDLE: '/no/bundle.js' },
      'the workflow bundle /no/bundle.js is missing',
    ],
    [
      'the kubeconfig is missing',
      { KUBECONFIG: '/no/kubeconfig' },
      'the kubeconfig /no/kubeconfig cannot be read',
    ],
    ['it is in no cluster and has no kubeconfig', { KUBECONFIG: '' }, 'KUBECONFIG is not set'],
    [
      'registry logins cannot be read',
      { REGISTRY_AUTH_FILE: '/no/config.json' },
      'REGISTRY_AUTH_FILE /no/config.json',
    ],
    [
      'the platform config is missing',
      { PREVIEW_PLATFORM_CONFIG: '/no/platform.yaml' },
      'the platform config /no/platform.yaml cannot be read',
    ],
  ])('ends with 2 when %s', async (_, changes, message) => {
    const { code, errors } = await refusedWorker({ ...env, ...changes });
    expect(errors).toEqual([expect.stringContaining(message)]);
    expect(errors.join()).not.toContain('hunter2');
    expect(code).toBe(2);
  });

  it('ends with 4 when Temporal or the cluster does not answer in time', async () => {
    const temporal = await refusedWorker({ ...env, TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(temporal).toEqual({
      code: 4,
      errors: ['worker does not start: Temporal at 127.0.0.1:1 does not answer'],
    });
    const text = await readFile(env['KUBECONFIG'] ?? '', 'utf8');
    const away = join(folder, 'away.kubeconfig');
    await execa('sed', ['s#https://[^ "]*#https://127.0.0.1:1#'], { input: text, stdout: { file: away } });
    const cluster = await refusedWorker({ ...env, KUBECONFIG: away });
    expect(cluster).toEqual({ code: 4, errors: [expect.stringContaining('the cluster does not answer')] });
  });

  it('ends with 3 and the command to register what is missing, when the namespace lacks search attributes', async () => {
    const namespace = `pr-preview-test-${Date.now()}`;
    const connection = await Connection.connect({ address: env['TEMPORAL_ADDRESS'] ?? '' });
    const day = { seconds: 86_400 as unknown as Long };
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: day });
    try {
      // the server's caches take a moment to know a new namespace
      await until(
        async () => await connection.operatorService.listSearchAttributes({ namespace }),
        () => true,
        'the new namespace',
      );
      const { code, errors } = await refusedWorker({ ...env, TEMPORAL_NAMESPACE: namespace });
      expect(errors).toEqual([
        expect.stringContaining(
          `temporal operator search-attribute create --namespace ${namespace} --name PreviewRepo --type Keyword --name PreviewPr --type Int`,
        ),
      ]);
      expect(code).toBe(3);
    } finally {
      await connection.operatorService.deleteNamespace({ namespace });
      await connection.close();
    }
  });

  it('ends with 3 when the namespace does not exist', async () => {
    const { code, errors } = await refusedWorker({ ...env, TEMPORAL_NAMESPACE: 'no-such-namespace' });
    expect(errors).toEqual([expect.stringContaining('no-such-namespace')]);
    expect(code).toBe(3);
  });
});

describe('the rights of a worker', () => {
  it('must not be those of a person or an admin', async () => {
    const { code, errors } = await refusedWorker({
      ...env,
      KUBECONFIG: inject('stack').cluster?.adminKubeconfig ?? '',
    });
    expect(errors).toEqual([expect.stringContaining('must be a service account')]);
    expect(code).toBe(3);
  });

  it('must not reach beyond the pattern: a service account that may create any namespace is refused', async () => {
    const strong = await strongAccount(folder);
    try {
      const { code, errors } = await refusedWorker({ ...env, KUBECONFIG: strong.kubeconfig });
      expect(errors).toEqual([expect.stringContaining('this worker may create any namespace')]);
      expect(code).toBe(3);
    } finally {
      await strong.remove();
    }
  });

  it('must reach the namespaces of the platform config', async () => {
    const other = await withPlatform(`${platformText}namespace: { pattern: 'elsewhere-{number}' }\n`);
    const { code, errors } = await refusedWorker(other);
    expect(errors).toEqual([
      expect.stringMatching(/may not create the namespace elsewhere-\d+: .*this very platform config/),
    ]);
    expect(code).toBe(3);
  });
});

/** A service account that is cluster admin: what an operator in a hurry gives. */
async function strongAccount(folder: string): Promise<{ kubeconfig: string; remove: () => Promise<void> }> {
  const { cluster, tools } = inject('stack');
  const { adminKubeconfig = '' } = cluster ?? {};
  const name = `strong-${Date.now()}`;
  const kubectl = async (...words: string[]): Promise<string> =>
    (await execa(tools.kubectl ?? 'kubectl', ['--kubeconfig', adminKubeconfig, ...words])).stdout;
  await kubectl('create', 'serviceaccount', name, '--namespace', 'default');
  await kubectl(
    'create',
    'clusterrolebinding',
    name,
    '--clusterrole=cluster-admin',
    `--serviceaccount=default:${name}`,
  );
  const token = await kubectl('create', 'token', name, '--namespace', 'default');
  const kubeconfig = join(folder, 'strong.kubeconfig');
  const own = ['--kubeconfig', kubeconfig];
  const view = JSON.parse(await kubectl('config', 'view', '--raw', '--output', 'json')) as {
    clusters: [{ cluster: { server: string } & Record<string, string> }];
  };
  const { server, 'certificate-authority-data': ca = '' } = view.clusters[0].cluster;
  const run = async (...words: string[]): Promise<void> =>
    void (await execa(tools.kubectl ?? 'kubectl', ['config', ...own, ...words]));
  await run('set-cluster', 'c', '--server', server);
  await run('set', 'clusters.c.certificate-authority-data', ca);
  await run('set-credentials', 'u', `--token=${token}`);
  await run('set-context', 'x', '--cluster=c', '--user=u');
  await run('use-context', 'x');
  return {
    kubeconfig,
    remove: async () => {
      await kubectl('delete', 'clusterrolebinding', name);
      await kubectl('delete', 'serviceaccount', name, '--namespace', 'default');
    },
  };
}

type Long = NonNullable<
  NonNullable<
    Parameters<Connection['workflowService']['registerNamespace']>[0]['workflowExecutionRetentionPeriod']
  >['seconds']
>;
