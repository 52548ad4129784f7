import type { KubernetesApi } from './api.ts';

/** Version of the API server, for example `v1.36.3`. */
export async function readServerVersion(api: KubernetesApi, signal: AbortSignal): Promise<string> {
  const { gitVersion } = await api.json<{ readonly gitVersion: string }>(
    { method: 'GET', path: '/version' },
    signal,
  );
  return gitVersion;
}
