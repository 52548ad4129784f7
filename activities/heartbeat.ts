import { setTimeout as sleep } from 'node:timers/promises';
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

/** The SDK sends beats at most so often, as a part of the heartbeat timeout: of several meanwhile, the last. */
const sentEvery = 0.8;
/** For the way to Temporal. */
const wayMs = 1_000;

/**
 * Beats with details and waits until Temporal has them: for what no retry can find out again once the work goes on.
 * Without a heartbeat timeout nothing is waited for.
 */
export async function recorded(details: unknown, signal: AbortSignal): Promise<void> {
  const context = Context.current();
  const { heartbeatTimeoutMs } = context.info;
  context.heartbeat(details);
  if (heartbeatTimeoutMs === undefined) return;
  await sleep(heartbeatTimeoutMs * sentEvery + wayMs, undefined, { signal }).catch(() =>
    signal.throwIfAborted(),
  );
}
