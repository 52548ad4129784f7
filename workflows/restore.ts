import { isCancellation } from '@temporalio/workflow';
import type { CheckedPlan } from '../domain/outcome.ts';
import type { PreviewStatus } from '../domain/status.ts';
import { lastingActivities } from './activity-proxies.ts';
import type { DeployTrace } from './deploy-trace.ts';
import { rollOut } from './roll-out.ts';

export interface Restoration {
  /** By `planToRestore`. */
  readonly plan: CheckedPlan;
  readonly lease: string | null;
  readonly status: PreviewStatus;
  readonly trace: DeployTrace;
}

/**
 * Makes the namespace hold what is live and nothing else, and proves it, as any deploy is proved. Never by Helm's
 * history: a few revisions later the good one is pruned. All services are put back, those with another release too;
 * for one that is as it should be, Helm does not run. Returns notes for people.
 */
export async function restore({ plan, lease, status, trace }: Restoration): Promise<readonly string[]> {
  // other hosts may have been allowed since; what was not asked for before takes quota away from what was
  const [prepared, tidied] = await Promise.allSettled([
    lastingActivities(`prepare namespace ${plan.names.namespace}`).prepareNamespace({
      plan: plan.reference,
      lease,
    }),
    removeStrays(plan),
  ]);
  try {
    const oneByOne = !plan.surgesFit;
    const notes = await rollOut({ plan, mode: 'restore', oneByOne, reset: null, status, trace });
    if (tidied.status === 'rejected') throw tidied.reason;
    return notes;
  } catch (error) {
    if (prepared.status === 'rejected' && !isCancellation(error)) throw prepared.reason;
    throw error;
  }
}

/** Takes away the releases that a plan does not have, whoever left them. */
export async function removeStrays({ reference, services }: CheckedPlan): Promise<void> {
  const kept = services.map(({ name }) => name).join(', ');
  await lastingActivities(`remove what is none of ${kept}`).removeStrayReleases({ plan: reference });
}
