import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { memoryOf, usageOf } from '../usage.ts';
import { countEvents } from './previews.ts';

export interface Idleness {
  /** Megabytes: the most that the worker ever held. */
  readonly rss_mb: number;
  /** Of one processor. */
  readonly cpu_percent: number;
  /** In the histories of all previews together. */
  readonly events_per_hour: number;
}

/** Leaves a worker alone for a while and tells what it did meanwhile. @param pid of the worker. */
export async function measureIdleness(
  client: Client,
  { pid, count, seconds }: { pid: number; count: number; seconds: number },
): Promise<Idleness> {
  const events = await countEvents(client, count);
  const used = usageOf(pid).ownSeconds;
  const begun = performance.now();
  await sleep(seconds * 1000);
  const elapsed = (performance.now() - begun) / 1000;
  const usedMeanwhile = usageOf(pid).ownSeconds - used;
  const eventsMeanwhile = (await countEvents(client, count)) - events;
  return {
    rss_mb: Math.round(memoryOf(pid).most),
    cpu_percent: Math.round((10_000 * usedMeanwhile) / elapsed) / 100,
    events_per_hour: Math.round((eventsMeanwhile * 3600) / elapsed),
  };
}
