import type { KubernetesClients } from './clients.ts';
import { readWorld } from './watch/read-world.ts';
import { workloads } from './watch/workloads.ts';

export interface RunningImage {
  readonly pod: string;
  readonly container: string;
  /** As the pod names it. */
  readonly image: string;
  /** As the node reports it: with the digest of the image, or of the manifest in an index. */
  readonly imageId: string;
  /** Helm release of the pod's workload; null when Helm did not make it. */
  readonly release: string | null;
}

/** What runs in a namespace: containers of pods of the newest revision that are not going away, without Jobs'. */
export async function runningDigests(
  clients: KubernetesClients,
  { namespace }: { readonly namespace: string },
  signal: AbortSignal,
): Promise<readonly RunningImage[]> {
  const world = await readWorld(clients.worker, namespace, signal);
  return workloads(world)
    .filter(({ kind }) => kind !== 'Job')
    .flatMap(({ release, pods }) =>
      pods.flatMap((pod) =>
        (pod.status?.containerStatuses ?? []).map(({ name, imageID }) => ({
          pod: pod.metadata?.name ?? '',
          container: name,
          // what the pod asks for: the status may give the image's config digest in its place
          image: pod.spec?.containers.find((container) => container.name === name)?.image ?? '',
          imageId: imageID,
          release,
        })),
      ),
    );
}
