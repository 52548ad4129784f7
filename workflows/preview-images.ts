import { isCancellation, log } from '@temporalio/workflow';
import { isPermanent } from '../domain/failures.ts';
import { lastingActivities, quickActivities } from './activity-proxies.ts';
import { reportOf } from './failure-report.ts';
import type { Entity } from './preview.ts';

/** The last look at the registries may take this much longer than the wait. */
const lastLookMs = 60_000;
/** One try at deleting, with Temporal's own retries. */
const deletionMs = 15 * 60_000;

/** Waits for the images that the check missed. */
export async function awaitImages(entity: Entity): Promise<void> {
  const { state, record, now } = entity;
  const { images, pullRequest, ref } = state();
  if (images === null || pullRequest === null) return;
  const { attempt, requests, until } = images;
  record({ kind: 'images-awaited', attempt });
  const commit = pullRequest.head.sha;
  try {
    await askForBuild(entity);
    // a duration, not an instant: the activity's clock may differ from the workflow's
    const forMs = Math.max(0, until - now());
    const waited = lastingActivities(`wait for the images of ${commit.slice(0, 7)}`, {
      // an attempt that begins anew on another worker must not wait for longer than was left
      scheduleToCloseMs: forMs + lastLookMs,
    });
    const { complete } = await waited.awaitImages({
      requests,
      commit,
      source: { owner: ref.owner, repository: ref.repository },
      forMs,
    });
    record({ kind: 'images-ended', ended: complete ? 'complete' : 'over' });
  } catch (error) {
    // asked in vain, the check that follows says why
    record({ kind: 'images-ended', ended: isCancellation(error) ? 'stopped' : 'over' });
  }
}

/** Has the missing images built, once for each wait; that it could not be asked for ends no wait. */
async function askForBuild({ state, record }: Entity): Promise<void> {
  const { images, pullRequest, ref } = state();
  if (images === null || images.build === null || images.buildAsked !== null || pullRequest === null) return;
  const { workflow, branch } = images.build;
  const commit = pullRequest.head.sha;
  try {
    const build = quickActivities(`start ${workflow} for ${commit.slice(0, 7)}`);
    await build.dispatchBuild({ ref, workflow, branch, commit });
    record({ kind: 'build-asked', problem: null });
  } catch (error) {
    if (isCancellation(error)) throw error;
    record({ kind: 'build-asked', problem: reportOf(error).summary });
  }
}

/** Deletes what was made for the pull request alone, its preview being gone. */
export async function deleteImages({ state, record }: Entity): Promise<void> {
  const { own, ref } = state();
  record({ kind: 'images-deleting' });
  try {
    const { images } = own;
    const deleted = await lastingActivities(`delete ${images.length} images`, {
      scheduleToCloseMs: deletionMs,
    }).deleteImages({ ref, images });
    record({ kind: 'images-deleted', deleted });
  } catch (error) {
    const { type, summary } = reportOf(error);
    log.warn('images could not be deleted', { type, summary });
    record({ kind: 'images-not-deleted', reason: summary, permanent: isPermanent(type) });
  }
}
