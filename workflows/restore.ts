import type { CheckedPlan, LivePlan } from '../domain/outcome.ts';
import { lastingActivities, quickActivities } from './activity-proxies.ts';
import { serviceLimitMs } from './roll-out.ts';

export interface Restoration {
  readonly plan: CheckedPlan;
  readonly live: LivePlan;
  /** Services that the failed update began with. */
  readonly touched: ReadonlySet<string>;
  /** When it began; epoch milliseconds. */
  readonly begunAt: number;
}

/**
 * Puts each changed service back to what was live and proves it, as any deploy is proved. Never by Helm's history:
 * a few revisions later the good one is pruned. Returns notes for people.
 */
export async function restore({ plan, live, touched, begunAt }: Restoration): Promise<string[]> {
  // no comparison of hashes: the platform config may have changed since, and the live state is still wanted back
  const reference = { ...live.plan.reference, hash: null };
  const back = live.plan.services.filter(({ name }) => touched.has(name));
  const added = plan.services.filter(
    ({ name, release }) =>
      touched.has(name) && !live.plan.services.some((service) => service.release === release),
  );
  const [returned, removed] = await Promise.all([
    Promise.allSettled(
      back.map((service) =>
        lastingActivities(`put ${service.name} back`, {
          scheduleToCloseMs: serviceLimitMs(service),
        }).deployService({ plan: reference, service: service.name, mode: 'restore' }),
      ),
    ),
    Promise.allSettled(
      added.map(({ name, release }) =>
        quickActivities(`remove ${name}, which was not there before`).removeRelease({
          plan: reference,
          release,
        }),
      ),
    ),
  ]);
  const failed = [...returned, ...removed].find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  await lastingActivities('verify that the commit before serves').verifyDeploy({ plan: reference });
  const seconds = Math.round((Date.now() - begunAt) / 1000);
  // one that needed no change was never away
  const wasChanged = returned.map((result) => result.status === 'fulfilled' && result.value.changed);
  const away = back
    .filter(({ interrupted }, index) => interrupted && wasChanged[index])
    .map(({ name }) => name);
  return [
    ...(away.length > 0
      ? [`${away.join(', ')} could not keep the old pod meanwhile: away for up to ${seconds} s`]
      : []),
    ...(plan.names.database === null ? [] : ['Migrations of the failed commit are not undone.']),
  ];
}
