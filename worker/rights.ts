import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesApi } from '../activities/kubernetes/api.ts';
import { ApiError, NoAnswer } from '../activities/kubernetes/api-error.ts';
import type { ServiceAccountName } from '../activities/kubernetes/clients.ts';
import {
  mayCreateNamespace,
  probeNamespaces,
  readOwnUser,
  serviceAccountOf,
} from '../activities/kubernetes/own-rights.ts';
import type { PlatformConfig } from '../domain/config.ts';
import { Refusal } from './refusal.ts';
import type { Patience } from './temporal.ts';

/**
 * Makes sure that the cluster keeps the worker to its own: it must be a service account, must be denied a namespace
 * outside the platform's pattern, and one inside it whose pods may be anything, and must be allowed one as previews
 * are. Nothing is created: all are dry runs.
 *
 * @returns the account.
 * @throws {Refusal} with what is wrong and what to do.
 */
export async function requireRights(
  api: KubernetesApi,
  { platform, ...patience }: Patience & { readonly platform: PlatformConfig },
  signal: AbortSignal,
): Promise<ServiceAccountName> {
  const account = await requireServiceAccount(api, patience, signal);
  const may = async (name: string, secured = true) =>
    await untilAnswered(
      async () => await mayCreateNamespace(api, { name, secured }, signal),
      patience,
      signal,
    );
  const names = probeNamespaces(platform);
  const outside = await may(names.outside);
  const reasons: string[] = [];
  if (outside.allowed) {
    reasons.push(
      'this worker may create any namespace: the admission policies of charts/pr-preview are missing, or its account is too strong. ' +
        'Install the chart and let the worker use its service account',
    );
  }
  if (!outside.allowed && (await may(names.inside, false)).allowed) {
    reasons.push(
      'this worker may make previews without Pod Security, whose pods could take the node: the admission policies of charts/pr-preview are older than the worker. ' +
        'Upgrade the chart',
    );
  }
  const within = await may(names.inside);
  if (!within.allowed) {
    reasons.push(
      `this worker may not create the namespace ${names.inside}: ${within.reason}. ` +
        'Install charts/pr-preview with this very platform config in its values',
    );
  }
  if (reasons.length > 0) throw new Refusal('refused', reasons);
  return account;
}

async function requireServiceAccount(
  api: KubernetesApi,
  patience: Patience,
  signal: AbortSignal,
): Promise<ServiceAccountName> {
  const user = await untilAnswered(async () => await readOwnUser(api, signal), patience, signal);
  const account = serviceAccountOf(user);
  if (account !== null) return account;
  throw new Refusal('refused', [
    `the worker is "${user}" in the cluster, and must be a service account: install charts/pr-preview and use the token of its account`,
  ]);
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
