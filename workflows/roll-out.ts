import { ActivityFailure, CancellationScope, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import type { CheckedPlan, CheckedService } from '../domain/outcome.ts';
import type { PreviewStatus } from '../domain/status.ts';
import { lastingActivities, quickActivities } from './activity-proxies.ts';
import type { DeployTrace } from './deploy-trace.ts';
import { resetDatabase } from './reset-database.ts';
import { allDone } from './settled.ts';

/** The fence, another's Helm and hooks may take so long before the service's own time begins to count. */
const slackMs = 180_000;

export interface RollOut {
  readonly plan: CheckedPlan;
  /** `restore`: all services are tried, whatever becomes of the others. */
  readonly mode: 'deploy' | 'restore';
  /** Updates whose surges do not fit the quota together go one after another. */
  readonly oneByOne: boolean;
  /** What uses the database, to be taken away while that is made anew; null keeps the database. */
  readonly reset: readonly CheckedService[] | null;
  readonly status: PreviewStatus;
  readonly trace: DeployTrace;
}

/**
 * Database and services in parallel, each as soon as what it needs is ready, under one watch that fails the whole as
 * soon as a pod cannot come up; then the proof. Returns notes for people.
 */
export async function rollOut(wanted: RollOut): Promise<readonly string[]> {
  const { plan, mode, status } = wanted;
  const watch = new CancellationScope();
  const work = new CancellationScope();
  const services = plan.services.map(({ name }) => name);
  const watching = watch.run(() =>
    lastingActivities(`watch ${services.join(', ')}`).watchDeploy({ plan: plan.reference, services, status }),
  );
  const watched = watching.then(
    () => undefined,
    (error: unknown) => {
      const ended = isCancellation(error) && watch.consideredCancelled;
      if (!ended && mode === 'deploy') work.cancel();
      throw error;
    },
  );
  watched.catch(() => undefined);
  try {
    await work.run(() => startAll(wanted));
  } catch (error) {
    await end(watch, watched, error);
    throw error;
  }
  // the watch ends while the proof is made: both are awaited, or it would outlive the workflow
  const [proof, ended] = await Promise.allSettled([verify(wanted), end(watch, watched, null)]);
  if (proof.status === 'rejected') throw proof.reason;
  // what is proved to serve again is back, whatever the watch saw on the way
  if (ended.status === 'rejected' && (mode === 'deploy' || isCancellation(ended.reason))) throw ended.reason;
  return proof.value;
}

/** Ends the watch. What it saw explains a failure better than the activity that waited for the same pods. */
async function end(watch: CancellationScope, watched: Promise<void>, cause: unknown): Promise<void> {
  watch.cancel();
  try {
    await watched;
  } catch (error) {
    // asked to end with all ready, it went silent instead: its worker died, and Temporal tries it no more
    if (cause === null && isSilence(error)) return;
    if (!isCancellation(error)) throw error;
    if (cause === null && CancellationScope.current().consideredCancelled) throw error;
  }
}

function isSilence(error: unknown): boolean {
  return error instanceof ActivityFailure && error.cause instanceof TimeoutFailure;
}

async function startAll(wanted: RollOut): Promise<void> {
  const { plan, mode, oneByOne, reset } = wanted;
  const scope = CancellationScope.current();
  const begun = new Map<string, Promise<void>>();
  const database = plan.names.database === null ? Promise.resolve() : bringDatabase(wanted);
  let before: Promise<void> = Promise.resolve();
  for (const service of inOrder(plan.services)) {
    const needs = service.needs.map((name) => begun.get(name) ?? Promise.resolve());
    // one that used the database before, and does so no more, is taken away by a reset too
    const isTakenAway = reset?.some(({ release }) => release === service.release) ?? false;
    if (service.needsDatabase || isTakenAway) needs.push(database);
    if (oneByOne) needs.push(before);
    const needed: Promise<unknown> = mode === 'deploy' ? Promise.all(needs) : Promise.allSettled(needs);
    const done = needed.then(() => start(wanted, service));
    begun.set(service.name, done);
    before = done;
  }
  const all = [database, ...begun.values()];
  if (mode === 'deploy') for (const one of all) one.catch(() => scope.cancel());
  await allDone(all);
}

async function bringDatabase({ plan, reset, trace }: RollOut): Promise<void> {
  if (reset !== null) return await resetDatabase({ plan, users: reset, trace });
  await quickActivities(`ensure database ${plan.names.database ?? ''}`).ensureDatabase({
    plan: plan.reference,
  });
}

async function start({ plan, mode, trace }: RollOut, service: CheckedService): Promise<void> {
  const { name, timeoutMs } = service;
  trace.touched.add(name);
  const { changed } = await lastingActivities(`${mode === 'deploy' ? 'deploy' : 'put back'} ${name}`, {
    // Temporal's bound on one service; the activity itself ends earlier, with a reason
    scheduleToCloseMs: 2 * timeoutMs + slackMs,
  }).deployService({ plan: plan.reference, service: name, mode });
  if (changed) trace.changed.add(name);
  trace.readyAt.set(name, Date.now());
}

async function verify({ plan, mode }: RollOut): Promise<readonly string[]> {
  const what =
    mode === 'deploy' ? 'verify digests, URLs and versions' : 'verify that the commit before serves';
  const { notes } = await lastingActivities(what).verifyDeploy({ plan: plan.reference });
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
