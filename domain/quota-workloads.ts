import type { ContainerDefaults } from './config.ts';
import type { ManifestObject } from './manifest-object.ts';
import { annotationsOf, dig, nameOf, objectName } from './manifest-object.ts';
import { podSpec } from './manifest-pods.ts';
import type { QuotaRequirement } from './plan.ts';
import { noAmounts, timesAmounts } from './quota-amounts.ts';
import { podAmounts } from './quota-pod.ts';

/** What one workload takes of the quota. */
export interface Workload {
  readonly service: string;
  /** `Deployment ui`. */
  readonly label: string;
  /** Pods that stay: replicas, or as many as the autoscaler may make of them. */
  readonly pods: number;
  readonly perPod: QuotaRequirement;
  readonly standing: QuotaRequirement;
  /** Pods beyond those while it is updated. */
  readonly surge: QuotaRequirement;
  /** What it takes while Helm runs it as a hook; nothing else then. */
  readonly hook: QuotaRequirement;
}

/** Hooks that Helm runs in previews: a preview is never uninstalled or rolled back, its namespace is deleted. */
const hooksThatRun = ['pre-install', 'post-install', 'pre-upgrade', 'post-upgrade'];

/** Every workload among the objects of a service. */
export function workloadsOf(
  service: string,
  objects: readonly ManifestObject[],
  limitRange: ContainerDefaults,
): Workload[] {
  return objects.flatMap((object): Workload[] => {
    const pod = podSpec(object);
    if (!pod) return [];
    const perPod = podAmounts(pod, limitRange);
    const of = (pods: number): QuotaRequirement => timesAmounts(perPod, pods);
    const hooks = hooksOf(object);
    const pods = podCount(object, objects);
    const base = {
      service,
      label: objectName(object),
      pods,
      perPod,
      standing: noAmounts,
      surge: noAmounts,
      hook: noAmounts,
    };
    if (hooks.length === 0) return [{ ...base, standing: of(pods), surge: of(surgeOf(object, pods)) }];
    return hooks.some((hook) => hooksThatRun.includes(hook)) ? [{ ...base, hook: of(pods) }] : [];
  });
}

function hooksOf(object: ManifestObject): string[] {
  const hooks = annotationsOf(object)['helm.sh/hook'];
  if (typeof hooks !== 'string') return [];
  return hooks
    .split(',')
    .map((hook) => hook.trim())
    .filter((hook) => hook !== '');
}

function podCount(object: ManifestObject, objects: readonly ManifestObject[]): number {
  if (object.kind === 'Job') return jobPods(dig(object, 'spec'));
  if (object.kind === 'CronJob')
    return dig(object, 'spec', 'suspend') === true ? 0 : jobPods(dig(object, 'spec', 'jobTemplate', 'spec'));
  const replicas = integer(dig(object, 'spec', 'replicas'), 1);
  const most = objects
    .filter((other) => other.kind === 'HorizontalPodAutoscaler' && scales(other, object))
    .map((other) => integer(dig(other, 'spec', 'maxReplicas'), 0));
  return Math.max(replicas, ...most);
}

function scales(autoscaler: ManifestObject, object: ManifestObject): boolean {
  const target = dig(autoscaler, 'spec', 'scaleTargetRef');
  return dig(target, 'kind') === object.kind && dig(target, 'name') === nameOf(object);
}

function jobPods(spec: unknown): number {
  if (dig(spec, 'suspend') === true) return 0;
  const parallelism = integer(dig(spec, 'parallelism'), 1);
  return Math.min(parallelism, integer(dig(spec, 'completions'), parallelism));
}

/** Only a rolling Deployment makes new pods before old ones go; a quarter, rounded up, unless it says otherwise. */
function surgeOf(object: ManifestObject, pods: number): number {
  if (object.kind !== 'Deployment' || dig(object, 'spec', 'strategy', 'type') === 'Recreate') return 0;
  const surge = dig(object, 'spec', 'strategy', 'rollingUpdate', 'maxSurge') ?? '25%';
  const percent = typeof surge === 'string' ? /^(\d+)%$/.exec(surge)?.[1] : undefined;
  return percent === undefined ? integer(surge, 0) : Math.ceil((pods * Number(percent)) / 100);
}

function integer(value: unknown, otherwise: number): number {
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 ? number : otherwise;
}
