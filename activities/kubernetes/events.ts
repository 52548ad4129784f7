import { oneLine } from './failure.ts';
import type { Redact } from './redact.ts';
import type { KubernetesEvent } from './resources.ts';

/** When an event was last seen, in epoch milliseconds by the cluster's clock. */
export function timeOf(event: KubernetesEvent): number {
  const { series, lastTimestamp, eventTime, metadata } = event;
  const last = series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata?.creationTimestamp;
  return Date.parse(last ?? '') || 0;
}

/** The newest of some events, as redacted lines for people, newest last. */
export function lastEvents(
  events: Iterable<KubernetesEvent>,
  { count, redact }: { readonly count: number; readonly redact: Redact },
): readonly string[] {
  return [...events]
    .toSorted((one, other) => timeOf(one) - timeOf(other))
    .slice(-count)
    .map((event) => {
      const times = event.series?.count ?? event.count ?? 1;
      const object = `${event.involvedObject.kind}/${event.involvedObject.name}`;
      const text = `${event.reason} ${object}: ${event.message ?? ''}`;
      return oneLine(redact(times > 1 ? `${text} (${times} times)` : text));
    });
}
