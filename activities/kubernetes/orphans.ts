import type { KubernetesClients } from './clients.ts';
import { pause } from './pause.ts';
import type { Pod } from './resources.ts';
import { readWorld } from './watch/read-world.ts';
import type { World } from './watch/world.ts';

export interface Orphans {
  readonly namespace: string;
  /** Milliseconds. */
  readonly withinMs: number;
}

/**
 * Waits until no pod is left in a namespace that is going away, or that will: what made it is gone, and the cluster's
 * garbage collector has not come to it yet.
 *
 * @returns whether they all went in time.
 */
export async function awaitOrphansGone(
  clients: KubernetesClients,
  { namespace, withinMs }: Orphans,
  signal: AbortSignal,
): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const world = await readWorld(clients.worker, namespace, signal);
    if (![...world.pods.values()].some((pod) => isGoing(pod, world))) return true;
    if (performance.now() > deadline) return false;
    await pause(300, signal);
  }
}

function isGoing(pod: Pod, world: World): boolean {
  if (pod.metadata?.deletionTimestamp !== undefined) return true;
  const owner = pod.metadata?.ownerReferences?.find(({ controller }) => controller);
  switch (owner?.kind) {
    case 'ReplicaSet':
      return isSetGoing(owner.uid, world);
    case 'StatefulSet':
      return isGone(world.statefulSets.get(owner.uid));
    case 'Job':
      return isGone(world.jobs.get(owner.uid));
    // what others make is no release's
    case undefined:
    default:
      return false;
  }
}

function isSetGoing(uid: string, world: World): boolean {
  const set = world.replicaSets.get(uid);
  if (isGone(set)) return true;
  const deployment = set?.metadata?.ownerReferences?.find(({ kind }) => kind === 'Deployment');
  return deployment !== undefined && isGone(world.deployments.get(deployment.uid));
}

function isGone(
  object: { readonly metadata?: { readonly deletionTimestamp?: unknown } } | undefined,
): boolean {
  return object?.metadata === undefined || object.metadata.deletionTimestamp !== undefined;
}
