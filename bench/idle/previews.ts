import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { createPreviewClient } from '../../client/preview-client.ts';
import type { PreviewInput } from '../../domain/preview-input.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import { previewWorkflowId } from '../../domain/workflow-ids.ts';
import { previewStart, previewWorkflowType } from '../../workflows/messages.ts';
import { inLanes, numbersFrom } from '../lanes.ts';
import { readyState } from './ready-state.ts';

/** More at once, and a development server on one SQLite file falls behind. */
const asksAtOnce = 25;
/** Without one more preview being seen ready for so long, something is wrong. */
const patienceMs = 180_000;

export interface Previews {
  readonly count: number;
  readonly taskQueue: string;
}

/** Pull request `number` of the repository that is measured with. */
function refOf(number: number): PullRequestRef {
  return { owner: 'example', repository: 'idle', number };
}

/**
 * Starts so many previews with the state in which one that is ready hands itself on, and waits until all are listed as
 * ready. @param tell hears how many are.
 */
export async function startReady(
  client: Client,
  { count, taskQueue }: Previews,
  tell: (ready: number) => void,
): Promise<void> {
  await inLanes(numbersFrom(1, count), asksAtOnce, async (number) => {
    const ref = refOf(number);
    const input: PreviewInput = { v: 1, ref, state: readyState(ref, Date.now()) };
    const start = previewStart(ref, { taskQueue, gitHubUrl: 'https://github.com' });
    await client.workflow.start(previewWorkflowType, { ...start, args: [input] });
  });
  let ready = 0;
  for (let givesUpAt = Date.now() + patienceMs; ready < count; await sleep(500)) {
    const now = (await client.workflow.count('PreviewPhase = "ready"')).count;
    if (now > ready) givesUpAt = Date.now() + patienceMs;
    if (Date.now() > givesUpAt)
      throw new Error(`${now} of ${count} previews are ready, no further one for ${patienceMs / 1000} s`);
    ready = now;
    tell(ready);
  }
}

/** Asks every preview where it stands, so that the worker has had each in memory. @throws unless all are ready. */
export async function visitAll(client: Client, { count, taskQueue }: Previews): Promise<void> {
  const place = 'a server of its own';
  const previews = createPreviewClient({ client, place, taskQueue, queryDeadlineMs: 30_000 });
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
