import { failure } from '../failure.ts';
import type { KubernetesClients } from './clients.ts';
import { serviceFailed, serviceTimeout } from './evidence.ts';
import { timeOf } from './events.ts';
import { clusterFailure } from './failure.ts';
import { listObjects } from './objects.ts';
import { together } from './pause.ts';
import { type Deployment, type Resource, resources } from './resources.ts';
import { createHold } from './watch/hold.ts';
import { troubles } from './watch/troubles.ts';
import { type Workload, workloads } from './watch/workloads.ts';

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
      const wanted = await readWanted(clients, question, signal);
      const { world } = open;
      const scene = { api: clients.worker, namespace, world, service };
      const since = Math.max(0, ...[...world.events.values()].map(timeOf));
      const hold = createHold();
      const seen = new Set<string>();
      for (;;) {
        const known = workloads(world).filter(
          ({ uid, generation }) => generation >= (wanted.get(uid)?.generation ?? Number.POSITIVE_INFINITY),
        );
        known.forEach(({ uid }) => seen.add(uid));
        refuseDeleted(known, { wanted, seen });
        if (seen.size === wanted.size && known.every(({ ready }) => ready)) return;
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

interface Wanted {
  readonly kind: string;
  readonly name: string;
  readonly generation: number;
}

/** Read from the server, not from a watch, which may not have seen yet what Helm has just written. */
async function readWanted(
  clients: KubernetesClients,
  { namespace, release }: ReadyQuestion,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Wanted>> {
  const read =
    <T extends Pick<Deployment, 'metadata'>>(resource: Resource<T>) =>
    async (signal: AbortSignal) => {
      const { items } = await listObjects(clients.worker, resource, { namespace, signal });
      return items
        .filter(({ metadata }) => metadata?.annotations?.['meta.helm.sh/release-name'] === release)
        .map(({ metadata }): [string, Wanted] => {
          const { uid = '', name = '', generation = 0 } = metadata ?? {};
          return [uid, { kind: resource.kind, name, generation }];
        });
    };
  const lists = await together(signal, [
    read(resources.deployments),
    read(resources.statefulSets),
    read(resources.jobs),
  ]);
  return new Map(lists.flat());
}

/** A Job may be cleaned away when it is done; anything else that vanishes will never be ready. */
function refuseDeleted(
  known: readonly Workload[],
  { wanted, seen }: { readonly wanted: ReadonlyMap<string, Wanted>; readonly seen: ReadonlySet<string> },
): void {
  for (const [uid, { kind, name }] of wanted)
    if (kind !== 'Job' && seen.has(uid) && !known.some((workload) => workload.uid === uid))
      throw failure('ServiceFailed', `${kind} ${name} was deleted by somebody while it was waited for.`);
}
