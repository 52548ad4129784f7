import type { KubernetesApi } from '../api.ts';
import { listObjects } from '../objects.ts';
import { together } from '../pause.ts';
import { type Resource, resources } from '../resources.ts';
import type { World } from './world.ts';

/** A namespace as the server has it at this moment. */
export async function readWorld(api: KubernetesApi, namespace: string, signal: AbortSignal): Promise<World> {
  const read =
    <T extends { readonly metadata?: { readonly uid?: string } }>(
      resource: Resource<T>,
      fieldSelector?: string,
    ) =>
    async (signal: AbortSignal): Promise<ReadonlyMap<string, T>> => {
      const selector = fieldSelector === undefined ? {} : { fieldSelector };
      const { items } = await listObjects(api, resource, { namespace, signal, ...selector });
      return new Map(items.map((item) => [item.metadata?.uid ?? '', item]));
    };
  const [pods, deployments, replicaSets, statefulSets, jobs, events] = await together(signal, [
    read(resources.pods),
    read(resources.deployments),
    read(resources.replicaSets),
    read(resources.statefulSets),
    read(resources.jobs),
    read(resources.events, 'type=Warning'),
  ]);
  return { pods, deployments, replicaSets, statefulSets, jobs, events };
}
