import { isCancellation, ParentClosePolicy } from '@temporalio/workflow';
import type { CheckOutcome } from '../domain/outcome.ts';
import { checkWorkflowId } from '../domain/workflow-ids.ts';
import type { CheckInput } from './check.ts';
import { check } from './check.ts';
import { executeLockedChild } from './child.ts';
import { reportOf } from './failure-report.ts';
import type { Entity } from './preview.ts';

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
