import { setTimeout as delay } from 'node:timers/promises';
import type { Logger, NativeConnection } from '@temporalio/worker';
import { Runtime } from '@temporalio/worker';
import { overviewMetrics } from '../domain/preview-measures.ts';
import type { OverviewMetric } from '../domain/preview-measures.ts';
import { phases } from '../domain/status.ts';
import type { Phase } from '../domain/status.ts';

export interface OverviewOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  /** Of this worker, as `pr_preview_build_info` tells it. */
  readonly version: string;
  readonly logger: Logger;
}

const everyMs = 60_000;
const deadlineMs = 15_000;
/** More overdue previews than this are too many to look for the worst among. */
const pageSize = 200;

/**
 * Tells Prometheus once a minute how many previews are in which phase, and how far the most overdue one is past its
 * deadline, until the signal aborts. Temporal is asked for counts, never for each preview. What could not be read
 * stays as it was; `pr_preview_overview_read_seconds` says from when it is.
 */
export async function keepOverview(options: OverviewOptions, signal: AbortSignal): Promise<void> {
  const { metricMeter } = Runtime.instance();
  const gauge = (metric: OverviewMetric) =>
    metricMeter.createGauge(metric, 'int', undefined, overviewMetrics[metric].says);
  const { taskQueue: task_queue, namespace, version } = options;
  const tags = { task_queue, namespace };
  gauge('pr_preview_build_info').set(1, { ...tags, version });
  while (!signal.aborted) {
    try {
      const { previews, lagMs } = await look(options);
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

interface Overview {
  readonly previews: readonly (readonly [phase: Phase, count: number])[];
  readonly lagMs: number;
}

async function look({ connection, namespace, taskQueue }: OverviewOptions): Promise<Overview> {
  const { workflowService } = connection;
  const open = `WorkflowType = "preview" AND ExecutionStatus = "Running" AND TaskQueue = "${taskQueue}"`;
  return await connection.withDeadline(Date.now() + deadlineMs, async () => {
    const previews = await Promise.all(
      phases.map(async (phase) => {
        const query = `${open} AND PreviewPhase = "${phase}"`;
        const { count } = await workflowService.countWorkflowExecutions({ namespace, query });
        return [phase, Number(count)] as const;
      }),
    );
    const now = Date.now();
    const query = `${open} AND PreviewDeadline < "${new Date(now).toISOString()}"`;
    const { executions } = await workflowService.listWorkflowExecutions({ namespace, query, pageSize });
    const deadlines = executions.map(({ searchAttributes }) => {
      const data = searchAttributes?.indexedFields?.['PreviewDeadline']?.data;
      return data ? Date.parse(String(JSON.parse(Buffer.from(data).toString()))) : now;
    });
    return { previews, lagMs: Math.max(0, ...deadlines.map((deadline) => now - deadline)) };
  });
}
