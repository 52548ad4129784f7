import type { ServiceProgress } from '../../../domain/outcome.ts';
import type { Plan } from '../../../domain/plan.ts';
import type { KubernetesClients } from '../clients.ts';
import { serviceFailed } from '../evidence.ts';
import { type Baseline, isNew, takeBaseline } from './baseline.ts';
import { createHold } from './hold.ts';
import { progressOf, serviceOf } from './progress.ts';
import type { Trouble } from './trouble.ts';
import { troubles } from './troubles.ts';
import { type Workload, workloads } from './workloads.ts';
import type { World } from './world.ts';

export interface DeployWatch {
  readonly clients: KubernetesClients;
  readonly plan: Pick<Plan, 'names' | 'services'>;
  /** Names of the services that are being deployed. */
  readonly services: readonly string[];
  /** What an earlier attempt of this watch found at its start; null at the first. */
  readonly baseline: Baseline | null;
  /** Told at the start and at each change. */
  onProgress(progress: readonly ServiceProgress[], baseline: Baseline): void;
}

/**
 * Watches a deploy from before its first Helm call until aborted: only what was made or rolled since can fail it.
 *
 * @throws failure `ServiceFailed` as soon as a pod, or what makes it, cannot come up; `signal.reason`.
 */
export async function watchDeploy(watch: DeployWatch, signal: AbortSignal): Promise<never> {
  const { clients, plan } = watch;
  const { namespace } = plan.names;
  const services = plan.services.filter(({ name }) => watch.services.includes(name));
  const open = await clients.worlds.open(namespace, signal);
  try {
    const { world } = open;
    const baseline = watch.baseline ?? takeBaseline(workloads(world), world);
    const hold = createHold();
    const fail = async (trouble: Trouble): Promise<never> => {
      const service = serviceOf(trouble.workload, services)?.name ?? null;
      throw await serviceFailed({ api: clients.worker, namespace, world, service }, trouble);
    };
    for (;;) {
      const all = workloads(world);
      const present = troubles(newOf(all, { services, baseline }), world, baseline.eventsUpTo);
      const { fatal, againMs } = hold.judge(present, performance.now());
      if (fatal) await fail(fatal);
      watch.onProgress(progressOf(services, all), baseline);
      try {
        await open.changed(againMs, signal);
      } catch (error) {
        const hook = failedHook({ world, baseline });
        if (hook) await fail(hook);
        throw error;
      }
    }
  } finally {
    await open.close();
  }
}

interface Since {
  readonly services: DeployWatch['plan']['services'];
  readonly baseline: Baseline;
}

function newOf(all: readonly Workload[], { services, baseline }: Since): readonly Workload[] {
  return all.filter(
    (workload) =>
      // What a CronJob starts is no part of a deploy.
      (workload.release !== null || workload.hook) &&
      isNew(workload, baseline) &&
      serviceOf(workload, services) !== null,
  );
}

/**
 * Helm says of a failed hook only that it failed, and the watch is stopped for that: what it saw says why. Helm marks
 * no hook as its own, so one whose service cannot be told by name or label counts too.
 */
function failedHook({
  world,
  baseline,
}: {
  readonly world: World;
  readonly baseline: Baseline;
}): Trouble | null {
  const hooks = workloads(world).filter((workload) => workload.hook && isNew(workload, baseline));
  const found = troubles(hooks, world, baseline.eventsUpTo);
  return found.find(({ afterMs }) => afterMs === 0) ?? null;
}
