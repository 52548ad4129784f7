import type { Stack } from './stack.ts';

/** What a worker needs to know of the stack, as environment variables. Holds secrets. */
export function workerEnvironment(
  stack: Stack,
  {
    platformFile,
    cacheFolder,
    helm,
  }: { readonly platformFile: string; readonly cacheFolder: string; readonly helm: string },
): Record<string, string> {
  return {
    TEMPORAL_ADDRESS: stack.temporal?.address ?? '',
    TEMPORAL_NAMESPACE: stack.temporal?.namespace ?? 'default',
    TEMPORAL_UI_URL: stack.temporal?.uiUrl ?? '',
    KUBECONFIG: stack.cluster?.workerKubeconfig ?? '',
    DATABASE_ADMIN_URL: stack.postgres?.adminUrl ?? '',
    GITHUB_API_URL: stack.github?.url ?? '',
    GITHUB_TOKEN: stack.github?.token ?? '',
    HELM: helm,
    PREVIEW_PLATFORM_CONFIG: platformFile,
    PREVIEW_CACHE_DIR: cacheFolder,
  };
}

/** As a file for `node --env-file`: values in single quotes, none of which contains one. */
export function environmentText(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join('');
}
