import { Context } from '@temporalio/activity';

/** Heartbeats are sent this often; the proxies' heartbeat timeout is a multiple of it. */
const heartbeatEveryMs = 4_000;

/**
 * Runs work that lasts: beats while it runs, and hands it the signal that aborts when Temporal cancels the activity.
 * After an abort the work must stop what it started and rethrow `signal.reason`.
 *
 * @param details what a retry finds as heartbeat details; read at each beat.
 */
export async function withHeartbeat<T>(
  work: (signal: AbortSignal) => Promise<T>,
  details?: () => unknown,
): Promise<T> {
  const context = Context.current();
  const beat = (): void => context.heartbeat(details?.());
  beat();
  const timer = setInterval(beat, heartbeatEveryMs);
  try {
    return await work(context.cancellationSignal);
  } finally {
    clearInterval(timer);
  }
}
