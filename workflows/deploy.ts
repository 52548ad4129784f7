import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { FailureReport } from '../domain/failures.ts';
import type { CheckedPlan, DeployOutcome, LivePlan } from '../domain/outcome.ts';
import type { PreviewStatus } from '../domain/status.ts';
import { lastingActivities } from './activity-proxies.ts';
import { reportOf } from './failure-report.ts';
import type { Restoration } from './restore.ts';
import { restore } from './restore.ts';
import { rollOut } from './roll-out.ts';

export interface DeployInput {
  readonly plan: CheckedPlan;
  /** What is served now and must go on being served if this fails; null for a first deploy. */
  readonly live: LivePlan | null;
  /** Services that a deploy before this one changed and left so: what is put back, should this one fail. */
  readonly disturbed: readonly string[];
  /** `restore` puts back what was live: pods of another revision that never became ready are deleted. */
  readonly mode: 'deploy' | 'restore';
  /** The database is dropped and made anew, so that migrations run from nothing. */
  readonly reset: boolean;
  /** Lease the namespace is made under; null: none is known. */
  readonly lease: string | null;
  /** What the comment says besides the progress, while the deploy's watch writes it. */
  readonly status: PreviewStatus;
}

/**
 * Brings a preview to a head commit. A first deploy that fails leaves the taking away to the entity; a failed update
 * puts each changed service back. Cancelled, it compensates nothing (it cannot know why) and says what it touched.
 */
export async function deploy({ plan, live, disturbed, mode, status }: DeployInput): Promise<DeployOutcome> {
  const touched = new Set(disturbed);
  const begunAt = Date.now();
  try {
    await lastingActivities(`prepare namespace ${plan.names.namespace}`).prepareNamespace({
      plan: plan.reference,
    });
    const notes = await rollOut({ plan, live, mode, status, touched });
    return { outcome: 'verified', verifiedAt: Date.now(), notes };
  } catch (error) {
    if (isCancelled(error)) return { outcome: 'stopped', touched: [...touched] };
    const failure = reportOf(error);
    if (failure.type === 'PlanChanged' && touched.size === disturbed.length)
      return { outcome: 'plan-changed' };
    return live === null
      ? failedFirst(failure, touched)
      : await fallBack({ plan, live, failure, touched, begunAt });
  }
}

function failedFirst(failure: FailureReport, touched: ReadonlySet<string>): DeployOutcome {
  return { outcome: 'failed', failure, touched: [...touched], restored: null, notes: [] };
}

interface FallBack extends Restoration {
  readonly failure: FailureReport;
}

async function fallBack({ failure, ...restoration }: FallBack): Promise<DeployOutcome> {
  const services = [...restoration.touched];
  if (services.length === 0) return { outcome: 'failed', failure, touched: [], restored: true, notes: [] };
  try {
    const notes = await restore(restoration);
    return { outcome: 'failed', failure, touched: services, restored: true, notes };
  } catch (error) {
    if (isCancelled(error)) return { outcome: 'stopped', touched: services };
    const note = `putting the commit before back failed too: ${reportOf(error).summary}`;
    return { outcome: 'failed', failure, touched: services, restored: false, notes: [note] };
  }
}

/** Only our own cancellation counts; an activity that was cancelled for another's failure is that failure's. */
function isCancelled(error: unknown): boolean {
  return isCancellation(error) && CancellationScope.current().consideredCancelled;
}
