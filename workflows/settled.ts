import { isCancellation } from '@temporalio/workflow';

/**
 * Waits for all, whatever becomes of each: nothing goes on unawaited behind a failure. Throws the first failure, or
 * the cancellation when there is nothing else.
 */
export async function allDone(work: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(work))
    .filter((result) => result.status === 'rejected')
    .map(({ reason }) => reason as unknown);
  if (failed.length > 0) throw failed.find((reason) => !isCancellation(reason)) ?? failed[0];
}
