import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { CheckedPlan, CheckedService, LivePlan } from '../domain/outcome.ts';
import type { PreviewStatus } from '../domain/status.ts';
import { lastingActivities, quickActivities } from './activity-proxies.ts';

/** The fence, another's Helm and hooks may take so long before the service's own time begins to count. */
const slackMs = 180_000;

/** Temporal's bound on one service; the activity itself ends earlier, with a reason. */
export function serviceLimitMs({ timeoutMs }: Pick<CheckedService, 'timeoutMs'>): number {
  return 2 * timeoutMs + slackMs;
}

export interface RollOut {
  readonly plan: CheckedPlan;
  readonly live: LivePlan | null;
  readonly mode: 'deploy' | 'restore';
  readonly status: PreviewStatus;
  /** Grows as services are begun: what a failure or a cancellation may have changed. */
  readonly touched: Set<string>;
}

/**
 * Database and services in parallel, each as soon as what it needs is ready, under one watch that fails the whole as
 * soon as a pod cannot come up; then the proof. Returns notes for people.
 */
export async function rollOut({ plan, live, mode, status, touched }: RollOut): Promise<string[]> {
  const watch = new CancellationScope();
  const work = new CancellationScope();
  const services = plan.services.map(({ name }) => name);
  const watching = watch.run(() =>
    lastingActivities(`watch ${services.join(', ')}`).watchDeploy({ plan: plan.reference, services, status }),
  );
  const watched = watching.then(
    () => undefined,
    (error: unknown) => {
      if (!isCancellation(error) || !watch.consideredCancelled) work.cancel();
      throw error;
    },
  );
  watched.catch(() => undefined);
  try {
    await work.run(() => startAll({ plan, live, mode, touched }));
  } catch (error) {
    await end(watch, watched, error);
    throw error;
  }
  // the watch ends while the proof is made: both are awaited, or it would outlive the workflow
  const [proof, ended] = await Promise.allSettled([
    verify({ plan, live, mode, touched }),
    end(watch, watched, null),
  ]);
  if (proof.status === 'rejected') throw proof.reason;
  if (ended.status === 'rejected') throw ended.reason;
  return proof.value;
}

/** Ends the watch. What it saw explains a failure better than the activity that waited for the same pods. */
async function end(watch: CancellationScope, watched: Promise<void>, cause: unknown): Promise<void> {
  watch.cancel();
  try {
    await watched;
  } catch (error) {
    if (!isCancellation(error)) throw error;
    if (cause === null && CancellationScope.current().consideredCancelled) throw error;
  }
}

interface Start {
  readonly plan: CheckedPlan;
  readonly live: LivePlan | null;
  readonly mode: 'deploy' | 'restore';
  readonly touched: Set<string>;
}

async function startAll({ plan, live, mode, touched }: Start): Promise<void> {
  const scope = CancellationScope.current();
  const begun = new Map<string, Promise<void>>();
  const database = plan.names.database === null ? Promise.resolve() : ensureDatabase(plan);
  let before: Promise<void> = Promise.resolve();
  for (const service of inOrder(plan.services)) {
    const needs = service.needs.map((name) => begun.get(name) ?? Promise.resolve());
    if (service.needsDatabase) needs.push(database);
    // updates whose surges do not fit the quota together go one after another
    if ((live !== null || mode === 'restore') && !plan.surgesFit) needs.push(before);
    const done = Promise.all(needs).then(() => start({ plan, mode, touched }, service));
    begun.set(service.name, done);
    before = done;
  }
  const all = [database, ...begun.values()];
  for (const one of all) one.catch(() => scope.cancel());
  const results = await Promise.allSettled(all);
  const failed = results
    .filter((result) => result.status === 'rejected')
    .map(({ reason }) => reason as unknown);
  if (failed.length > 0) throw failed.find((reason) => !isCancellation(reason)) ?? failed[0];
}

async function ensureDatabase(plan: CheckedPlan): Promise<void> {
  await quickActivities(`ensure database ${plan.names.database ?? ''}`).ensureDatabase({
    plan: plan.reference,
  });
}

async function start({ plan, mode, touched }: Omit<Start, 'live'>, service: CheckedService): Promise<void> {
  touched.add(service.name);
  await lastingActivities(`deploy ${service.name}`, {
    scheduleToCloseMs: serviceLimitMs(service),
  }).deployService({
    plan: plan.reference,
    service: service.name,
    mode,
  });
}

async function verify({ plan, live, touched }: Start): Promise<string[]> {
  const { notes } = await lastingActivities('verify digests, URLs and versions').verifyDeploy({
    plan: plan.reference,
  });
  const kept = new Set(plan.services.map(({ release }) => release));
  const dropped = (live?.plan.services ?? []).filter(({ release }) => !kept.has(release));
  for (const { name, release } of dropped) {
    touched.add(name);
    await quickActivities(`remove ${name}, which is no longer asked for`).removeRelease({
      plan: plan.reference,
      release,
    });
  }
  return notes;
}

/** Services after what they need; the check has refused cycles. */
function inOrder(services: readonly CheckedService[]): CheckedService[] {
  const ordered: CheckedService[] = [];
  const visit = (service: CheckedService): void => {
    if (ordered.includes(service)) return;
    for (const name of service.needs) {
      const needed = services.find((candidate) => candidate.name === name);
      if (needed) visit(needed);
    }
    ordered.push(service);
  };
  services.forEach(visit);
  return ordered;
}
