import type { WorkflowExecutionDescription } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import { checkWorkflowId, cleanupWorkflowId, deployWorkflowId } from '../../domain/workflow-ids.ts';
import type { Preview, Scene } from './scene.ts';

/** One activity of a preview's children, by the names that Temporal knows. */
export interface Step {
  readonly child: 'check' | 'deploy' | 'cleanup';
  readonly activity: string;
  /** Only where several of the same activity differ by it. */
  readonly service?: string;
}

/** Every step of a check. */
export const checkSteps: readonly Step[] = [
  { child: 'check', activity: 'readConfig' },
  { child: 'check', activity: 'resolveImages' },
  { child: 'check', activity: 'preflight' },
  { child: 'check', activity: 'renderPlan' },
];

/** Every step of a deploy of these services with a database. */
export function deploySteps(services: readonly string[]): Step[] {
  return [
    { child: 'deploy', activity: 'prepareNamespace' },
    { child: 'deploy', activity: 'ensureDatabase' },
    ...services.map((service) => ({ child: 'deploy', activity: 'deployService', service }) as const),
    { child: 'deploy', activity: 'verifyDeploy' },
  ];
}

/** Every step of a cleanup. */
export const cleanupSteps: readonly Step[] = [
  { child: 'cleanup', activity: 'deleteNamespace' },
  { child: 'cleanup', activity: 'endDeployments' },
  { child: 'cleanup', activity: 'awaitNamespaceGone' },
  { child: 'cleanup', activity: 'dropDatabase' },
  { child: 'cleanup', activity: 'readBack' },
];

/** For titles and lists of what was hit. */
export function nameOf({ child, activity, service }: Step): string {
  return [child, activity, ...(service === undefined ? [] : [service])].join(' ');
}

export interface DuringStep {
  readonly preview: Preview;
  readonly step: Step;
  /** Sets off the child that has the step. */
  readonly begin: () => Promise<void>;
  /** What happens while the step is under way. */
  readonly act: () => Promise<void>;
}

/**
 * Does something in the middle of a step: the worker is stopped where it is (SIGSTOP) while the step is seen to be
 * under way and the thing is done, so that the step cannot end before. False: it was over before it could be caught.
 */
export async function duringStep(scene: Scene, { preview, step, begin, act }: DuringStep): Promise<boolean> {
  const before = (await describe(scene, preview.ref, step))?.runId;
  await begin();
  const deadline = Date.now() + 120_000;
  while (Date.now() < deadline) {
    const seen = await describe(scene, preview.ref, step);
    if (seen !== null && seen.runId !== before) {
      if (await isUnderWay(scene, { step, seen })) {
        const caught = await standingStill(scene, async () => {
          const still = await describe(scene, preview.ref, step);
          if (still === null || !(await isUnderWay(scene, { step, seen: still }))) return false;
          await act();
          return true;
        });
        if (caught) return true;
      }
      if (seen.status.name !== 'RUNNING') return false;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${nameOf(step)} of ${preview.namespace} did not come within two minutes`);
}

async function describe(
  { client }: Scene,
  ref: PullRequestRef,
  { child }: Step,
): Promise<WorkflowExecutionDescription | null> {
  try {
    return await client.workflow.getHandle(idOf(child, ref)).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

function idOf(child: Step['child'], ref: PullRequestRef): string {
  switch (child) {
    case 'check':
      return checkWorkflowId(ref);
    case 'deploy':
      return deployWorkflowId(ref);
    case 'cleanup':
      return cleanupWorkflowId(ref);
  }
}

async function isUnderWay(
  { client }: Scene,
  { step, seen }: { readonly step: Step; readonly seen: WorkflowExecutionDescription },
): Promise<boolean> {
  const pending = (seen.raw.pendingActivities ?? []).filter(
    ({ activityType }) => activityType?.name === step.activity,
  );
  if (pending.length === 0 || step.service === undefined) return pending.length > 0;
  // which service an activity is for, only its summary in the history tells
  const { events } = await client.workflow.getHandle(seen.workflowId, seen.runId).fetchHistory();
  return (events ?? []).some(({ activityTaskScheduledEventAttributes: scheduled, userMetadata }) => {
    if (!pending.some(({ activityId }) => activityId === scheduled?.activityId)) return false;
    const summary = Buffer.from(userMetadata?.summary?.data ?? []).toString();
    return summary === JSON.stringify(`deploy ${step.service ?? ''}`);
  });
}

let standing: Promise<unknown> = Promise.resolve();

/** Runs `work` while the scene's worker process stands still; one at a time, or one would wake it for another. */
async function standingStill<T>(scene: Scene, work: () => Promise<T>): Promise<T> {
  const turn = standing.then(async () => {
    const { pid } = scene.worker();
    process.kill(pid, 'SIGSTOP');
    try {
      return await work();
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });
  standing = turn.catch(() => undefined);
  return await turn;
}
