import { deployWorkflowId } from './workflow-ids.ts';
import type { DeploymentReport } from './outcome.ts';
import { pageOf } from './page.ts';
import type { Phase, PreviewStatus } from './status.ts';

/** GitHub's word for each phase; null: nothing to say yet, or cleanup ends the deployments itself. */
const states: Record<Phase, DeploymentReport['state'] | null> = {
  'awaiting-approval': 'queued',
  checking: null,
  'waiting-for-images': 'queued',
  queued: 'queued',
  deploying: 'in_progress',
  ready: 'success',
  'update-failed': 'failure',
  failed: 'failure',
  'cleaning-up': null,
  'cleanup-stuck': null,
  gone: null,
};

/** What GitHub's deployment record says of a status; null leaves it alone. */
export function deploymentOf(status: PreviewStatus): DeploymentReport | null {
  const state = states[status.phase];
  if (state === null || status.commit === null) return null;
  return {
    sha: status.commit,
    state,
    environmentUrl: pageOf(status.services),
    workflowId: deployWorkflowId(status.ref),
    description: status.reason.slice(0, 140),
  };
}
