import { createAppAuth } from '@octokit/auth-app';
import { createInstallations } from './app-installations.ts';
import type { AppAuth, Hook, SendRequest } from './app-installations.ts';
import type { GitHubApp } from './login.ts';

/** What the client hands to a way of logging in, and the App as it was given to the client as `auth`. */
type Given = GitHubApp & Pick<Parameters<typeof createAppAuth>[0], 'request' | 'log'>;

/** A refused token is replaced at most so often: where GitHub refuses the new one too, the token is not to blame. */
const renewEveryMs = 60_000;

/**
 * A way for the client to log in as a GitHub App: each request by a token of the installation that its path is for, which
 * is asked for when it is needed and renewed before its hour is over, or when GitHub refuses it; what is about the App
 * itself, by a JWT that its key signs.
 */
export function createAppLogin({ id, privateKey, installationId, ...client }: Given): {
  (options?: { readonly type: 'app' }): Promise<unknown>;
  readonly hook: Hook;
} {
  const credentials = { appId: id, privateKey, ...client };
  const app = createAppAuth(credentials);
  const installations = createInstallations(app);
  const installed = new Map<number, AppAuth>();
  const renewedAt = new WeakMap<AppAuth, number>();

  const loginOf = async (path: string, send: SendRequest): Promise<AppAuth> => {
    const which = installationId ?? (await installations.of(path, send));
    const auth = installed.get(which) ?? createAppAuth({ ...credentials, installationId: which });
    installed.set(which, auth);
    return auth;
  };

  /** A login whose token is there; an installation that is gone is looked for anew, as it may have been made again. */
  const login = async (path: string, send: SendRequest, refresh: boolean): Promise<AppAuth> => {
    const found = await loginOf(path, send);
    try {
      await found({ type: 'installation', refresh });
      return found;
    } catch (error) {
      if (statusIn(error) !== 404 || installationId !== null) throw error;
      installations.forget(path);
      return await loginOf(path, send);
    }
  };

  const hook: Hook = async (send, route, parameters) => {
    const path = pathOf(send, route, parameters);
    if (/^\/app(?:[/?]|$)/.test(path)) return await app.hook(send, route, parameters);
    const auth = await login(path, send, false);
    const answer = await auth.hook(send, route, parameters).catch(async (error: unknown) => {
      if (statusIn(error) !== 401 || Date.now() - (renewedAt.get(auth) ?? 0) < renewEveryMs) throw error;
      renewedAt.set(auth, Date.now());
      // Refused is not done: this repeats nothing.
      return await (await login(path, send, true)).hook(send, route, parameters);
    });
    installations.learn(path, answer);
    return answer;
  };
  return Object.assign(async () => await app({ type: 'app' }), { hook });
}

/** Path and query below the root of the API. */
function pathOf(
  send: SendRequest,
  ...[route, parameters]: Parameters<Hook> extends [unknown, ...infer R] ? R : never
): string {
  const { url } = typeof route === 'string' ? send.endpoint(route, parameters) : send.endpoint(route);
  return url.replace(send.endpoint.DEFAULTS.baseUrl, '');
}

function statusIn(error: unknown): unknown {
  return error instanceof Error && 'status' in error ? error.status : undefined;
}
