import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesApi } from '../activities/kubernetes/api.ts';
import { ApiError, NoAnswer } from '../activities/kubernetes/api-error.ts';
import type { ServiceAccountName } from '../activities/kubernetes/clients.ts';
import type { PlatformConfig } from '../domain/config.ts';
import { cleanupTarget } from '../domain/names.ts';
import { Refusal } from './refusal.ts';
import type { Patience } from './temporal.ts';

/**
 * Makes sure that the cluster keeps the worker to its own: it must be a service account, must be denied a namespace
 * outside the platform's pattern, and must be allowed one inside it. Nothing is created: both are dry runs.
 *
 * @returns the account.
 * @throws {Refusal} with what is wrong and what to do.
 */
export async function requireRights(
  api: KubernetesApi,
  { platform, ...patience }: Patience & { readonly platform: PlatformConfig },
  signal: AbortSignal,
): Promise<ServiceAccountName> {
  const account = await whoAmI(api, patience, signal);
  const may = async (name: string) =>
    await untilAnswered(async () => await mayCreate(api, name, signal), patience, signal);
  const outside = await may('pr-preview-rights-probe');
  const repository = platform.repositories[0]?.split('/') ?? [];
  const ref = { owner: repository[0] ?? 'owner', repository: repository[1] ?? 'name', number: 999_999_999 };
  const inside = cleanupTarget(platform, ref, null).namespace;
  const reasons: string[] = [];
  if (outside.allowed) {
    reasons.push(
      'this worker may create any namespace: the admission policies of charts/pr-preview are missing, or its account is too strong. ' +
        'Install the chart and let the worker use its service account',
    );
  }
  const within = await may(inside);
  if (!within.allowed) {
    reasons.push(
      `this worker may not create the namespace ${inside}: ${within.reason}. ` +
        'Install charts/pr-preview with this very platform config in its values',
    );
  }
  if (reasons.length > 0) throw new Refusal('refused', reasons);
  return account;
}

async function whoAmI(
  api: KubernetesApi,
  patience: Patience,
  signal: AbortSignal,
): Promise<ServiceAccountName> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const review = await untilAnswered(
    async () => await api.json<SelfSubjectReview>({ method: 'POST', path, body }, signal),
    patience,
    signal,
  );
  const user = review.status?.userInfo?.username ?? '';
  const match = /^system:serviceaccount:(?<namespace>[^:]+):(?<name>[^:]+)$/.exec(user);
  const { namespace, name } = match?.groups ?? {};
  if (namespace !== undefined && name !== undefined) return { namespace, name };
  throw new Refusal('refused', [
    `the worker is "${user}" in the cluster, and must be a service account: install charts/pr-preview and use the token of its account`,
  ]);
}

interface SelfSubjectReview {
  readonly status?: { readonly userInfo?: { readonly username?: string } };
}

/** The cluster may be starting too. */
async function untilAnswered<T>(
  ask: () => Promise<T>,
  { logger, patienceMs }: Patience,
  signal: AbortSignal,
): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    try {
      return await ask();
    } catch (cause) {
      if (cause instanceof ApiError && cause.status < 500) {
        throw new Refusal('refused', [`the cluster refuses this worker: ${cause.message}`], { cause });
      }
      if (!(cause instanceof NoAnswer || cause instanceof ApiError)) throw cause;
      if (Date.now() >= deadline || signal.aborted) {
        throw new Refusal('away', [`the cluster does not answer: ${cause.message}`], { cause });
      }
      logger.warn('the cluster does not answer yet', { error: cause });
      await delay(2_000, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function mayCreate(
  api: KubernetesApi,
  name: string,
  signal: AbortSignal,
): Promise<{ allowed: true } | { allowed: false; reason: string }> {
  const metadata = { name, labels: { 'app.kubernetes.io/managed-by': 'pr-preview' } };
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
