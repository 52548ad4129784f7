import type { ContainerDefaults } from './config.ts';
import type { Data } from './manifest-object.ts';
import { dig } from './manifest-object.ts';
import { containersOf } from './manifest-pods.ts';
import type { QuotaRequirement } from './plan.ts';
import { parseMilli, parseUnits } from './quantity.ts';
import { addAmounts, largestAmounts, noAmounts } from './quota-amounts.ts';

/**
 * What one pod takes of a quota, as Kubernetes counts it: containers and sidecars together, or the init container
 * that needs most beside the sidecars started before it, whichever is more; and the runtime's overhead.
 */
export function podAmounts(pod: Data, limitRange: ContainerDefaults): QuotaRequirement {
  const { app, init } = containersOf(pod);
  let sidecars = noAmounts;
  let starting = noAmounts;
  for (const container of init) {
    const amounts = containerAmounts(container, limitRange);
    const sidecar = container['restartPolicy'] === 'Always';
    starting = largestAmounts(starting, addAmounts(sidecars, amounts));
    if (sidecar) sidecars = addAmounts(sidecars, amounts);
  }
  const running = app.reduce(
    (sum, container) => addAmounts(sum, containerAmounts(container, limitRange)),
    sidecars,
  );
  const overhead = resourceAmounts((_, resource) => dig(pod, 'overhead', resource));
  const whole = podLevel(largestAmounts(running, starting), pod);
  return { ...addAmounts(whole, overhead), pods: 1 };
}

/** API defaults come before the LimitRange's: a limit without a request is the request too. */
function containerAmounts(container: Data, limitRange: ContainerDefaults): QuotaRequirement {
  const defaults = {
    requests: { cpu: limitRange.requestCpu, memory: limitRange.requestMemory },
    limits: { cpu: limitRange.limitCpu, memory: limitRange.limitMemory },
  };
  return resourceAmounts((kind, resource) => {
    const own = (of: 'requests' | 'limits'): unknown =>
      dig(container, 'resources', of, resource) ?? undefined;
    const given = kind === 'requests' ? (own('requests') ?? own('limits')) : own('limits');
    return given ?? defaults[kind][resource];
  });
}

/** Resources of the pod as a whole, where given, count instead of its containers'. */
function podLevel(amounts: QuotaRequirement, pod: Data): QuotaRequirement {
  const given = (kind: 'requests' | 'limits', resource: 'cpu' | 'memory'): unknown =>
    dig(pod, 'resources', kind, resource) ??
    (kind === 'requests' ? dig(pod, 'resources', 'limits', resource) : undefined);
  const whole = resourceAmounts(given);
  const choose = (
    key: keyof QuotaRequirement,
    kind: 'requests' | 'limits',
    resource: 'cpu' | 'memory',
  ): number => (given(kind, resource) === undefined ? amounts[key] : whole[key]);
  return {
    requestsCpuMilli: choose('requestsCpuMilli', 'requests', 'cpu'),
    requestsMemoryBytes: choose('requestsMemoryBytes', 'requests', 'memory'),
    limitsCpuMilli: choose('limitsCpuMilli', 'limits', 'cpu'),
    limitsMemoryBytes: choose('limitsMemoryBytes', 'limits', 'memory'),
    pods: amounts.pods,
  };
}

function resourceAmounts(
  of: (kind: 'requests' | 'limits', resource: 'cpu' | 'memory') => unknown,
): QuotaRequirement {
  const cpu = (kind: 'requests' | 'limits'): number => parseMilli(quantity(of(kind, 'cpu'))) ?? 0;
  const memory = (kind: 'requests' | 'limits'): number => parseUnits(quantity(of(kind, 'memory'))) ?? 0;
  return {
    requestsCpuMilli: cpu('requests'),
    requestsMemoryBytes: memory('requests'),
    limitsCpuMilli: cpu('limits'),
    limitsMemoryBytes: memory('limits'),
    pods: 0,
  };
}

function quantity(value: unknown): string | number {
  return typeof value === 'string' || typeof value === 'number' ? value : '0';
}
