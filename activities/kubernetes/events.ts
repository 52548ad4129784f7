import { oneLine } from './failure.ts';
import type { KubernetesEvent } from './resources.ts';

/** When an event was last seen, in epoch milliseconds by the cluster's clock. */
export function timeOf(event: KubernetesEvent): number {
  const { series, lastTimestamp, eventTime, metadata } = event;
  return (
    Date.parse(series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata?.creationTimestamp ?? '') ||
    0
  );
}

/** The newest of some events, as lines for people, newest last. */
export function lastEvents(events: Iterable<KubernetesEvent>, count: number): readonly string[] {
  return [...events]
    .toSorted((one, other) => timeOf(one) - timeOf(other))
    .slice(-count)
    .map((event) => {
      const times = event.series?.count ?? event.count ?? 1;
      const object = `${event.involvedObject.kind}/${event.involvedObject.name}`;
      return oneLine(
        `${event.reason} ${object}: ${event.message ?? ''}${times > 1 ? ` (${times} times)` : ''}`,
      );
    });
}
