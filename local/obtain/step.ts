import type { Progress } from '../progress.ts';

/** On a terminal the time ticks; in a log each update is a line. */
const tickMilliseconds = process.stderr.isTTY ? 1000 : 15_000;

/**
 * Shows `work` as one step: what it `say`s with the time it has taken, then its end. A failure is shown
 * and thrown on.
 */
export async function runStep(
  progress: Progress,
  title: string,
  work: (say: (what: string) => void) => Promise<void>,
): Promise<void> {
  const started = Date.now();
  let doing = 'starting';
  progress.start(title);
  const ticking = setInterval(
    () => progress.update(`${title}: ${doing}, ${elapsed(started)}`),
    tickMilliseconds,
  );
  try {
    await work((what) => {
      doing = what;
    });
    progress.done(`${title}: done in ${elapsed(started)}`);
  } catch (error) {
    progress.fail(error instanceof Error ? error.message : String(error));
    throw error;
  } finally {
    clearInterval(ticking);
  }
}

/** Time between two instants in milliseconds, as people read it: `9 s`, `2 min 05 s`. */
export function elapsed(since: number, now: number = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - since) / 1000));
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}
