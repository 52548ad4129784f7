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

/** Summaries are what people read in Temporal Web UI. */
export function quickActivities(summary: string): Activities {
  return proxyActivities<Activities>({ ...quick, summary });
}

export function lastingActivities(
  summary: string,
  timeout?: { readonly scheduleToCloseMs: number },
): Activities {
  return proxyActivities<Activities>({
    ...lasting,
    ...(timeout ? { scheduleToCloseTimeout: timeout.scheduleToCloseMs } : {}),
    summary,
  });
}

/** Reading the pull request: tried until GitHub answers, but the entity hears of each five minutes without. */
export function reportActivities(summary: string): Activities {
  return proxyActivities<Activities>({
    startToCloseTimeout: '60s',
    scheduleToCloseTimeout: '3m',
    retry: backoff,
    summary,
  });
}

/** One round of a cleanup step: retried within five minutes, then the round is over. */
export function roundActivities(summary: string): Activities {
  return proxyActivities<Activities>({
    startToCloseTimeout: '5m',
    scheduleToCloseTimeout: '5m',
    heartbeatTimeout: '20s',
    retry: backoff,
    summary,
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
    summary,
  });
}
