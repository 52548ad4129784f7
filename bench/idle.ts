import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { plainProgress } from '../local/progress.ts';
import { ensureStack, stopStack } from '../local/stack.ts';
import { bundleWorkflows } from '../worker/workflows.ts';
import { measureIdleness } from './idle/measure.ts';
import { makeReady, visitAll } from './idle/previews.ts';
import { withWorker } from './idle/worker-process.ts';
import { memoryOf } from './usage.ts';

/*
 * `npm run bench:idle [-- --json] [--previews 1000] [--seconds 60]`: so many previews that only wait for their
 * deadlines, in one worker. A first worker makes them ready with activities that do nothing. A fresh one with the real
 * activities is then asked for each preview, and left alone: how much memory it ever held, its processor time, and what
 * the histories grew by. On a Temporal server of its own. The last line is one JSON object; without --json a line for
 * people stands before it.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    previews: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '60' },
  },
});
const [count, seconds] = [Number(values.previews), Number(values.seconds)];
/** Beside the stacks of people and tests. */
const instance = 8;
const taskQueue = 'bench-idle';
const heapMb = 192;
if (process.env['TEMPORAL_ADDRESS'])
  throw new Error('bench:idle fills a Temporal server of its own: unset TEMPORAL_ADDRESS');

const progress = plainProgress('bench:idle');
const folder = await mkdtemp(join(tmpdir(), 'pr-preview-idle-'));
try {
  progress.start(`making ${count} previews ready`);
  const { temporal } = await ensureStack({ instance, parts: ['temporal'] });
  const address = temporal?.address ?? '';
  const bundle = join(folder, 'workflow-bundle.js');
  await writeFile(bundle, await bundleWorkflows());
  const worker = { taskQueue, heapMb, address, bundle };
  const connection = await Connection.connect({ address });
  try {
    const client = new Client({ connection });
    const tell = (ready: number): void => progress.update(`${ready} of ${count} previews are ready`);
    await withWorker({ kind: 'easy', ...worker }, () => makeReady(client, { count, taskQueue, tell }));
    const idleness = await withWorker({ kind: 'real', ...worker }, async (pid) => {
      progress.update('a fresh worker is asked for each of them');
      await visitAll(client, { count, taskQueue });
      // What is still under way ends.
      await sleep(5_000);
      progress.update(`left alone for ${seconds} s; it holds ${Math.round(memoryOf(pid).now)} MB`);
      return measureIdleness(client, { pid, count, seconds });
    });
    progress.done();
    const { rss_mb, cpu_percent, events_per_hour } = idleness;
    if (!values.json)
      console.log(
        `${count} idle previews: at most ${rss_mb} MB, ${cpu_percent} % of one processor, ${events_per_hour} events an hour`,
      );
    console.log(JSON.stringify({ previews: count, ...idleness }));
  } finally {
    await connection.close();
  }
} finally {
  await stopStack({ instance });
  await rm(folder, { recursive: true, force: true });
}
