import {
  CancellationScope,
  isCancellation,
  log,
  ParentClosePolicy,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { leaseId } from '../domain/capacity-messages.ts';
import { dueWarning } from '../domain/deadline.ts';
import type { Step } from '../domain/decide.ts';
import { leasesToGiveBack, placeNeed } from '../domain/decide.ts';
import type { CheckOutcome, DeployOutcome, Receipt } from '../domain/outcome.ts';
import { acquireMessage } from '../domain/place.ts';
import type { PreviewState } from '../domain/preview.ts';
import { statusOf } from '../domain/preview-status.ts';
import { checkWorkflowId, cleanupWorkflowId, deployWorkflowId } from '../domain/workflow-ids.ts';
import {
  lastingActivities,
  localActivities,
  patientActivities,
  quickActivities,
} from './activity-proxies.ts';
import type { CheckInput } from './check.ts';
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
    'check-again': () => entity.record({ kind: 'check-retried' }),
    'await-images': () => inScope(() => awaitImages(entity)),
    'ask-place': () => settle(askPlace(entity)),
    'give-back': () => settle(giveBack(entity)),
    deploy: () => inScope(() => runDeploy(entity)),
    restore: () => inScope(() => runRestore(entity)),
    stop: () => {
      entity.record({ kind: 'stopping' });
      current.cancel();
    },
    cleanup: () => settle(runCleanup(entity)),
    report: () => settle(startReport(entity)),
    warn: () => warn(entity),
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
  const { wanted: attempt, ref, pullRequest, images, approved, reports, place } = state();
  if (attempt === null || pullRequest === null) return;
  record({ kind: 'check-started', attempt });
  const commit = pullRequest.head.sha;
  const input: CheckInput = {
    ref,
    commit,
    waitOver: images?.over ?? false,
    approved: approved?.sha === commit,
    reported: reports.list.find(({ sha }) => sha === commit)?.images ?? [],
    place: place.granted?.place ?? null,
  };
  const end = (outcome: CheckOutcome): void => record({ kind: 'check-ended', attempt, outcome });
  try {
    const outcome = await executeLockedChild(check, {
      workflowId: checkWorkflowId(ref),
      input,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      summary: `check ${commit.slice(0, 7)}`,
    });
    end(outcome);
  } catch (error) {
    end(
      isCancellation(error)
        ? { outcome: 'stopped' }
        : { outcome: 'refused', failure: reportOf(error), exists: null },
    );
  }
}

/** The answer comes as a signal. */
async function askPlace({ state, record }: Entity): Promise<void> {
  const now = Date.now();
  const need = placeNeed(state(), now);
  if (need === null) return;
  record({ kind: 'place-asked', need });
  const { workflowId } = workflowInfo();
  try {
    await patientActivities(`ask for a place${need.ready ? '' : ', not ready yet'}`).acquirePlace(
      acquireMessage(state().place, { workflowId, need, now }),
    );
  } catch (error) {
    // asked once more after a minute
    log.error('the pool could not be asked for a place', { error });
  }
  record({ kind: 'place-told' });
}

async function giveBack({ state, record }: Entity): Promise<void> {
  const ids = leasesToGiveBack(state());
  record({ kind: 'giving-back', ids });
  for (const id of ids) {
    try {
      await patientActivities('give the place back').releasePlace({ id });
    } catch (error) {
      // the reaper finds a lease without a preview
      log.error('a place could not be given back', { id, error });
    }
  }
  record({ kind: 'given-back', ids });
}

function warn({ state, record }: Entity): void {
  const distance = dueWarning(state().lifetime, Date.now());
  if (distance !== null) record({ kind: 'warned', distance });
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
  const { checked, disturbed, holds, live, place, ref, reset } = state();
  if (checked === null) return;
  const { attempt, plan } = checked;
  record({ kind: 'deploy-started', attempt });
  const { commit } = plan.reference.inputs;
  const lease = place.granted === null ? null : leaseId(workflowInfo().workflowId, place.number);
  const end = (outcome: DeployOutcome): void => record({ kind: 'deploy-ended', attempt, outcome });
  try {
    // an earlier life may have been terminated while its cleanup ran: that one would take the new preview away
    if (holds === 'unknown') await untilClosed(cleanupWorkflowId(ref));
    const outcome = await executeLockedChild(deploy, {
      workflowId: deployWorkflowId(ref),
      input: { plan, live, disturbed, mode: 'deploy', status: statusOf(state()), reset, lease },
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
  const { live, place, ref } = state();
  record({ kind: 'restore-started' });
  if (live === null) return;
  const lease = place.granted === null ? null : leaseId(workflowInfo().workflowId, place.number);
  const end = (outcome: DeployOutcome): void => record({ kind: 'restore-ended', outcome });
  // no comparison of hashes: the platform config may have changed since, and the live state is still wanted back
  const plan = { ...live.plan, reference: { ...live.plan.reference, hash: null } };
  try {
    const outcome = await executeLockedChild(deploy, {
      workflowId: deployWorkflowId(ref),
      input: {
        plan,
        live: null,
        disturbed: [],
        mode: 'restore',
        status: statusOf(state()),
        reset: false,
        lease,
      },
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
