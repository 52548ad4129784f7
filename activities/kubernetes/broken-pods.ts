import type { KubernetesClients } from './clients.ts';
import { deleteObject } from './objects.ts';
import { pause, together } from './pause.ts';
import { type Pod, resources } from './resources.ts';
import { isReady } from './watch/pods.ts';
import { readWorld } from './watch/read-world.ts';
import type { World } from './watch/world.ts';
import { isOwnedBy, type Workload, workloads } from './watch/workloads.ts';

/** How long controllers may take to see what Helm has written. */
const observedMs = 10_000;

export interface ReleaseAt {
  readonly namespace: string;
  readonly release: string;
}

/**
 * Deletes a release's pods that are not Ready and not of the present revision, once its controllers know which one
 * that is: a StatefulSet that starts its pods in order never replaces a broken one by itself.
 *
 * @returns names of the pods that were deleted.
 */
export async function deleteBrokenPods(
  clients: KubernetesClients,
  at: ReleaseAt,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const broken = await findBroken(clients, at, signal);
  await together(
    signal,
    broken.map(({ metadata }) => (signal: AbortSignal) => {
      const { name = '', uid = '' } = metadata ?? {};
      const { namespace } = at;
      return deleteObject(clients.worker, resources.pods, { at: { namespace, name }, uid, signal });
    }),
  );
  return broken.map(({ metadata }) => metadata?.name ?? '');
}

async function findBroken(
  clients: KubernetesClients,
  { namespace, release }: ReleaseAt,
  signal: AbortSignal,
): Promise<readonly Pod[]> {
  const deadline = performance.now() + observedMs;
  for (;;) {
    const world = await readWorld(clients.worker, namespace, signal);
    const own = workloads(world).filter(
      (workload) => workload.release === release && workload.kind !== 'Job',
    );
    const isKnown = own.every(({ revision }) => revision !== null);
    if (isKnown || performance.now() > deadline)
      return own.filter(({ revision }) => revision !== null).flatMap((workload) => brokenOf(workload, world));
    await pause(200, signal);
  }
}

function brokenOf(workload: Workload, world: World): readonly Pod[] {
  const sets = [...world.replicaSets.values()].filter((set) => isOwnedBy(set, workload.uid));
  const creators = [workload.uid, ...sets.map((set) => set.metadata?.uid ?? '')];
  const current = new Set(workload.pods.map((pod) => pod.metadata?.uid));
  return [...world.pods.values()].filter(
    (pod) =>
      creators.some((uid) => isOwnedBy(pod, uid)) &&
      !current.has(pod.metadata?.uid) &&
      pod.metadata?.deletionTimestamp === undefined &&
      !isReady(pod),
  );
}
