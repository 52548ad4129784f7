import { isCancellation, ParentClosePolicy, workflowInfo } from '@temporalio/workflow';
import { leaseId } from '../domain/capacity-messages.ts';
import type { DeployOutcome } from '../domain/outcome.ts';
import type { PreviewState } from '../domain/preview.ts';
import { statusOf } from '../domain/preview-status.ts';
import { cleanupWorkflowId, deployWorkflowId } from '../domain/workflow-ids.ts';
import { executeLockedChild, untilClosed } from './child.ts';
import { deploy } from './deploy.ts';
import { reportOf } from './failure-report.ts';
import type { Entity } from './preview.ts';

/** Deploys the plan that was checked. */
export async function runDeploy({ state, record }: Entity): Promise<void> {
  const { checked, disturbed, live, pastIsOver, place, ref, reset } = state();
  if (checked === null) return;
  const { attempt, plan } = checked;
  record({ kind: 'deploy-started', attempt });
  const { commit } = plan.reference.inputs;
  const lease = leaseOf(place);
  const end = (outcome: DeployOutcome): void => record({ kind: 'deploy-ended', attempt, outcome });
  try {
    // an earlier life may have been terminated while its cleanup ran: that one would take the new preview away
    if (!pastIsOver) await untilClosed(cleanupWorkflowId(ref));
    const outcome = await executeLockedChild(deploy, {
      workflowId: deployWorkflowId(ref),
      input: { plan, live, disturbed, mode: 'deploy', status: statusOf(state()), reset, lease },
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      summary: `deploy ${commit.slice(0, 7)}`,
    });
    end(outcome);
  } catch (error) {
    // a child that never began touched nothing; one that failed by our mistake may have touched everything
    const touched = plan.services.map(({ name }) => name);
    end(
      isCancellation(error)
        ? { outcome: 'stopped', touched: [] }
        : { outcome: 'failed', failure: reportOf(error), touched, restored: null, notes: [] },
    );
  }
}

/** Puts back what is live, where a deploy disturbed it. */
export async function runRestore({ state, record }: Entity): Promise<void> {
  const { live, place, ref } = state();
  record({ kind: 'restore-started' });
  if (live === null) return;
  const lease = leaseOf(place);
  const end = (outcome: DeployOutcome): void => record({ kind: 'restore-ended', outcome });
  const { plan } = live;
  try {
    const outcome = await executeLockedChild(deploy, {
      workflowId: deployWorkflowId(ref),
      input: {
        plan,
        live: null,
        disturbed: [],
        mode: 'restore',
        status: statusOf(state()),
        reset: false,
        lease,
      },
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      summary: `put ${plan.reference.inputs.commit.slice(0, 7)} back`,
    });
    end(outcome);
  } catch (error) {
    end(
      isCancellation(error)
        ? { outcome: 'stopped', touched: [] }
        : { outcome: 'failed', failure: reportOf(error), touched: [], restored: null, notes: [] },
    );
  }
}

/** What the namespace is marked with, so that a pool that was lost is known again. */
function leaseOf({ granted, number }: PreviewState['place']): string | null {
  return granted === null ? null : leaseId(workflowInfo().workflowId, number);
}
