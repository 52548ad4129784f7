import {
  condition,
  defineQuery,
  defineSignal,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { CapacityActivities } from '../../activities/capacity/activities.ts';
import { leaseId } from '../../domain/capacity-messages.ts';
import type { LeaseMessage } from '../../domain/messages.ts';
import { leaseSignal } from '../../workflows/messages.ts';

export { capacity } from '../../workflows/capacity.ts';

/** Ends an asker: it gives its place back. */
export const doneSignal = defineSignal('done');
/** Everything it heard from its pool, in order. */
export const wordsQuery = defineQuery<LeaseMessage[]>('words');

const { acquirePlace, releasePlace } = proxyActivities<CapacityActivities>({ startToCloseTimeout: '10s' });

/** Stands for a preview: asks for a place, and keeps it until a test says that it is done. */
export async function asker({ askedAt }: { readonly askedAt: number }): Promise<void> {
  const words: LeaseMessage[] = [];
  let done = false;
  setHandler(leaseSignal, (message) => void words.push(message));
  setHandler(doneSignal, () => {
    done = true;
  });
  setHandler(wordsQuery, () => words);
  const id = leaseId(workflowInfo().workflowId, 1);
  await acquirePlace({ id, askedAt, ready: true, draft: false, granted: null });
  await condition(() => done);
  await releasePlace({ id });
}
