import { WorkflowNotFoundError } from '@temporalio/client';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import { checkWorkflowId, cleanupWorkflowId, deployWorkflowId } from '../../domain/workflow-ids.ts';
import type { History } from '../support/histories.ts';
import type { Preview, Scene } from './scene.ts';
import { eventually } from './scene.ts';

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
  const before = await lastRun(scene, preview.ref, step);
  await begin();
  const runId = await eventually(
    async () => {
      const last = await lastRun(scene, preview.ref, step);
      if (last === null || last === before) throw new Error('it has not begun');
      return last;
    },
    `${step.child} of ${preview.namespace}`,
    120_000,
  );
  const child = scene.client.workflow.getHandle(idOf(step.child, preview.ref), runId);
  for await (const event of eventsOf(scene, child.workflowId, runId)) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled?.activityType?.name !== step.activity || !isFor(step, event)) continue;
    return await standingStill(scene, async () => {
      const { pendingActivities } = (await child.describe()).raw;
      if (!pendingActivities?.some(({ activityId }) => activityId === scheduled.activityId)) return false;
      await act();
      return true;
    });
  }
  return false;
}

async function lastRun({ client }: Scene, ref: PullRequestRef, { child }: Step): Promise<string | null> {
  try {
    return (await client.workflow.getHandle(idOf(child, ref)).describe()).runId;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

type HistoryEvent = NonNullable<History['events']>[number];

/** The events of a run as they happen, until its end. */
async function* eventsOf({ client }: Scene, workflowId: string, runId: string): AsyncGenerator<HistoryEvent> {
  const { namespace } = client.options;
  const from = { namespace, execution: { workflowId, runId }, waitNewEvent: true };
  let token = new Uint8Array();
  do {
    const request = { ...from, nextPageToken: token };
    const answer = await client.withDeadline(
      Date.now() + 90_000,
      async () => await client.workflowService.getWorkflowExecutionHistory(request),
    );
    yield* answer.history?.events ?? [];
    token = new Uint8Array(answer.nextPageToken ?? []);
  } while (token.length > 0);
}

/** Which service an activity is for, only its summary tells. */
function isFor({ service }: Step, { userMetadata }: HistoryEvent): boolean {
  if (service === undefined) return true;
  return Buffer.from(userMetadata?.summary?.data ?? []).toString() === JSON.stringify(`deploy ${service}`);
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
