import type { KubernetesApi } from './api.ts';
import type { Pod } from './resources.ts';
import { readWorld } from './watch/read-world.ts';
import { serviceOf } from './watch/progress.ts';
import type { World } from './watch/world.ts';
import type { Workload } from './watch/workloads.ts';
import { workloads } from './watch/workloads.ts';

/** A container that has run, or runs. */
export interface ServiceContainer {
  /** Null: of nothing that a service made. */
  readonly service: string | null;
  readonly pod: string;
  readonly container: string;
  /** There was a run before the present one. */
  readonly restarted: boolean;
}

/**
 * Containers of all pods of a preview, older ones too, in the order of services, pods, and containers as they start.
 *
 * @param preview.releases Helm release by service.
 * @throws `ApiError`, `NoAnswer`.
 */
export async function listServiceContainers(
  api: KubernetesApi,
  preview: { readonly namespace: string; readonly releases: Readonly<Record<string, string>> },
  signal: AbortSignal,
): Promise<readonly ServiceContainer[]> {
  const services = Object.entries(preview.releases).map(([name, release]) => ({ name, release }));
  const world = await readWorld(api, preview.namespace, signal);
  const makers = new Map(workloads(world).map((workload) => [workload.uid, workload]));
  const order = (name: string | null): number => services.findIndex((service) => service.name === name);
  return [...world.pods.values()]
    .map((pod) => {
      const maker = makerOf(pod, { world, makers });
      return { pod, service: maker === null ? null : (serviceOf(maker, services)?.name ?? null) };
    })
    .toSorted(
      (one, other) =>
        order(one.service) - order(other.service) || nameOf(one.pod).localeCompare(nameOf(other.pod)),
    )
    .flatMap(({ pod, service }) => containersOf(pod).map((container) => ({ service, ...container })));
}

/** What a pod is of: its controller, or the Deployment behind that. */
function makerOf(
  pod: Pod,
  { world, makers }: { readonly world: World; readonly makers: ReadonlyMap<string, Workload> },
): Workload | null {
  const [owner] = pod.metadata?.ownerReferences ?? [];
  const above = world.replicaSets.get(owner?.uid ?? '')?.metadata?.ownerReferences?.[0] ?? owner;
  return makers.get(above?.uid ?? '') ?? null;
}

function containersOf(pod: Pod): Omit<ServiceContainer, 'service'>[] {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  return [...initContainerStatuses, ...containerStatuses].map(({ name, restartCount }) => ({
    pod: nameOf(pod),
    container: name,
    restarted: restartCount > 0,
  }));
}

function nameOf(pod: Pod): string {
  return pod.metadata?.name ?? '';
}
