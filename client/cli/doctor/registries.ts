import { ApplicationFailure } from '@temporalio/common';
import { askRoot } from '../../../activities/registry/client.ts';
import type { RegistryClientOptions } from '../../../activities/registry/client.ts';
import { endpointOf } from '../../../activities/registry/image-name.ts';
import { loadRegistryLogins } from '../../../activities/registry/logins.ts';
import { createSend } from '../../../activities/registry/request.ts';
import type { PlatformConfig } from '../../../domain/config.ts';
import type { Finding } from '../../../domain/diagnosis.ts';
import { bad, good, unknown, warning } from '../../../domain/diagnosis.ts';
import { withPlatform } from './patient.ts';
import { isWorkersPlace, runThere, unseen } from './place.ts';

/** Those that the platform config names, with the worker's logins; images may come from others too. */
export const examineRegistries = withPlatform(async ({ platform, env }, signal) => {
  const { registries } = platform;
  if (registries.length === 0)
    return [good('the platform config names none: images are read anonymously over HTTPS')];
  const credentials = await loadRegistryLogins(env['REGISTRY_AUTH_FILE'] || null);
  const options = { registries, send: createSend(fetch), credentials };
  const found = await Promise.all(
    registries.map(async (registry) => [
      await answer(registry.host, { options, env }, signal),
      ...deletion(registry, { login: credentials(registry.host) !== null, env }),
    ]),
  );
  return found.flat();
});

async function answer(
  host: string,
  { options, env }: { readonly options: RegistryClientOptions; readonly env: NodeJS.ProcessEnv },
  signal: AbortSignal,
): Promise<Finding> {
  const url = `${endpointOf(host, options.registries)}/v2/`;
  const user = options.credentials(host)?.username ?? null;
  try {
    if (user !== null) return judgeLogin(user, { host, url, ...(await askRoot(options, host, signal)) });
    const { status } = await options.send({ url, method: 'GET', headers: {} }, signal);
    // 401 is how a registry says what to log in with
    if (status === 200 || status === 401) return good(`${host} answers; it is asked anonymously`);
    return odd({ host, url, status });
  } catch (error) {
    signal.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof ApplicationFailure && error.type === 'RegistryDenied')
      return bad(message, mendLogin);
    return unseen(
      env,
      `${host} does not answer at ${url}: ${message}`,
      'See that the worker may reach it, or name a mirror in `registries[].url`',
    );
  }
}

interface RootAnswer {
  readonly host: string;
  readonly url: string;
  readonly status: number;
}

function judgeLogin(
  user: string,
  { loginAsked, ...answer }: RootAnswer & { readonly loginAsked: boolean },
): Finding {
  const { host, status } = answer;
  if (status === 401 || status === 403)
    return bad(`${host} does not accept the login of user ${user}: it answers ${status}`, mendLogin);
  if (status !== 200) return odd(answer);
  if (loginAsked) return good(`${host} answers, and accepts the login of user ${user}`);
  return unknown(
    `${host} answers anybody; whether it accepts the login of user ${user} shows only with an image`,
  );
}

const mendLogin = 'Mend the login in REGISTRY_AUTH_FILE, or take it out where images may be read anonymously';

function odd({ host, url, status }: RootAnswer): Finding {
  return bad(`${host} answers ${status} at ${url}`, 'Set `registries[].url` to the root of its API');
}

function deletion(
  { host, deleteImages }: PlatformConfig['registries'][number],
  { login, env }: { readonly login: boolean; readonly env: NodeJS.ProcessEnv },
): Finding[] {
  if (!deleteImages) return [];
  if (host === 'ghcr.io') {
    if (env['GITHUB_PACKAGES_TOKEN'])
      return [good('images of ghcr.io are deleted with GITHUB_PACKAGES_TOKEN')];
    const text = 'images of ghcr.io shall be deleted, and GITHUB_PACKAGES_TOKEN is not set';
    return [lacking(env, text, 'Give the worker a classic token with read:packages and delete:packages')];
  }
  if (login) return [];
  const text = `images of ${host} shall be deleted, and there is no login for it`;
  return [lacking(env, text, 'Add one to REGISTRY_AUTH_FILE')];
}

/** A variable of the worker's says nothing where the worker does not run. */
function lacking(env: NodeJS.ProcessEnv, text: string, advice: string): Finding {
  return isWorkersPlace(env) ? warning(text, advice) : unknown(`${text} here`, runThere);
}
