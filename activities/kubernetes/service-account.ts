import type { KubernetesApi } from './api.ts';
import { applyObject } from './objects.ts';
import { resources } from './resources.ts';

/**
 * Makes or changes the namespace's `default` service account: pods pull with the given secrets and get no token.
 * Applying it saves waiting for the controller that would make it.
 */
export async function applyDefaultAccount(
  api: KubernetesApi,
  wanted: { readonly namespace: string; readonly pullSecrets: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  await applyObject(api, resources.serviceAccounts, {
    at: { namespace: wanted.namespace, name: 'default' },
    body: {
      automountServiceAccountToken: false,
      imagePullSecrets: wanted.pullSecrets.map((name) => ({ name })),
    },
    signal,
  });
}
