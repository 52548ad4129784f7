import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';

const firstWaitMs = 200;
const longestWaitMs = 2_000;

/**
 * Asks again and again until nothing is wrong, or the time is up.
 *
 * @param look says what is wrong, in one line, or null; an error it throws is what is wrong, but a failure of ours passes.
 * @param timeoutMs counted from now; it is asked at least once, and once more at the end.
 * @returns what was wrong at the last look; null when all is well.
 */
export async function untilWell(
  look: () => Promise<string | null>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string | null> {
  const deadline = Date.now() + timeoutMs;
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 1.6, longestWaitMs)) {
    const wrong = await look().catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof ApplicationFailure) throw error;
      return reason(error);
    });
    const leftMs = deadline - Date.now();
    if (wrong === null || leftMs <= 0) return wrong;
    await delay(Math.min(waitMs, leftMs), undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** An error of the network in one line; several tried addresses come without a text of their own. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: string };
  return error.message.split('\n', 1)[0] || code || error.name;
}
