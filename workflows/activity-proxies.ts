import type { ActivityOptions } from '@temporalio/workflow';
import { ActivityCancellationType, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

const backoff = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' } as const;

/** Calls that answer within seconds, tried for a few minutes. */
const quick: ActivityOptions = {
  startToCloseTimeout: '90s',
  scheduleToCloseTimeout: '5m',
  retry: backoff,
};

/** Work that lasts and beats; a beat is missed for 20 s before another attempt starts. */
const lasting: ActivityOptions = {
  startToCloseTimeout: '40m',
  heartbeatTimeout: '20s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { ...backoff, maximumAttempts: 20 },
};

/** Bytes; Temporal's documented most. With too long a summary a workflow task fails, again and again. */
const longestSummary = 200;

/** Summaries are what people read in Temporal Web UI. */
export function quickActivities(summary: string): Activities {
  return proxyActivities<Activities>({ ...quick, summary: summary.slice(0, longestSummary) });
}

export function lastingActivities(
  summary: string,
  timeout?: { readonly scheduleToCloseMs: number },
): Activities {
  return proxyActivities<Activities>({
    ...lasting,
    // what may last longer than the usual attempt must not be broken off and begun again for that
    ...(timeout
      ? { scheduleToCloseTimeout: timeout.scheduleToCloseMs, startToCloseTimeout: timeout.scheduleToCloseMs }
      : {}),
    summary: summary.slice(0, longestSummary),
  });
}

/** Writing comment and deployment status: tried for three minutes, then the entity hears of it and goes on. */
export function reportActivities(summary: string): Activities {
  return proxyActivities<Activities>({
    startToCloseTimeout: '60s',
    scheduleToCloseTimeout: '3m',
    retry: backoff,
    summary: summary.slice(0, longestSummary),
  });
}

/** One round of a cleanup step: retried within five minutes, then the round is over. */
export function roundActivities(summary: string): Activities {
  return proxyActivities<Activities>({
    startToCloseTimeout: '5m',
    scheduleToCloseTimeout: '5m',
    heartbeatTimeout: '20s',
    retry: backoff,
    summary: summary.slice(0, longestSummary),
  });
}

/** A pool's look at what is held: tried for a minute, then it says why it gives no place, and looks again. */
export function recoveryActivities(summary: string): Activities {
  return proxyActivities<Activities>({
    startToCloseTimeout: '30s',
    scheduleToCloseTimeout: '60s',
    heartbeatTimeout: '20s',
    retry: backoff,
    summary: summary.slice(0, longestSummary),
  });
}

/** A word to another workflow that must arrive: tried for as long as it takes. */
export function patientActivities(summary: string): Activities {
  return proxyActivities<Activities>({
    startToCloseTimeout: '30s',
    retry: backoff,
    summary: summary.slice(0, longestSummary),
  });
}

/** What the reaper asks and tells: tried for a minute or so, then it is a line of its report, and the next run's. */
export function reapActivities(summary: string): Activities {
  return proxyActivities<Activities>({
    startToCloseTimeout: '2m',
    scheduleToCloseTimeout: '3m',
    heartbeatTimeout: '20s',
    retry: { ...backoff, maximumAttempts: 4 },
    summary: summary.slice(0, longestSummary),
  });
}

/** In-process arithmetic that needs the platform config. */
export function localActivities(): Activities {
  return proxyLocalActivities<Activities>({ startToCloseTimeout: '10s' });
}

/** Waiting for another workflow's end: as long as it takes. */
export function waitingActivities(summary: string): Activities {
  return proxyActivities<Activities>({
    startToCloseTimeout: '24h',
    heartbeatTimeout: '20s',
    retry: backoff,
    summary: summary.slice(0, longestSummary),
  });
}
