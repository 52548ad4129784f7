import {
  allHandlersFinished,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  log,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { CleanupBlocker, CleanupTarget, Receipt } from '../domain/outcome.ts';
import { cleanupRound } from './cleanup-round.ts';
import { cleanupStuckSignal } from './messages.ts';

export interface CleanupInput {
  readonly target: CleanupTarget;
  /** The preview's workflow: told once a round what stands in the way. */
  readonly previewId: string;
  /** Carried from round to round by continue-as-new. */
  readonly progress?: CleanupProgress;
}

export interface CleanupProgress {
  readonly round: number;
  readonly found: boolean;
  readonly evidence: readonly string[];
}

/** Minutes between rounds; the last one for ever. */
const pausesMinutes = [5, 10, 20, 40, 60];

/**
 * Takes a preview away and proves it gone. Rounds without success are repeated for ever, each one telling the preview
 * what blocks: what cannot be taken away today may be tomorrow, and nothing may leak for want of patience.
 */
export async function cleanup(input: CleanupInput): Promise<Receipt> {
  let progress = input.progress ?? { round: 0, found: false, evidence: [] };
  for (;;) {
    const result = await cleanupRound(input.target, progress);
    if (result.receipt !== null) return result.receipt;
    progress = { round: progress.round + 1, found: result.found, evidence: result.evidence };
    await tell(input.previewId, result.blockers);
    const minutes = pausesMinutes[Math.min(progress.round, pausesMinutes.length) - 1] ?? 60;
    await sleep(`${minutes}m`, {
      summary: `round ${progress.round} was not enough; next one in ${minutes} min`,
    });
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof cleanup>({ ...input, progress });
    }
  }
}

async function tell(previewId: string, blockers: readonly CleanupBlocker[]): Promise<void> {
  try {
    await getExternalWorkflowHandle(previewId).signal(cleanupStuckSignal, blockers);
  } catch (error) {
    // the entity may have been terminated; the cleanup goes on without it
    log.warn('the preview could not be told what blocks its cleanup', { previewId, error });
  }
}
