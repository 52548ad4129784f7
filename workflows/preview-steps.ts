import { CancellationScope, log } from '@temporalio/workflow';
import { dueWarning } from '../domain/deadline.ts';
import type { Step } from '../domain/decide.ts';
import { quickActivities } from './activity-proxies.ts';
import { reportOf } from './failure-report.ts';
import type { Entity } from './preview.ts';
import { runCheck } from './preview-check.ts';
import { runCleanup } from './preview-cleanup.ts';
import { runDeploy, runRestore } from './preview-deploy.ts';
import { awaitImages, deleteImages } from './preview-images.ts';
import { askPlace, giveBack } from './preview-place.ts';
import { startReport } from './preview-report.ts';

type Start = Exclude<Step['kind'], 'wait' | 'finish'>;

const retryReadingMs = 60_000;

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
    'delete-images': () => settle(deleteImages(entity)),
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

async function read({ state, record, now }: Entity): Promise<void> {
  record({ kind: 'reading-started' });
  const { ref, running } = state();
  const expectSha = running.reading?.expectSha ?? null;
  try {
    const pullRequest = await quickActivities('read the pull request').readPullRequest({ ref, expectSha });
    record({ kind: 'pull-request-read', pullRequest });
  } catch (error) {
    record({ kind: 'reading-failed', failure: reportOf(error), againAt: now() + retryReadingMs });
  }
}

function warn({ state, record, now }: Entity): void {
  const distance = dueWarning(state().lifetime, now());
  if (distance !== null) record({ kind: 'warned', distance });
}
