import type { CheckedPlan, CheckedService } from '../domain/outcome.ts';
import { lastingActivities, quickActivities } from './activity-proxies.ts';
import type { DeployTrace } from './deploy-trace.ts';
import { allDone } from './settled.ts';

/**
 * Takes away what uses the database, down to the last pod, and makes the database anew: an old pod would connect
 * again, and fill the new one. The roll-out that follows brings the services back, whose migrations run from nothing.
 */
export async function resetDatabase({
  plan,
  users,
  trace,
}: {
  readonly plan: CheckedPlan;
  readonly users: readonly CheckedService[];
  readonly trace: DeployTrace;
}): Promise<void> {
  await allDone(
    users.map(({ name, release }) => {
      trace.touched.add(name);
      trace.removedAt.set(name, Date.now());
      return lastingActivities(`remove ${name}, whose database is reset`).removeRelease({
        plan: plan.reference,
        release,
        untilGone: true,
      });
    }),
  );
  trace.database = 'resetting';
  await quickActivities(`reset database ${plan.names.database ?? ''}`).resetDatabase({
    plan: plan.reference,
  });
  trace.database = 'reset';
}
