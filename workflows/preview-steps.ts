import {
  CancellationScope,
  isCancellation,
  log,
  ParentClosePolicy,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { Step } from '../domain/decide.ts';
import type { CheckOutcome, DeployOutcome, Receipt } from '../domain/outcome.ts';
import type { PreviewState } from '../domain/preview.ts';
import { statusOf } from '../domain/preview-status.ts';
import { checkWorkflowId, cleanupWorkflowId, deployWorkflowId } from '../domain/workflow-ids.ts';
import { lastingActivities, localActivities, quickActivities } from './activity-proxies.ts';
import { check } from './check.ts';
import { executeLockedChild, untilClosed } from './child.ts';
import { cleanup } from './cleanup.ts';
import { deploy } from './deploy.ts';
import { reportOf } from './failure-report.ts';
import type { Entity } from './preview.ts';
import { startReport } from './preview-report.ts';

type Start = Exclude<Step['kind'], 'wait' | 'finish'>;

const retryReadingMs = 60_000;
/** The last look at the registries may take this much longer than the wait. */
const lastLookMs = 60_000;

/** Starts what `nextStep` says, without waiting: each end comes back as an event. */
export function createSteps(entity: Entity): { readonly start: (step: Start) => void } {
  // what `stop` stops; it never holds more than one check, wait or deploy
  let current = new CancellationScope();
  const inScope = (work: () => Promise<void>): void => {
    current = new CancellationScope();
    settle(current.run(work));
  };
  const starts: Record<Start, () => void> = {
    read: () => settle(read(entity)),
    check: () => inScope(() => runCheck(entity)),
    'await-images': () => inScope(() => awaitImages(entity)),
    deploy: () => inScope(() => runDeploy(entity)),
    restore: () => inScope(() => runRestore(entity)),
    stop: () => {
      entity.record({ kind: 'stopping' });
      current.cancel();
    },
    cleanup: () => settle(runCleanup(entity)),
    report: () => settle(startReport(entity)),
    expire: () => entity.record({ kind: 'expired' }),
  };
  return { start: (step) => starts[step]() };
}

/** Every start records its own end; what still gets here is our mistake and must not go unseen. */
function settle(work: Promise<void>): void {
  work.catch((error: unknown) =>
    log.error('a step of the preview ended without recording its end', { error }),
  );
}

async function read({ state, record }: Entity): Promise<void> {
  record({ kind: 'reading-started' });
  const { ref, running } = state();
  const expectSha = running.reading?.expectSha ?? null;
  try {
    const pullRequest = await quickActivities('read the pull request').readPullRequest({ ref, expectSha });
    record({ kind: 'pull-request-read', pullRequest });
  } catch (error) {
    record({ kind: 'reading-failed', failure: reportOf(error), againAt: Date.now() + retryReadingMs });
  }
}

async function runCheck({ state, record }: Entity): Promise<void> {
  const { wanted: attempt, ref, pullRequest, images } = state();
  if (attempt === null || pullRequest === null) return;
  record({ kind: 'check-started', attempt });
  const commit = pullRequest.head.sha;
  const end = (outcome: CheckOutcome): void => record({ kind: 'check-ended', attempt, outcome });
  try {
    const outcome = await executeLockedChild(check, {
      workflowId: checkWorkflowId(ref),
      input: { ref, commit, waitOver: images?.over ?? false },
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      summary: `check ${commit.slice(0, 7)}`,
    });
    end(outcome);
  } catch (error) {
    end(isCancellation(error) ? { outcome: 'stopped' } : { outcome: 'refused', failure: reportOf(error) });
  }
}

async function awaitImages({ state, record }: Entity): Promise<void> {
  const { images, pullRequest, ref } = state();
  if (images === null || pullRequest === null) return;
  const { attempt, requests, until } = images;
  record({ kind: 'images-awaited', attempt });
  const commit = pullRequest.head.sha;
  try {
    // a duration, not an instant: the activity's clock may differ from the workflow's
    const forMs = Math.max(0, until - Date.now());
    const waited = lastingActivities(`wait for the images of ${commit.slice(0, 7)}`, {
      // an attempt that begins anew on another worker must not wait for longer than was left
      scheduleToCloseMs: forMs + lastLookMs,
    });
    const { complete } = await waited.awaitImages({
      requests,
      commit,
      source: { owner: ref.owner, repository: ref.repository },
      forMs,
    });
    record({ kind: 'images-ended', ended: complete ? 'complete' : 'over' });
  } catch (error) {
    // asked in vain, the check that follows says why
    record({ kind: 'images-ended', ended: isCancellation(error) ? 'stopped' : 'over' });
  }
}

async function runDeploy({ state, record }: Entity): Promise<void> {
  const { checked, disturbed, holds, live, ref } = state();
  if (checked === null) return;
  const { attempt, plan } = checked;
  record({ kind: 'deploy-started', attempt });
  const { commit } = plan.reference.inputs;
  const end = (outcome: DeployOutcome): void => record({ kind: 'deploy-ended', attempt, outcome });
  try {
    // an earlier life may have been terminated while its cleanup ran: that one would take the new preview away
    if (holds === 'unknown') await untilClosed(cleanupWorkflowId(ref));
    const outcome = await executeLockedChild(deploy, {
      workflowId: deployWorkflowId(ref),
      input: { plan, live, disturbed, mode: 'deploy', status: statusOf(state()) },
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      summary: `deploy ${commit.slice(0, 7)}`,
    });
    end(outcome);
  } catch (error) {
    // a child that never began touched nothing; one that failed by our mistake may have touched everything
    const touched = plan.services.map(({ name }) => name);
    end(
      isCancellation(error)
        ? { outcome: 'stopped', touched: [] }
        : { outcome: 'failed', failure: reportOf(error), touched, restored: null, notes: [] },
    );
  }
}

async function runRestore({ state, record }: Entity): Promise<void> {
  const { live, ref } = state();
  record({ kind: 'restore-started' });
  if (live === null) return;
  const end = (outcome: DeployOutcome): void => record({ kind: 'restore-ended', outcome });
  // no comparison of hashes: the platform config may have changed since, and the live state is still wanted back
  const plan = { ...live.plan, reference: { ...live.plan.reference, hash: null } };
  try {
    const outcome = await executeLockedChild(deploy, {
      workflowId: deployWorkflowId(ref),
      input: { plan, live: null, disturbed: [], mode: 'restore', status: statusOf(state()) },
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      summary: `put ${plan.reference.inputs.commit.slice(0, 7)} back`,
    });
    end(outcome);
  } catch (error) {
    end(
      isCancellation(error)
        ? { outcome: 'stopped', touched: [] }
        : { outcome: 'failed', failure: reportOf(error), touched: [], restored: null, notes: [] },
    );
  }
}

async function runCleanup({ state, record }: Entity): Promise<void> {
  const before = state();
  record({ kind: 'cleanup-started' });
  for (;;) {
    try {
      const receipt = await takeAway(before);
      record({ kind: 'cleanup-ended', receipt });
      return;
    } catch (error) {
      // terminated, or failed by our mistake: what must be taken away must still be taken away
      const { type, summary } = reportOf(error);
      const problem = { type, where: null, message: `the cleanup ended without a receipt: ${summary}` };
      record({ kind: 'cleanup-stuck', blockers: [{ step: 'namespace', problem }] });
      log.error('the cleanup ended without a receipt and is started again', { error });
      await sleep('1m', { summary: 'before the cleanup is started again' });
    }
  }
}

async function takeAway({ ref, holds, names, pullRequest }: PreviewState): Promise<Receipt> {
  // what an earlier life was deploying when it was terminated would go on creating what is taken away here
  if (holds === 'unknown') await untilClosed(deployWorkflowId(ref));
  const repositoryId = pullRequest?.repositoryId ?? null;
  const located = await localActivities().locatePreview({ ref, repositoryId });
  const target = {
    ...located,
    namespace: names?.namespace ?? located.namespace,
    database: names?.database ?? located.database,
  };
  return await executeLockedChild(cleanup, {
    workflowId: cleanupWorkflowId(ref),
    input: { target, previewId: workflowInfo().workflowId },
    parentClosePolicy: ParentClosePolicy.ABANDON,
    summary: `take ${target.namespace} away`,
  });
}
