import type { OwnerMark } from '../../domain/pull-request.ts';
import type { ApiRequest, KubernetesApi } from './api.ts';
import { isDeniedByRights } from './api-error.ts';
import { deployerRole, workerRole } from './bound-roles.ts';
import type { ServiceAccountName } from './clients.ts';
import { applyObject } from './objects.ts';
import { marks } from './owner.ts';
import { pause, together } from './pause.ts';
import { resources } from './resources.ts';

/** An API server learns of a new binding by watching; with several of them that takes a moment. */
const learnsWithinMs = 5_000;

/** The account that Helm acts as in a preview's namespace. */
export function deployerOf(namespace: string): ServiceAccountName {
  return { namespace, name: 'preview-deployer' };
}

/** Bindings older than this are known to every API server, whatever the clocks say. */
const freshMs = 60_000;

/**
 * Gives worker and deployer their rights inside a preview's namespace.
 *
 * @returns whether a binding is so new that it may not be known everywhere: made by this call, or by one that was
 * broken off just before.
 */
export async function applyBindings(
  api: KubernetesApi,
  wanted: { readonly namespace: string; readonly owner: OwnerMark; readonly worker: ServiceAccountName },
  signal: AbortSignal,
): Promise<{ readonly fresh: boolean }> {
  const bind = (name: string, role: string, account: ServiceAccountName) => (signal: AbortSignal) =>
    applyObject(api, resources.roleBindings, {
      at: { namespace: wanted.namespace, name },
      body: {
        metadata: marks(wanted.owner),
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
        subjects: [{ kind: 'ServiceAccount', ...account }],
      },
      signal,
    });
  const made = await together(signal, [
    bind('pr-preview-worker', workerRole, wanted.worker),
    bind('pr-preview-deployer', deployerRole, deployerOf(wanted.namespace)),
  ]);
  const ages = made.map(({ metadata }) => Date.now() - Date.parse(metadata?.creationTimestamp ?? ''));
  return { fresh: ages.some((age) => !(age > freshMs)) };
}

/**
 * The same API, with patience for rights that were bound a moment ago: what RBAC denies is tried again.
 *
 * @param forMs how long; default 5 s.
 */
export function withFreshRights(api: KubernetesApi, forMs = learnsWithinMs): KubernetesApi {
  const patiently = async <T>(signal: AbortSignal, send: () => Promise<T>): Promise<T> => {
    const deadline = Date.now() + forMs;
    for (let wait = 20; ; wait = Math.min(wait * 2, 500)) {
      try {
        return await send();
      } catch (error) {
        if (!isDeniedByRights(error) || Date.now() + wait > deadline) throw error;
        await pause(wait, signal);
      }
    }
  };
  return {
    json: (request: ApiRequest, signal) => patiently(signal, () => api.json(request, signal)),
    text: (request, signal) => patiently(signal, () => api.text(request, signal)),
    stream: (request, signal) => patiently(signal, () => api.stream(request, signal)),
  };
}
