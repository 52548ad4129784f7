import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@temporalio/worker';
import { Runtime } from '@temporalio/worker';
import { overviewMetrics } from '../domain/preview-measures.ts';
import type { OverviewMetric } from '../domain/preview-measures.ts';
import { beginFailureCounters } from './failure-counters.ts';
import type { OverviewSource } from './read-overview.ts';
import { readOverview } from './read-overview.ts';

export interface OverviewOptions extends OverviewSource {
  /** Of this worker, as `pr_preview_build_info` tells it. */
  readonly version: string;
  readonly logger: Logger;
}

const everyMs = 60_000;

/**
 * Tells Prometheus once a minute how many previews are in which phase, and how far the most overdue one is past its
 * deadline, until the signal aborts. Temporal is asked for counts, never for each preview. What could not be read
 * stays as it was; `pr_preview_overview_read_seconds` says from when it is. What must be there before the worker polls
 * is told before the first await.
 */
export async function keepOverview(options: OverviewOptions, signal: AbortSignal): Promise<void> {
  const { metricMeter } = Runtime.instance();
  const gauge = (metric: OverviewMetric) =>
    metricMeter.createGauge(metric, 'int', undefined, overviewMetrics[metric].says);
  const { taskQueue: task_queue, namespace, version } = options;
  const tags = { task_queue, namespace };
  gauge('pr_preview_build_info').set(1, { ...tags, version });
  gauge('pr_preview_started_seconds').set(Math.round(Date.now() / 1000), tags);
  beginFailureCounters(options);
  while (!signal.aborted) {
    try {
      const { previews, lagMs } = await readOverview(options);
      for (const [phase, count] of previews) gauge('pr_preview_previews').set(count, { ...tags, phase });
      gauge('pr_preview_deadline_lag_seconds').set(Math.round(lagMs / 1000), tags);
      gauge('pr_preview_overview_read_seconds').set(Math.round(Date.now() / 1000), tags);
    } catch (error) {
      if (signal.aborted) return;
      options.logger.warn('Temporal did not say how many previews there are', { error });
    }
    await delay(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
