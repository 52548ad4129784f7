import type { Pod } from '../resources.ts';

/** How a pod is, in a few words: `ready`, `running, not ready`, `ContainerCreating`, `Pending`. */
export function describePod(pod: Pod): string {
  if (pod.metadata?.deletionTimestamp !== undefined) return 'going away';
  if (isReady(pod)) return 'ready';
  const { initContainerStatuses = [], containerStatuses = [], phase = 'Pending', reason } = pod.status ?? {};
  const waiting = [...initContainerStatuses, ...containerStatuses]
    .map((status) => status.state?.waiting?.reason)
    .find((reason) => reason !== undefined && reason !== 'PodInitializing');
  if (waiting !== undefined) return waiting;
  if (initContainerStatuses.some((status) => status.state?.running)) return 'initialising';
  if (phase === 'Running') return 'running, not ready';
  return reason ?? phase;
}

/** Whether a pod is Ready. */
export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}
