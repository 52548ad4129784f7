import { metricMeter } from '@temporalio/workflow';
import type { Happened, PreviewMeasure } from '../domain/preview-measures.ts';
import { begunAfter, measuresOf, nothingBegun, previewMetrics } from '../domain/preview-measures.ts';

/** Measures what happens to one preview, for the metrics of the worker. */
export function createMeasuring(): (happened: Omit<Happened, 'begun'>) => void {
  let begun = nothingBegun;
  return (happened) => {
    measure(measuresOf({ ...happened, begun }));
    begun = begunAfter(begun, happened.event, happened.now);
  };
}

/** Records numbers as metrics of the worker; not again in a replay. Starts nothing, so that histories stay as they are. */
function measure(measures: readonly PreviewMeasure[]): void {
  for (const { metric, value, tags } of measures) {
    const { kind, says } = previewMetrics[metric];
    switch (kind) {
      case 'seconds':
        metricMeter.createHistogram(metric, 'float', 's', says).record(value, tags);
        break;
      case 'counter':
        metricMeter.createCounter(metric, undefined, says).add(value, tags);
        break;
    }
  }
}
