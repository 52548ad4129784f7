import type { KubernetesClients } from './clients.ts';
import { serviceFailed, serviceTimeout } from './evidence.ts';
import { timeOf } from './events.ts';
import { clusterFailure } from './failure.ts';
import { listObjects } from './objects.ts';
import { together } from './pause.ts';
import { type Deployment, type Resource, resources } from './resources.ts';
import { createHold } from './watch/hold.ts';
import { troubles } from './watch/troubles.ts';
import { workloads } from './watch/workloads.ts';

export interface ReadyQuestion {
  readonly namespace: string;
  /** Helm release whose workloads are waited for. */
  readonly release: string;
  /** Milliseconds. */
  readonly timeoutMs: number;
  /** Name of the service, for messages. */
  readonly service?: string;
}

/**
 * Waits until every Deployment, StatefulSet and Job of a release is ready as it stands in the cluster now. Call it
 * after Helm: from then on, nothing of an older revision counts, neither as ready nor as broken.
 *
 * @throws failure `ServiceFailed` as soon as it cannot become ready, `ServiceTimeout`; `signal.reason`.
 */
export async function awaitReady(
  clients: KubernetesClients,
  question: ReadyQuestion,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, timeoutMs, service = null } = question;
  const deadline = performance.now() + timeoutMs;
  try {
    const open = await clients.worlds.open(namespace, signal);
    try {
      const generations = await readGenerations(clients, question, signal);
      const { world } = open;
      const scene = { api: clients.worker, namespace, world, service };
      const since = Math.max(0, ...[...world.events.values()].map(timeOf));
      const hold = createHold();
      const seen = new Set<string>();
      for (;;) {
        const known = workloads(world).filter(
          ({ uid, generation }) => generation >= (generations.get(uid) ?? Number.POSITIVE_INFINITY),
        );
        known.forEach(({ uid }) => seen.add(uid));
        // One that was there and is not any more has been deleted: nothing of it is left to wait for.
        if (known.every(({ ready }) => ready) && [...generations.keys()].every((uid) => seen.has(uid)))
          return;
        const { fatal, againMs } = hold.judge(troubles(known, world, since), performance.now());
        if (fatal) throw await serviceFailed(scene, fatal);
        const leftMs = deadline - performance.now();
        if (leftMs <= 0) throw await serviceTimeout(scene, { workloads: known, timeoutMs });
        await open.changed(Math.min(againMs, leftMs), signal);
      }
    } finally {
      await open.close();
    }
  } catch (error) {
    throw clusterFailure(error, `waiting for ${service ?? question.release} in ${namespace}`);
  }
}

/** Read from the server, not from a watch, which may not have seen yet what Helm has just written. */
async function readGenerations(
  clients: KubernetesClients,
  { namespace, release }: ReadyQuestion,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const read =
    <T extends Named>(resource: Resource<T>) =>
    async (signal: AbortSignal) => {
      const { items } = await listObjects(clients.worker, resource, { namespace, signal });
      return items.map(({ metadata }) => metadata);
    };
  const lists = await together(signal, [
    read(resources.deployments),
    read(resources.statefulSets),
    read(resources.jobs),
  ]);
  return new Map(
    lists
      .flat()
      .filter((metadata) => metadata?.annotations?.['meta.helm.sh/release-name'] === release)
      .map((metadata) => [metadata?.uid ?? '', metadata?.generation ?? 0]),
  );
}

type Named = Pick<Deployment, 'metadata'>;
