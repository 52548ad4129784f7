import { log, workflowInfo } from '@temporalio/workflow';
import { leasesToGiveBack, placeNeed } from '../domain/decide.ts';
import { acquireMessage } from '../domain/place.ts';
import { patientActivities } from './activity-proxies.ts';
import type { Entity } from './preview.ts';

/** Tells the pool what is needed; its answer comes as a signal. */
export async function askPlace({ state, record, ...clock }: Entity): Promise<void> {
  const now = clock.now();
  const need = placeNeed(state(), now);
  if (need === null) return;
  record({ kind: 'place-asked', need });
  const { workflowId } = workflowInfo();
  try {
    await patientActivities(`ask for a place${need.ready ? '' : ', not ready yet'}`).acquirePlace(
      acquireMessage(state().place, { workflowId, need, now }),
    );
  } catch (error) {
    // asked once more after a minute
    log.error('the pool could not be asked for a place', { error });
  }
  record({ kind: 'place-told' });
}

/** Gives back leases, and a place in the queue, that are held for nothing. */
export async function giveBack({ state, record }: Entity): Promise<void> {
  const ids = leasesToGiveBack(state());
  record({ kind: 'giving-back', ids });
  for (const id of ids) {
    try {
      await patientActivities('give the place back').releasePlace({ id });
    } catch (error) {
      // the reaper finds a lease without a preview
      log.error('a place could not be given back', { id, error });
    }
  }
  record({ kind: 'given-back', ids });
}
