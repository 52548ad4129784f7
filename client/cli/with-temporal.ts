import { taskQueue as defaultTaskQueue } from '../../workflows/messages.ts';
import { connectTemporal } from '../connect.ts';
import type { TemporalCalls } from '../temporal-calls.ts';
import { createTemporalCalls } from '../temporal-calls.ts';
import type { ClientOptions } from './with-client.ts';
import { readDuration } from './words.ts';

/** What commands ask with that are about no single preview. */
export interface TemporalContext {
  readonly calls: TemporalCalls;
  /** Where the platform's worker polls. */
  readonly taskQueue: string;
}

/** Connects, lets `work` ask, and closes the connection whatever it came to. */
export async function withTemporal<T>(
  { timeout = '10s' }: ClientOptions,
  env: NodeJS.ProcessEnv,
  work: (context: TemporalContext) => Promise<T>,
): Promise<T> {
  const deadlineMs = readDuration(timeout, '--timeout');
  const access = await connectTemporal(deadlineMs);
  try {
    const calls = createTemporalCalls(access.client, { place: access.place, deadlineMs });
    return await work({ calls, taskQueue: taskQueueOf(env) });
  } finally {
    await access.close();
  }
}

/** The task queue that `PREVIEW_TASK_QUEUE` names, else that of every worker. */
export function taskQueueOf(env: NodeJS.ProcessEnv): string {
  return env['PREVIEW_TASK_QUEUE'] || defaultTaskQueue;
}
