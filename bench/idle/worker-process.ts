import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface IdleWorker {
  readonly taskQueue: string;
  /** Address of Temporal. */
  readonly address: string;
  /** File with the workflow code. */
  readonly bundle: string;
}

/** What docs/operations.md advises for a worker that may have 400 MB. */
const smallHeap = ['--max-old-space-size=128', '--max-semi-space-size=4'];
const fewArenas = { MALLOC_ARENA_MAX: '2' };

/** Runs a worker in a process of its own while `work` runs; `work` gets its pid. @throws when it does not come up. */
export async function withWorker<T>(wanted: IdleWorker, work: (pid: number) => Promise<T>): Promise<T> {
  const child = spawn(process.execPath, [...smallHeap, join(import.meta.dirname, 'worker.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: environmentOf(wanted),
  });
  const ended = once(child, 'exit');
  try {
    await untilPolling(child.stdout);
    return await work(child.pid ?? 0);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

/** Its log goes to our standard error. */
async function untilPolling(output: NodeJS.ReadableStream): Promise<void> {
  const polling = Promise.withResolvers<void>();
  const lines = createInterface(output);
  lines.on('line', (line) => {
    if (line === 'worker is polling') polling.resolve();
    else process.stderr.write(`${line}\n`);
  });
  lines.on('close', () => polling.reject(new Error('the worker ended before it polled')));
  await polling.promise;
}

function environmentOf({ taskQueue, address, bundle }: IdleWorker): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    ...fewArenas,
    TEMPORAL_ADDRESS: address,
    PREVIEW_TASK_QUEUE: taskQueue,
    PREVIEW_WORKFLOW_BUNDLE: bundle,
    // Needed by every worker, and of no use to one that asks nobody.
    PREVIEW_PLATFORM_CONFIG: 'none',
    GITHUB_TOKEN: 'none',
  };
}
