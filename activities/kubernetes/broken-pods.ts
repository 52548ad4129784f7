import type { KubernetesClients } from './clients.ts';
import { deleteObject } from './objects.ts';
import { together } from './pause.ts';
import { resources } from './resources.ts';
import { isReady } from './watch/pods.ts';
import { readWorld } from './watch/read-world.ts';
import { isOwnedBy, workloads } from './watch/workloads.ts';

/**
 * Deletes a release's pods that are not Ready and not of the present revision: a StatefulSet that starts its pods in
 * order never replaces a broken one by itself.
 *
 * @returns names of the pods that were deleted.
 */
export async function deleteBrokenPods(
  clients: KubernetesClients,
  { namespace, release }: { readonly namespace: string; readonly release: string },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const world = await readWorld(clients.worker, namespace, signal);
  const broken = workloads(world)
    .filter(
      (workload) => workload.release === release && workload.kind !== 'Job' && workload.revision !== null,
    )
    .flatMap((workload) => {
      const creators = [...world.replicaSets.values()]
        .filter((set) => isOwnedBy(set, workload.uid))
        .map((set) => set.metadata?.uid ?? '');
      const current = new Set(workload.pods.map((pod) => pod.metadata?.uid));
      return [...world.pods.values()].filter(
        (pod) =>
          [workload.uid, ...creators].some((uid) => isOwnedBy(pod, uid)) &&
          !current.has(pod.metadata?.uid) &&
          pod.metadata?.deletionTimestamp === undefined &&
          !isReady(pod),
      );
    });
  await together(
    signal,
    broken.map((pod) => (signal: AbortSignal) => {
      const at = { namespace, name: pod.metadata?.name ?? '' };
      return deleteObject(clients.worker, resources.pods, { at, uid: pod.metadata?.uid ?? '', signal });
    }),
  );
  return broken.map((pod) => pod.metadata?.name ?? '');
}
