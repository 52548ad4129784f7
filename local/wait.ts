import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** What is waited for, as it ends the sentence "… within 30 s". */
  what: string;
  /** Milliseconds until it is given up; default 60,000. */
  timeoutMs?: number;
  /** Milliseconds between two tries; default 50. */
  everyMs?: number;
  /** Called before each try; throws to give up at once, for example because the process died. */
  check?: () => void;
}

/**
 * Tries until the answer is neither undefined nor false; a try that throws counts as not yet.
 *
 * @throws with the last failed try as its cause, once the time is up.
 */
export async function waitFor<T>(
  attempt: () => Promise<T | undefined | false>,
  options: WaitOptions,
): Promise<T> {
  const { timeoutMs = 60_000, everyMs = 50, check } = options;
  const deadline = Date.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    check?.();
    try {
      const answer = await attempt();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      cause = error;
    }
    if (Date.now() > deadline)
      throw new Error(`${options.what} did not happen within ${timeoutMs / 1000} s.`, { cause });
    await sleep(everyMs);
  }
}
