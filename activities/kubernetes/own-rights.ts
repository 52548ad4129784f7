import { cleanupTarget } from '../../domain/names.ts';
import type { NamingPlatform } from '../../domain/names.ts';
import type { PlatformConfig } from '../../domain/config.ts';
import type { KubernetesApi } from './api.ts';
import { ApiError } from './api-error.ts';
import type { ServiceAccountName } from './clients.ts';
import { podSecurity } from './namespace.ts';
import { managedBy } from './owner.ts';

/** Our own user name, as the cluster knows us: `system:serviceaccount:<namespace>:<name>` for a service account. */
export async function readOwnUser(api: KubernetesApi, signal: AbortSignal): Promise<string> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const review = await api.json<SelfSubjectReview>({ method: 'POST', path, body }, signal);
  return review.status?.userInfo?.username ?? '';
}

interface SelfSubjectReview {
  readonly status?: { readonly userInfo?: { readonly username?: string } };
}

/** The service account that a user name means; null: it is no service account. */
export function serviceAccountOf(user: string): ServiceAccountName | null {
  const match = /^system:serviceaccount:(?<namespace>[^:]+):(?<name>[^:]+)$/.exec(user);
  const { namespace, name } = match?.groups ?? {};
  return namespace === undefined || name === undefined ? null : { namespace, name };
}

/** Names of namespaces that the worker must be denied, and allowed. No pull request has such a number. */
export function probeNamespaces(platform: NamingPlatform & Pick<PlatformConfig, 'repositories'>): {
  readonly outside: string;
  readonly inside: string;
} {
  const [owner = 'owner', repository = 'name'] = platform.repositories[0]?.split('/') ?? [];
  const { namespace } = cleanupTarget(platform, { owner, repository, number: 999_999_999 }, null);
  return { outside: 'pr-preview-rights-probe', inside: namespace };
}

/**
 * Whether we may create a namespace as ours. A dry run: nothing is made.
 *
 * @param wanted `secured`: with Pod Security as previews have it, or without any.
 * @throws `ApiError`, `NoAnswer`.
 */
export async function mayCreateNamespace(
  api: KubernetesApi,
  { name, secured }: { readonly name: string; readonly secured: boolean },
  signal: AbortSignal,
): Promise<{ readonly allowed: true } | { readonly allowed: false; readonly reason: string }> {
  const metadata = { name, labels: { ...managedBy, ...(secured ? podSecurity : {}) } };
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata };
  try {
    await api.json({ method: 'POST', path: '/api/v1/namespaces', query: { dryRun: 'All' }, body }, signal);
    return { allowed: true };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const conflict = 409;
    const forbidden = 403;
    if (error.status === conflict) return { allowed: true };
    if (error.status === forbidden) return { allowed: false, reason: error.message };
    throw error;
  }
}
