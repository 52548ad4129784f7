import { metricMeter } from '@temporalio/workflow';
import { reapMeasures, reapMetrics } from '../domain/reconcile-measures.ts';
import type { ReapReport } from '../domain/reconcile-report.ts';

/** Records what a run found, as metrics of the worker; not again in a replay. */
export function measureReap(report: ReapReport): void {
  for (const { metric, value, tags } of reapMeasures(report)) {
    const [kind, description] = reapMetrics[metric];
    switch (kind) {
      case 'gauge':
        metricMeter.createGauge(metric, 'int', undefined, description).set(value, tags);
        break;
      case 'counter':
        metricMeter.createCounter(metric, undefined, description).add(value, tags);
        break;
    }
  }
}
