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
import { startReady, visitAll } from './idle/previews.ts';
import { withWorker } from './idle/worker-process.ts';
import { memoryOf } from './usage.ts';

/*
 * `npm run bench:idle [-- --json] [--previews 1000] [--seconds 60]`: so many previews that wait for their deadlines, in
 * one worker with all of its real activities. Each is started with the state in which it would hand itself on, asked
 * where it stands, and then left alone: the most memory the worker ever held, its processor time, and what the
 * histories grew by meanwhile. On a Temporal server of its own. The last line is one JSON object; without --json a line
 * for people stands before it.
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
if (process.env['TEMPORAL_ADDRESS'])
  throw new Error('bench:idle fills a Temporal server of its own: unset TEMPORAL_ADDRESS');

const progress = plainProgress('bench:idle');
const folder = await mkdtemp(join(tmpdir(), 'pr-preview-idle-'));
try {
  progress.start(`starting ${count} previews`);
  const { temporal } = await ensureStack({ instance, parts: ['temporal'] });
  const address = temporal?.address ?? '';
  const bundle = join(folder, 'workflow-bundle.js');
  await writeFile(bundle, await bundleWorkflows());
  const connection = await Connection.connect({ address });
  try {
    const client = new Client({ connection });
    const idleness = await withWorker({ taskQueue, address, bundle }, async (pid) => {
      await startReady(client, { count, taskQueue }, (ready) =>
        progress.update(`${ready} of ${count} previews are ready`),
      );
      progress.update('asking each of them where it stands');
      await visitAll(client, { count, taskQueue });
      progress.update(
        `leaving them alone for ${seconds} s; the worker holds ${Math.round(memoryOf(pid).now)} MB`,
      );
      // What is still under way ends.
      await sleep(5_000);
      return await measureIdleness(client, { pid, count, seconds });
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
