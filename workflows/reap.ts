import { ApplicationFailure, isCancellation, setCurrentDetails } from '@temporalio/workflow';
import type { ReapAction } from '../domain/reconcile.ts';
import { nominate, reconcile } from '../domain/reconcile.ts';
import { readReapInput } from '../domain/reconcile-input.ts';
import type { ReapReport, TellOutcome } from '../domain/reconcile-report.ts';
import { reapReport } from '../domain/reconcile-report.ts';
import { describeAction, describeReap } from '../domain/reconcile-words.ts';
import type { DescribedPreview, Listed, ReapWorld, SeenPool } from '../domain/reconcile-world.ts';
import { localActivities, reapActivities } from './activity-proxies.ts';
import { reportOf } from './failure-report.ts';
import { measureReap } from './reap-metrics.ts';

/** Workflows that one activity asks Temporal for. */
const describedAtOnce = 100;

/**
 * One run of the reaper: gathers what exists, decides what should be, tells previews and pool. A system that is away is
 * a line of the report; nothing is concluded from it. Deletes nothing itself.
 *
 * @throws failure `BadMessage` when it was started with something else than a `ReapInput`.
 */
export async function reap(argument?: unknown): Promise<ReapReport> {
  const input = readReapInput(argument);
  if (!input.ok) throw ApplicationFailure.nonRetryable(input.wrong, 'BadMessage');
  const { dryRun } = input.value;
  const redelivering = redeliver(dryRun);
  redelivering.catch(() => undefined);
  const world = await gather();
  const described = await describe(nominate(world));
  const at = Date.now();
  const findings = reconcile(world, described, at);
  const outcomes = await Promise.all(findings.actions.map((action) => tell(action, dryRun)));
  const deliveries = await redelivering;
  const report = reapReport(world, { findings, outcomes, deliveries, dryRun, at });
  setCurrentDetails(describeReap(report));
  measureReap(report);
  return report;
}

/** What GitHub could not deliver is sent again, whatever else is found; never fails the run. */
async function redeliver(dryRun: boolean): Promise<ReapReport['deliveries']> {
  try {
    return await reapActivities(
      'have webhook events sent again that did not arrive',
    ).redeliverFailedDeliveries({ dryRun });
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { problem: reportOf(error).summary };
  }
}

/** Before anything is described: what a list has, was there when its preview was asked for. */
async function gather(): Promise<ReapWorld> {
  const scope = await localActivities().reapScope();
  const [previews, namespaces, databases, leases, pool, pullRequests] = await Promise.all([
    listed(reapActivities('list the open previews').listOpenPreviews()),
    listed(reapActivities('list the namespaces').listPreviewNamespaces()),
    listed(reapActivities('list databases and roles').listPreviewDatabases()),
    listed(reapActivities('list the places that are held').listLeases()),
    seenPool(reapActivities('ask whether the pool of places is open').isPoolOpen()),
    Promise.all(
      scope.repositories.map(async (repository) => {
        const { listOpenPullRequests } = reapActivities(`list the open pull requests of ${repository}`);
        return { repository, list: await listed(listOpenPullRequests({ repository })) };
      }),
    ),
  ]);
  return { scope, previews, namespaces, databases, leases, pool, pullRequests };
}

async function seenPool(answer: Promise<boolean>): Promise<SeenPool> {
  try {
    return (await answer) ? 'open' : 'closed';
  } catch (error) {
    if (isCancellation(error)) throw error;
    return 'unknown';
  }
}

async function listed<T>(list: Promise<readonly T[]>): Promise<Listed<T>> {
  try {
    return { ok: true, items: await list };
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { ok: false, why: reportOf(error).summary };
  }
}

/** What could not be asked for is missing here, and unknown to those who decide. */
async function describe(workflowIds: readonly string[]): Promise<DescribedPreview[]> {
  const described: DescribedPreview[] = [];
  for (let from = 0; from < workflowIds.length; from += describedAtOnce) {
    const some = workflowIds.slice(from, from + describedAtOnce);
    const { describePreviews } = reapActivities(`describe ${some.length} workflows`);
    const answers = await listed(describePreviews({ workflowIds: some }));
    const unknown = (workflowId: string): DescribedPreview[] =>
      answers.ok ? [] : [{ workflowId, state: 'unknown', why: answers.why }];
    described.push(...(answers.ok ? answers.items : some.flatMap(unknown)));
  }
  return described;
}

async function tell(action: ReapAction, dryRun: boolean): Promise<TellOutcome> {
  if (dryRun) return { state: 'planned' };
  try {
    const { told } = await reapActivities(describeAction(action)).tellPreview(action);
    return { state: told ? 'sent' : 'moot' };
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { state: 'failed', problem: reportOf(error).summary };
  }
}
