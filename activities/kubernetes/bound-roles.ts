import type { KubernetesApi } from './api.ts';
import { ApiError } from './api-error.ts';

/** ClusterRoles that the operator's chart installs; the worker may bind these two and no other. */
export const workerRole = 'preview-worker-ns';
export const deployerRole = 'preview-deployer';

/**
 * Whether a ClusterRole is there; `hidden`: we may not ask. The right to bind one by name says nothing of that.
 *
 * @throws `ApiError`, `NoAnswer`.
 */
export async function lookForClusterRole(
  api: KubernetesApi,
  name: string,
  signal: AbortSignal,
): Promise<'there' | 'absent' | 'hidden'> {
  try {
    const path = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${encodeURIComponent(name)}`;
    await api.json({ method: 'GET', path }, signal);
    return 'there';
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 404) return 'absent';
    if (error.status === 403) return 'hidden';
    throw error;
  }
}
