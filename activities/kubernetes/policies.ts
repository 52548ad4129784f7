import { failure } from '../failure.ts';
import type { Plan } from '../../domain/plan.ts';
import type { KubernetesApi } from './api.ts';
import { clusterFailure } from './failure.ts';
import { networkRules } from './network.ts';
import { applyObject, readObject } from './objects.ts';
import { marks } from './owner.ts';
import { pause, together } from './pause.ts';
import { resources } from './resources.ts';

/** Name of LimitRange, ResourceQuota and NetworkPolicy: one each in a namespace. */
const name = 'pr-preview';

/** How long the quota controller may take to count a new quota. */
const quotaMs = 30_000;

type Limits = Pick<Plan, 'names' | 'owner' | 'quota' | 'limitRange' | 'network' | 'database'>;

/**
 * Applies limit range, quota and network policy, and waits until the quota is enforced.
 *
 * @throws failure `InvalidPlatformConfig` when the server calls an amount or a network peer invalid.
 */
export async function applyPolicies(api: KubernetesApi, plan: Limits, signal: AbortSignal): Promise<void> {
  const at = { namespace: plan.names.namespace, name };
  const metadata = marks(plan.owner);
  const network = { metadata, spec: networkRules(plan.network, plan.database?.port ?? null) };
  try {
    await together(signal, [
      (signal) => applyObject(api, resources.networkPolicies, { at, body: network, signal }),
      async (signal) => {
        // Limits first: a pod that slips in between would be refused by the quota for having none.
        const limits = { metadata, spec: { limits: [containerLimits(plan.limitRange)] } };
        await applyObject(api, resources.limitRanges, { at, body: limits, signal });
        const hard = quotaOf(plan);
        await applyObject(api, resources.resourceQuotas, { at, body: { metadata, spec: { hard } }, signal });
        await awaitEnforced(api, { at, hard }, signal);
      },
    ]);
  } catch (error) {
    throw clusterFailure(error, `applying the limits of ${at.namespace}`, 'InvalidPlatformConfig');
  }
}

/** Dimensions of the quota, as Kubernetes names them. */
function quotaOf(plan: Pick<Plan, 'quota' | 'names'>): Readonly<Record<string, string>> {
  const ingresses = Math.max(3, Object.keys(plan.names.hosts).length);
  return {
    'requests.cpu': plan.quota.requestsCpu,
    'requests.memory': plan.quota.requestsMemory,
    'limits.cpu': plan.quota.limitsCpu,
    'limits.memory': plan.quota.limitsMemory,
    pods: String(plan.quota.pods),
    'services.loadbalancers': '0',
    'services.nodeports': '0',
    persistentvolumeclaims: '5',
    'requests.storage': '10Gi',
    'count/ingresses.networking.k8s.io': String(ingresses),
  };
}

function containerLimits(defaults: Plan['limitRange']): object {
  return {
    type: 'Container',
    default: { cpu: defaults.limitCpu, memory: defaults.limitMemory },
    defaultRequest: { cpu: defaults.requestCpu, memory: defaults.requestMemory },
  };
}

/** Until its status says so, a new quota refuses everything and a changed one still counts by its old amounts. */
async function awaitEnforced(
  api: KubernetesApi,
  quota: {
    readonly at: { namespace: string; name: string };
    readonly hard: Readonly<Record<string, string>>;
  },
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + quotaMs;
  for (let wait = 20; Date.now() < deadline; wait = Math.min(wait * 1.5, 500)) {
    const found = await readObject(api, resources.resourceQuotas, { ...quota.at, signal });
    const spec = found?.spec?.hard ?? {};
    const counted = found?.status?.hard ?? {};
    if (Object.keys(quota.hard).every((key) => counted[key] !== undefined && counted[key] === spec[key]))
      return;
    await pause(wait, signal);
  }
  throw failure(
    'ClusterUnavailable',
    `The quota of ${quota.at.namespace} was not counted within 30 s: is kube-controller-manager running?`,
  );
}
