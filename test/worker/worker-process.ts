import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { inject } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const main = join(root, 'worker/main.ts');

/** A platform that needs nothing but what the local stack has. */
export const platformText = `
domain: preview.localhost
publicPort: 18443
repositories: [example/videocall]
database: { host: 10.250.0.1, port: 25432 }
network:
  ingress: [{ ipBlock: { cidr: 10.250.0.1/32 } }]
  dns: [{ ipBlock: { cidr: 10.250.0.1/32 } }]
  database: [{ ipBlock: { cidr: 10.250.0.1/32 } }]
`;

export interface WorkerProcess {
  readonly logs: () => LogLine[];
  readonly output: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<{ code: number | undefined; signal: string | undefined }>;
}

export interface LogLine {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
}

/** A folder with a platform config, and the environment of a worker of the local stack on a queue of its own. */
export async function workerFolder(platform: string = platformText): Promise<{
  readonly env: Record<string, string>;
  readonly folder: string;
  readonly remove: () => Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'pr-preview-worker-'));
  const file = join(folder, 'platform.yaml');
  await writeFile(file, platform);
  const { temporal, cluster, postgres, tools } = inject('stack');
  const env = {
    TEMPORAL_ADDRESS: temporal?.address ?? '',
    TEMPORAL_NAMESPACE: temporal?.namespace ?? '',
    KUBECONFIG: cluster?.workerKubeconfig ?? '',
    DATABASE_ADMIN_URL: postgres?.adminUrl ?? '',
    GITHUB_TOKEN: 'github-token-of-the-test',
    GITHUB_API_URL: 'http://127.0.0.1:1',
    HELM: tools.helm ?? 'helm',
    PREVIEW_PLATFORM_CONFIG: file,
    PREVIEW_CACHE_DIR: join(folder, 'cache'),
    PREVIEW_TASK_QUEUE: `test-worker-${folder.slice(-6)}`,
    PREVIEW_START_PATIENCE: '3s',
  };
  return { env, folder, remove: async () => await rm(folder, { recursive: true, force: true }) };
}

/** Starts the worker as a process of its own. */
export function startWorker(env: Record<string, string>): WorkerProcess {
  const { PATH = '', HOME = '' } = process.env;
  const running = execa(process.execPath, [main], {
    env: { PATH, HOME, ...env },
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    reject: false,
  });
  let output = '';
  running.all.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return {
    output: () => output,
    logs: () =>
      output
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as LogLine),
    kill: (signal) => void running.kill(signal),
    ended: running.then(({ exitCode, signal }) => ({ code: exitCode, signal })),
  };
}

/** Starts it and waits for its end: for workers that must not start. Lines of the log at level error. */
export async function refusedWorker(
  env: Record<string, string>,
): Promise<{ code: number | undefined; errors: string[] }> {
  const worker = startWorker(env);
  const { code } = await worker.ended;
  return {
    code,
    errors: worker
      .logs()
      .filter(({ level }) => level === 'error')
      .map(({ msg }) => msg),
  };
}

/** A GitHub that answers as a test wants. */
export async function fakeGitHub(
  respond: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ readonly url: string; readonly close: () => void }> {
  const server = createServer(respond);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
