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
  const base = `${endpointOf(image.host, options.registries)}/v2/${image.path}`;
  let authorization: string | null = null;
  const once = (method: Method, path: string, signal: AbortSignal): Promise<Answer> => {
    const wanted = path.startsWith('manifests/') ? accept : '*/*';
    const headers = { accept: wanted, ...(authorization === null ? {} : { authorization }) };
    return options.send({ url: `${base}/${path}`, method, headers }, signal);
  };
  return {
    async ask(method, path, signal) {
      const answer = await once(method, path, signal);
      if (answer.status !== 401) return answer;
      const next = await authorize(
        options,
        { image, challenge: answer.headers.get('www-authenticate') },
        signal,
      );
      if (next === null) return answer;
      authorization = next;
      return once(method, path, signal);
    },
  };
}

/** What to send as `Authorization`; null when there is nothing to offer. @throws failure `RegistryDenied` */
async function authorize(
  { credentials, registries, send, rights = 'pull' }: RegistryClientOptions,
  { image, challenge }: { image: ImageName; challenge: string | null },
  signal: AbortSignal,
): Promise<string | null> {
  const login = credentials(image.host);
  const basic = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  const scheme = challenge?.split(' ', 1)[0]?.toLowerCase();
  if (scheme !== 'bearer') return basic;
  const parameters = parseParameters(challenge ?? '');
  const realm = parameters['realm'];
  if (realm === undefined || !isTrusted(realm, endpointOf(image.host, registries))) {
    throw failure(
      'RegistryDenied',
      `The registry ${image.host} sends us for a token to ${realm ?? 'nowhere'}.`,
    );
  }
  const token = await fetchToken(
    send,
    { realm, service: parameters['service'], path: image.path, basic, rights },
    signal,
  );
  if (token === null && login) {
    const advice = `check the credentials given to the worker for it (user ${login.username})`;
    throw failure('RegistryDenied', `The registry ${image.host} does not accept our login; ${advice}.`);
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
