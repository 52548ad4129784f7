import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface IdleWorker {
  /** `easy`: activities that do nothing; `real`: the real ones. */
  readonly kind: 'easy' | 'real';
  readonly taskQueue: string;
  /** Megabytes for V8's heap. */
  readonly heapMb: number;
  /** Address of Temporal. */
  readonly address: string;
  /** File with the workflow code. */
  readonly bundle: string;
}

/** Runs a worker in a process of its own while `work` runs; `work` gets its pid. @throws when it does not come up. */
export async function withWorker<T>(wanted: IdleWorker, work: (pid: number) => Promise<T>): Promise<T> {
  const { kind, heapMb } = wanted;
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${heapMb}`, join(import.meta.dirname, 'worker.ts'), kind],
    { stdio: ['ignore', 'pipe', 'inherit'], env: environmentOf(wanted) },
  );
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
    TEMPORAL_ADDRESS: address,
    PREVIEW_TASK_QUEUE: taskQueue,
    PREVIEW_WORKFLOW_BUNDLE: bundle,
    // Needed by every worker, and of no use to one that asks nobody.
    PREVIEW_PLATFORM_CONFIG: 'none',
    GITHUB_TOKEN: 'none',
  };
}
