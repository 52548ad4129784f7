import { Runtime } from '@temporalio/worker';
import { failuresNotYet, previewMetrics } from '../domain/preview-measures.ts';

/**
 * Begins the counters of failures that alert rules ask for, at 0 and with the labels that Temporal's SDK gives to what
 * a preview's workflow counts. To be called before the worker polls.
 */
export function beginFailureCounters({
  namespace,
  taskQueue,
}: {
  readonly namespace: string;
  readonly taskQueue: string;
}): void {
  const { metricMeter } = Runtime.instance();
  for (const { metric, value, tags } of failuresNotYet)
    metricMeter
      .createCounter(metric, undefined, previewMetrics[metric].says)
      .add(value, { ...tags, namespace, taskQueue, workflowType: 'preview' });
}
