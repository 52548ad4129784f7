import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { createPreviewClient } from '../../client/preview-client.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import { previewWorkflowId } from '../../domain/workflow-ids.ts';
import { inLanes, numbersFrom } from '../lanes.ts';

/** More at once, and a development server on one SQLite file falls behind. */
const underWayAtOnce = 50;
const asksAtOnce = 25;
/** Without one more preview being ready for so long, something is wrong. */
const patienceMs = 120_000;

/** Pull request `number` of the repository that is measured with. */
function refOf(number: number): PullRequestRef {
  return { owner: 'example', repository: 'idle', number };
}

/**
 * Pushes pull requests 1 to `count`, a few at a time, and waits until every preview is ready.
 *
 * @param tell hears how many are.
 */
export async function makeReady(
  client: Client,
  { count, taskQueue, tell }: { count: number; taskQueue: string; tell: (ready: number) => void },
): Promise<void> {
  const previews = createPreviewClient({ client, place: 'a server of its own', taskQueue });
  let pushed = 0;
  let ready = 0;
  let givesUpAt = Date.now() + patienceMs;
  while (ready < count) {
    const more = Math.min(count - pushed, underWayAtOnce - (pushed - ready));
    await inLanes(numbersFrom(pushed + 1, more), asksAtOnce, async (number) => {
      await previews.push(refOf(number), { sha: null, reason: 'event' });
    });
    pushed += more;
    await sleep(200);
    const { count: now } = await client.workflow.count('PreviewPhase = "ready"');
    if (now > ready) {
      givesUpAt = Date.now() + patienceMs;
      tell(now);
    }
    if (Date.now() > givesUpAt)
      throw new Error(
        `${now} of ${pushed} previews are ready, and no further one for ${patienceMs / 1000} s`,
      );
    ready = now;
  }
}

/** Asks every preview where it stands, so that the worker has had each of them in memory. @throws unless all are ready. */
export async function visitAll(
  client: Client,
  { count, taskQueue }: { count: number; taskQueue: string },
): Promise<void> {
  const previews = createPreviewClient({
    client,
    place: 'a server of its own',
    taskQueue,
    queryDeadlineMs: 30_000,
  });
  await inLanes(numbersFrom(1, count), asksAtOnce, async (number) => {
    const reading = await previews.status(refOf(number));
    if (reading.kind !== 'answered' || reading.status.phase !== 'ready')
      throw new Error(`preview ${number} is not ready, but ${JSON.stringify(reading)}`);
  });
}

/** Events in the histories of all previews together. */
export async function countEvents(client: Client, count: number): Promise<number> {
  let sum = 0;
  await inLanes(numbersFrom(1, count), asksAtOnce, async (number) => {
    const { historyLength } = await client.workflow.getHandle(previewWorkflowId(refOf(number))).describe();
    sum += historyLength;
  });
  return sum;
}
