import { log, ParentClosePolicy, sleep, workflowInfo } from '@temporalio/workflow';
import type { Receipt } from '../domain/outcome.ts';
import type { PreviewState } from '../domain/preview.ts';
import { cleanupWorkflowId, deployWorkflowId } from '../domain/workflow-ids.ts';
import { localActivities } from './activity-proxies.ts';
import { executeLockedChild, untilClosed } from './child.ts';
import { cleanup } from './cleanup.ts';
import { reportOf } from './failure-report.ts';
import type { Entity } from './preview.ts';

/** Takes away what is held, or may be; for as long as it takes. */
export async function runCleanup({ state, record }: Entity): Promise<void> {
  const before = state();
  record({ kind: 'cleanup-started' });
  for (;;) {
    try {
      const receipt = await takeAway(before);
      record({ kind: 'cleanup-ended', receipt });
      return;
    } catch (error) {
      // terminated, or failed by our mistake: what must be taken away must still be taken away
      const { type, summary } = reportOf(error);
      const problem = { type, where: null, message: `the cleanup ended without a receipt: ${summary}` };
      record({ kind: 'cleanup-stuck', blockers: [{ step: 'namespace', problem }] });
      log.error('the cleanup ended without a receipt and is started again', { error });
      await sleep('1m', { summary: 'before the cleanup is started again' });
    }
  }
}

async function takeAway({ ref, pastIsOver, names, pullRequest }: PreviewState): Promise<Receipt> {
  // what an earlier life was deploying when it was terminated would go on creating what is taken away here
  if (!pastIsOver) await untilClosed(deployWorkflowId(ref));
  const repositoryId = names?.repositoryId ?? pullRequest?.repositoryId ?? null;
  const located = await localActivities().locatePreview({ ref, repositoryId });
  const target = {
    ...located,
    namespace: names?.namespace ?? located.namespace,
    database: names?.database ?? located.database,
  };
  return await executeLockedChild(cleanup, {
    workflowId: cleanupWorkflowId(ref),
    input: { target, previewId: workflowInfo().workflowId },
    parentClosePolicy: ParentClosePolicy.ABANDON,
    summary: `take ${target.namespace} away`,
  });
}
