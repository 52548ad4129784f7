import type { RegistryConfig } from '../../domain/config.ts';
import { failure } from '../failure.ts';
import type { ImageName } from './image-name.ts';
import { endpointOf } from './image-name.ts';
import type { Answer, Method, Send } from './request.ts';
import type { Rights } from './token.ts';
import { fetchToken } from './token.ts';

export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}

export interface RegistryClientOptions {
  readonly registries: readonly RegistryConfig[];
  readonly send: Send;
  /** Login for a registry's host, from the worker's environment; null is anonymous. */
  readonly credentials: (host: string) => RegistryLogin | null;
  /** What to ask for where the registry wants a token. Default: to pull. */
  readonly rights?: Rights;
}

/** Speaks to the registry of one repository, logging in as it asks. */
export interface RepositoryClient {
  /** @param path below `/v2/<repository>/`: `manifests/<tag>`, `blobs/<digest>`, `tags/list`. */
  ask(method: Method, path: string, signal: AbortSignal): Promise<Answer>;
}

/** All four, or a registry answers 404 or converts to something with another digest. */
const accept = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** A client for one repository; its token lives as long as the client. */
export function createRepositoryClient(options: RegistryClientOptions, image: ImageName): RepositoryClient {
  const send = loggingIn(options, image);
  const base = `${endpointOf(image.host, options.registries)}/v2/${image.path}`;
  return {
    ask: (method, path, signal) => {
      const wanted = path.startsWith('manifests/') ? accept : '*/*';
      return send({ url: `${base}/${path}`, method, headers: { accept: wanted } }, signal);
    },
  };
}

/**
 * Asks for the root of a registry's API, logging in where it wants that. What `docker login` asks too: no repository is
 * named, so rights in one do not matter.
 *
 * @returns `loginAsked`: whether the registry wanted to know who asks.
 * @throws failure `RegistryDenied` when its token server refuses the login, `RegistryUnavailable`.
 */
export async function askRoot(
  options: RegistryClientOptions,
  host: string,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly loginAsked: boolean }> {
  let loginAsked = false;
  const send: Send = async (request, signal) => {
    const answer = await options.send(request, signal);
    loginAsked ||= answer.status === 401;
    return answer;
  };
  const url = `${endpointOf(host, options.registries)}/v2/`;
  const ask = loggingIn({ ...options, send }, { host, path: null });
  const { status } = await ask({ url, method: 'GET', headers: {} }, signal);
  return { status, loginAsked };
}

/** Whom a login is for; without a path, no repository. */
interface Scope {
  readonly host: string;
  readonly path: string | null;
}

/** Sends requests, and once more after logging in where the answer asks for that. */
function loggingIn(options: RegistryClientOptions, scope: Scope): Send {
  let authorization: string | null = null;
  const once: Send = ({ headers, ...request }, signal) =>
    options.send(
      { ...request, headers: { ...headers, ...(authorization === null ? {} : { authorization }) } },
      signal,
    );
  return async (request, signal) => {
    const answer = await once(request, signal);
    if (answer.status !== 401) return answer;
    const challenge = answer.headers.get('www-authenticate');
    const next = await authorize(options, { ...scope, challenge }, signal);
    if (next === null) return answer;
    authorization = next;
    return await once(request, signal);
  };
}

/** What to send as `Authorization`; null when there is nothing to offer. @throws failure `RegistryDenied` */
async function authorize(
  { credentials, registries, send, rights = 'pull' }: RegistryClientOptions,
  { host, path, challenge }: Scope & { readonly challenge: string | null },
  signal: AbortSignal,
): Promise<string | null> {
  const login = credentials(host);
  const basic = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  const scheme = challenge?.split(' ', 1)[0]?.toLowerCase();
  if (scheme !== 'bearer') return basic;
  const parameters = parseParameters(challenge ?? '');
  const realm = parameters['realm'];
  if (realm === undefined || !isTrusted(realm, endpointOf(host, registries))) {
    throw failure('RegistryDenied', `The registry ${host} sends us for a token to ${realm ?? 'nowhere'}.`);
  }
  const token = await fetchToken(
    send,
    { realm, service: parameters['service'], path, basic, rights },
    signal,
  );
  if (token === null && login) {
    const advice = `check the credentials given to the worker for it (user ${login.username})`;
    throw failure('RegistryDenied', `The registry ${host} does not accept our login; ${advice}.`);
  }
  return token && `Bearer ${token}`;
}

/** A password must not travel in the clear unless the registry itself is spoken to in the clear. */
function isTrusted(realm: string, endpoint: string): boolean {
  return URL.canParse(realm) && (realm.startsWith('https://') || endpoint.startsWith('http://'));
}

function parseParameters(challenge: string): Record<string, string> {
  const pairs = challenge.matchAll(/([a-z_]+)="([^"]*)"/gi);
  return Object.fromEntries([...pairs].map(([, name, value]) => [name?.toLowerCase() ?? '', value ?? '']));
}
