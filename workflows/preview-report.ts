import { log } from '@temporalio/workflow';
import { isPermanent } from '../domain/failures.ts';
import { renderComment } from '../domain/report.ts';
import { deploymentOf } from '../domain/report-deployment.ts';
import { statusOf } from '../domain/preview-status.ts';
import { reportActivities } from './activity-proxies.ts';
import { reportOf } from './failure-report.ts';
import type { Entity } from './preview.ts';

const retryReportMs = 60_000;

/** Writes the comment and the deployment status of the state as it is now. */
export async function startReport({ state, record, now }: Entity): Promise<void> {
  record({ kind: 'report-started' });
  const { ref } = state();
  const status = statusOf(state());
  try {
    await reportActivities(`report ${status.phase}`).report({
      ref,
      body: renderComment(status),
      deployment: deploymentOf(status),
    });
    record({ kind: 'reported' });
  } catch (error) {
    const { type, summary } = reportOf(error);
    log.warn('the report could not be written', { type, summary });
    record({ kind: 'report-failed', againAt: isPermanent(type) ? null : now() + retryReportMs });
  }
}
