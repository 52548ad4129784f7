import { audienceOf } from '../events/wire.ts';
import type { InputReader } from './input-reader.ts';

/** How the action reaches previews. */
export type Way =
  /** Over HTTPS, with an OIDC token of the running workflow. */
  | { readonly kind: 'gateway'; readonly endpoint: string; readonly audience: string }
  /** Temporal itself, from a runner that reaches it. */
  | {
      readonly kind: 'temporal';
      /** The job's environment with the inputs laid over it, as `connectTemporal` reads it. */
      readonly env: NodeJS.ProcessEnv;
    };

/** Inputs that mean something to Temporal, by the variable that they stand for. */
const variables = {
  'temporal-address': 'TEMPORAL_ADDRESS',
  'temporal-namespace': 'TEMPORAL_NAMESPACE',
  'temporal-api-key': 'TEMPORAL_API_KEY',
  'task-queue': 'PREVIEW_TASK_QUEUE',
} as const;

/** What says where Temporal is, if no input does. */
const places = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'] as const;

/** Reads which of the two ways is meant; null where that is wrong. An input counts more than the environment. */
export function readWay({ get, wrong }: InputReader, env: NodeJS.ProcessEnv): Way | null {
  const endpoint = get('endpoint');
  const audience = get('audience');
  const given = Object.entries(variables).filter(([input]) => get(input) !== '');
  if (endpoint !== '') {
    const names = given.map(([input]) => input);
    if (names.length > 0)
      wrong(`endpoint: goes without ${names.join(', ')}: give the gateway or Temporal, not both`);
    const address = readEndpoint(endpoint);
    if ('wrong' in address) wrong(`endpoint: ${address.wrong}`);
    return { kind: 'gateway', endpoint, audience: audience || audienceOf(endpoint) };
  }
  if (audience !== '') wrong('audience: goes with endpoint only');
  // a secret that a run does not get is an empty variable, which is none
  const set = Object.entries(env).filter(([, value]) => value !== undefined && value !== '');
  const all = Object.fromEntries([...set, ...given.map(([input, variable]) => [variable, get(input)])]);
  if (places.every((name) => !all[name])) {
    wrong(
      'endpoint or temporal-address: wanted one of them, the gateway or, from a runner that reaches it, Temporal',
    );
    return null;
  }
  return { kind: 'temporal', env: all };
}

/** A token is sent there: never in clear over a network. */
function readEndpoint(endpoint: string): { readonly url: URL } | { readonly wrong: string } {
  const wanted = 'wanted the address of the gateway such as https://previews.example.com';
  const url = URL.parse(endpoint);
  if (url === null || !/^https?:$/.test(url.protocol)) return { wrong: `${wanted}, got no such address` };
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    return { wrong: `${wanted}, without user, query and fragment` };
  if (url.protocol === 'http:' && !loopback.test(url.hostname))
    return { wrong: `${wanted}, got http: a token would be sent in clear` };
  return { url };
}

const loopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;
