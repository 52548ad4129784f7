import { oneLine } from './failure.ts';
import type { Namespace } from './resources.ts';

const blocking = new Set([
  'NamespaceDeletionDiscoveryFailure',
  'NamespaceDeletionGroupVersionParsingFailure',
  'NamespaceDeletionContentFailure',
  'NamespaceContentRemaining',
  'NamespaceFinalizersRemaining',
]);

/** What keeps a namespace that is going away, in the cluster's own words; empty when nothing is named. */
export function blockersOf(namespace: Namespace): readonly string[] {
  return (namespace.status?.conditions ?? [])
    .filter((condition) => condition.status === 'True' && blocking.has(condition.type))
    .map((condition) => `${condition.type}: ${oneLine(condition.message ?? condition.reason ?? '')}`);
}

/** Whether the conditions name pods among what remains; null when they do not speak of what remains at all. */
export function podsRemain(namespace: Namespace): boolean | null {
  const conditions = namespace.status?.conditions ?? [];
  const remaining = conditions.find((condition) => condition.type === 'NamespaceContentRemaining');
  if (!remaining) return null;
  return remaining.status === 'True' && /(^|[\s,])pods\.? has /.test(remaining.message ?? '');
}
