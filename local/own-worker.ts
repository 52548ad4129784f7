import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parse, stringify } from 'yaml';
import { checkout } from './folders.ts';
import type { Stack } from './stack.ts';
import { environmentText, workerEnvironment } from './worker-environment.ts';

export interface OwnWorkerOptions {
  readonly stack: Stack;
  /** Task queue that nobody else serves. */
  readonly taskQueue: string;
  /** Laid over the example's platform config, key by key. */
  readonly platform?: Readonly<Record<string, unknown>>;
  /** Laid over the environment; for parts that are to be away. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Kept between workers of one test, so that charts and sources are not fetched again. Default: a new one. */
  readonly cacheFolder?: string;
}

/** A worker process beside the stack's own, for a test or a benchmark: other config, another task queue. */
export interface OwnWorker {
  readonly pid: number;
  /** Everything it has logged so far. */
  log(): Promise<string>;
  /** SIGTERM, then waits for its end. Resolves to its exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL: it gets no chance to tidy up. */
  kill(): Promise<void>;
}

/** Starts a worker and waits until it polls. @throws with its log when it ends before. */
export async function startOwnWorker(options: OwnWorkerOptions): Promise<OwnWorker> {
  const { stack, taskQueue } = options;
  const folder = await mkdtemp(join(tmpdir(), 'pr-preview-worker-'));
  const cacheFolder = options.cacheFolder ?? join(folder, 'cache');
  await mkdir(cacheFolder, { recursive: true });
  const platformFile = join(folder, 'platform.yaml');
  const environmentFile = join(folder, 'worker.env');
  const logFile = join(folder, 'worker.log');
  await writeFile(platformFile, await platformText(stack, options.platform));
  const environment = {
    ...workerEnvironment(stack, { platformFile, cacheFolder, helm: stack.tools.helm ?? 'helm' }),
    PREVIEW_TASK_QUEUE: taskQueue,
    ...options.environment,
  };
  await writeFile(environmentFile, environmentText(environment), { mode: 0o600 });
  const output = await open(logFile, 'w');
  const child = spawn(process.execPath, [`--env-file=${environmentFile}`, join(checkout, 'worker/main.ts')], {
    stdio: ['ignore', output.fd, output.fd],
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' },
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const log = (): Promise<string> => readFile(logFile, 'utf8');
  await output.close();
  try {
    await untilPolling(ended, log);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  const tidy = (): Promise<void> => rm(folder, { recursive: true, force: true });
  return {
    pid: child.pid ?? 0,
    log,
    stop: async () => {
      child.kill('SIGTERM');
      const code = await ended;
      await tidy();
      return code;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
      await tidy();
    },
  };
}

async function platformText(
  stack: Stack,
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const example = parse(await readFile(join(checkout, 'examples/videocall/platform.yaml'), 'utf8')) as {
    probe?: object;
  };
  const probe = { ...example.probe, ca: stack.ingress?.caFile ?? null };
  return stringify({ ...example, probe, ...overrides });
}

async function untilPolling(ended: Promise<unknown>, log: () => Promise<string>): Promise<void> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  // several that start at once bundle the workflows on the same cores
  const deadline = Date.now() + 120_000;
  while (!(await log()).includes('worker is polling')) {
    if (over || Date.now() > deadline) throw new Error(`the worker did not come up:\n${await log()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
