import { checkout } from '../folders.ts';
import { withLock } from '../lock.ts';
import { ObtainError } from './failure.ts';

/**
 * Runs `work` while no other process does the same thing, named by a path. A holder that dies, however
 * it dies, holds nothing any more. When `signal` fires, waiting ends at once (`cancelled`).
 */
export async function alone(
  what: string,
  options: { say: (text: string) => void; signal?: AbortSignal | undefined },
  work: () => Promise<void>,
): Promise<void> {
  const { say, signal } = options;
  const cancelled = (): ObtainError => new ObtainError('cancelled', `cancelled before ${what} was obtained`);
  const locked = withLock(
    what,
    {
      holder: { pid: process.pid, checkout, doing: 'obtaining tools' },
      waiting: (holder) => say(`waiting for process ${holder.pid}, which is at it (${holder.checkout})`),
    },
    async () => {
      if (signal?.aborted === true) throw cancelled();
      say('starting');
      await work();
    },
  );
  if (signal === undefined) return locked;
  const stop = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(cancelled()), { once: true, signal: stop.signal });
  });
  try {
    await Promise.race([locked, aborted]);
  } finally {
    stop.abort();
    // After a cancellation nobody waits for the lock's own end, which is then the same failure.
    locked.catch(() => undefined);
  }
}
