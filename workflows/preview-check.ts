import { isCancellation, ParentClosePolicy } from '@temporalio/workflow';
import type { CheckOutcome } from '../domain/outcome.ts';
import { checkWorkflowId } from '../domain/workflow-ids.ts';
import { lastingActivities } from './activity-proxies.ts';
import type { CheckInput } from './check.ts';
import { check } from './check.ts';
import { executeLockedChild } from './child.ts';
import { reportOf } from './failure-report.ts';
import type { Entity } from './preview.ts';

/** The last look at the registries may take this much longer than the wait. */
const lastLookMs = 60_000;

/** Checks the commit that is wanted, with all that people and CI said of it. */
export async function runCheck({ state, record }: Entity): Promise<void> {
  const { wanted: attempt, ref, pullRequest, images, approved, reports, place } = state();
  if (attempt === null || pullRequest === null) return;
  record({ kind: 'check-started', attempt });
  const commit = pullRequest.head.sha;
  const input: CheckInput = {
    ref,
    commit,
    waitOver: images?.over ?? false,
    approved: approved?.sha === commit,
    reported: reports.list.find(({ sha }) => sha === commit)?.images ?? [],
    place: place.granted?.place ?? null,
  };
  const end = (outcome: CheckOutcome): void => record({ kind: 'check-ended', attempt, outcome });
  try {
    const outcome = await executeLockedChild(check, {
      workflowId: checkWorkflowId(ref),
      input,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      summary: `check ${commit.slice(0, 7)}`,
    });
    end(outcome);
  } catch (error) {
    end(
      isCancellation(error)
        ? { outcome: 'stopped' }
        : { outcome: 'refused', failure: reportOf(error), exists: null },
    );
  }
}

/** Waits for the images that the check missed. */
export async function awaitImages({ state, record, now }: Entity): Promise<void> {
  const { images, pullRequest, ref } = state();
  if (images === null || pullRequest === null) return;
  const { attempt, requests, until } = images;
  record({ kind: 'images-awaited', attempt });
  const commit = pullRequest.head.sha;
  try {
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
