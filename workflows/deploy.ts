import { CancellationScope, isCancellation, patched } from '@temporalio/workflow';
import type { Absence } from '../domain/deploy-notes.ts';
import { fallBackNotes, resetNotes } from '../domain/deploy-notes.ts';
import type { FailureReport } from '../domain/failures.ts';
import type { CheckedPlan, DeployOutcome, LivePlan } from '../domain/outcome.ts';
import { databaseUsers, droppedServices, mayHaveStrays, planToRestore } from '../domain/restore.ts';
import type { PreviewStatus } from '../domain/status.ts';
import { lastingActivities } from './activity-proxies.ts';
import type { DeployTrace } from './deploy-trace.ts';
import { beginTrace } from './deploy-trace.ts';
import { reportOf } from './failure-report.ts';
import { removeStrays, restore } from './restore.ts';
import { rollOut } from './roll-out.ts';

export interface DeployInput {
  readonly plan: CheckedPlan;
  /** What is served now and must go on being served if this fails; null for a first deploy. */
  readonly live: LivePlan | null;
  /** Services that a deploy before this one changed and left so: what is put back, should this one fail. */
  readonly disturbed: readonly string[];
  /** `restore`: the plan is what was live. Everything is put back to it, and what it does not have is taken away. */
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
 * puts everything back. Cancelled, it compensates nothing (it cannot know why) and says what it touched.
 */
export async function deploy(input: DeployInput): Promise<DeployOutcome> {
  const { live, disturbed, mode } = input;
  const trace = beginTrace(disturbed);
  const begunAt = Date.now();
  try {
    const notes = mode === 'deploy' ? await bring(input, trace) : await putBack(input, trace);
    return { outcome: 'verified', verifiedAt: Date.now(), notes };
  } catch (error) {
    const touched = [...trace.touched];
    if (isCancelled(error)) return { outcome: 'stopped', touched };
    const failure = reportOf(error);
    const begun = touched.length > disturbed.length || trace.database !== 'kept';
    // what was begun is brought to the new plan; deploys of before this patch fell back to what was live
    if (failure.type === 'PlanChanged' && (!begun || patched('plan-changed-half-way')))
      return { outcome: 'plan-changed', touched };
    return live === null || mode === 'restore'
      ? { outcome: 'failed', failure, touched, restored: null, notes: [] }
      : await fallBack(input, { live, failure, trace, begunAt });
  }
}

async function bring(input: DeployInput, trace: DeployTrace): Promise<readonly string[]> {
  const { plan, live, disturbed, reset, lease, status } = input;
  await lastingActivities(`prepare namespace ${plan.names.namespace}`).prepareNamespace({
    plan: plan.reference,
    lease,
  });
  const isUpdate = live !== null || disturbed.length > 0;
  const notes = await rollOut({
    plan,
    mode: 'deploy',
    oneByOne: isUpdate && !plan.surgesFit,
    reset: reset ? databaseUsers(plan, live) : null,
    status,
    trace,
  });
  for (const { name } of droppedServices(plan, live)) trace.touched.add(name);
  if (mayHaveStrays(plan, { live, disturbed })) await removeStrays(plan);
  if (!reset) return notes;
  const hasDatabase = plan.names.database !== null;
  return [...notes, ...resetNotes({ hasDatabase, away: absences(live, trace) })];
}

async function putBack({ plan, lease, status }: DeployInput, trace: DeployTrace): Promise<readonly string[]> {
  return await restore({ plan: planToRestore({ plan }), lease, status, trace });
}

/** Of what was live, and is served again. */
function absences(live: LivePlan | null, { removedAt, readyAt }: DeployTrace): Absence[] {
  return (live?.plan.services ?? []).flatMap(({ name }): Absence[] => {
    const [from, to] = [removedAt.get(name), readyAt.get(name)];
    return from === undefined || to === undefined ? [] : [{ service: name, ms: to - from }];
  });
}

interface Fallen {
  readonly live: LivePlan;
  readonly failure: FailureReport;
  readonly trace: DeployTrace;
  /** Epoch milliseconds. */
  readonly begunAt: number;
}

async function fallBack(
  { lease, status }: DeployInput,
  { live, failure, trace, begunAt }: Fallen,
): Promise<DeployOutcome> {
  const touched = [...trace.touched];
  const failed = { outcome: 'failed', failure, touched } as const;
  if (touched.length === 0 && trace.database === 'kept') return { ...failed, restored: true, notes: [] };
  const plan = planToRestore(live);
  const back = beginTrace([]);
  const reason = `the update failed; putting ${plan.reference.inputs.commit.slice(0, 7)} back`;
  try {
    await restore({ plan, lease, status: { ...status, reason, failure }, trace: back });
  } catch (error) {
    if (isCancelled(error)) return { outcome: 'stopped', touched };
    const note = `putting the commit before back failed too: ${reportOf(error).summary}`;
    return { ...failed, restored: false, notes: [note] };
  }
  const away = plan.services.filter(
    // one that needed no change was never away
    ({ name, interrupted }) => back.changed.has(name) && (interrupted || trace.removedAt.has(name)),
  );
  const notes = fallBackNotes({
    away: away.map(({ name }) => name),
    ms: Date.now() - begunAt,
    database: plan.names.database === null ? null : trace.database,
  });
  return { ...failed, restored: true, notes };
}

/** Only our own cancellation counts; an activity that was cancelled for another's failure is that failure's. */
function isCancelled(error: unknown): boolean {
  return isCancellation(error) && CancellationScope.current().consideredCancelled;
}
