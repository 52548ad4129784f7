import { endpointOf } from '../../../activities/registry/image-name.ts';
import { loadRegistryLogins } from '../../../activities/registry/logins.ts';
import { createSend } from '../../../activities/registry/request.ts';
import type { PlatformConfig } from '../../../domain/config.ts';
import type { Finding } from '../../../domain/diagnosis.ts';
import { bad, good, warning } from '../../../domain/diagnosis.ts';
import { withPlatform } from './patient.ts';

/** Those that the platform config names; images may come from others too. */
export const examineRegistries = withPlatform(async ({ platform, env }, signal) => {
  const { registries } = platform;
  if (registries.length === 0)
    return [good('the platform config names none: images are read anonymously over HTTPS')];
  const logins = await loadRegistryLogins(env['REGISTRY_AUTH_FILE'] || null);
  const found = await Promise.all(
    registries.map(async (registry) => [
      await answer(registry.host, { registries, login: logins(registry.host) !== null }, signal),
      ...deletion(registry, { login: logins(registry.host) !== null, env }),
    ]),
  );
  return found.flat();
});

async function answer(
  host: string,
  { registries, login }: { readonly registries: PlatformConfig['registries']; readonly login: boolean },
  signal: AbortSignal,
): Promise<Finding> {
  const url = `${endpointOf(host, registries)}/v2/`;
  try {
    const { status } = await createSend(fetch)({ url, method: 'GET', headers: {} }, signal);
    const how = login ? 'with a login' : 'anonymously';
    // 401 is how a registry says what to log in with
    if (status === 200 || status === 401) return good(`${host} answers; it is asked ${how}`);
    return bad(`${host} answers ${status} at ${url}`, 'Set `registries[].url` to the root of its API');
  } catch (error) {
    signal.throwIfAborted();
    return bad(
      `${host} does not answer at ${url}: ${error instanceof Error ? error.message : String(error)}`,
      'See that the worker may reach it, or name a mirror in `registries[].url`',
    );
  }
}

function deletion(
  { host, deleteImages }: PlatformConfig['registries'][number],
  { login, env }: { readonly login: boolean; readonly env: NodeJS.ProcessEnv },
): Finding[] {
  if (!deleteImages) return [];
  if (host === 'ghcr.io')
    return env['GITHUB_PACKAGES_TOKEN']
      ? [good('images of ghcr.io are deleted with GITHUB_PACKAGES_TOKEN')]
      : [
          warning(
            'images of ghcr.io shall be deleted, and GITHUB_PACKAGES_TOKEN is not set',
            'Give the worker a classic token with read:packages and delete:packages',
          ),
        ];
  return login
    ? []
    : [
        warning(
          `images of ${host} shall be deleted, and there is no login for it`,
          'Add one to REGISTRY_AUTH_FILE',
        ),
      ];
}
