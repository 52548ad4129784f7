import { mkdir } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import type { Addresses } from './addresses.ts';
import { describeGivenCluster, kubectlFor } from './cluster/kubectl.ts';
import { installRights } from './cluster/rights.ts';
import type { Progress } from './progress.ts';
import type { Part, Stack } from './stack.ts';
import type { StateFile } from './state.ts';
import type { ToolFinder } from './tools.ts';

/** What the user has and named in the environment: used as it is, never stopped, and never in the stack's state. */
export interface Given {
  /** Parts that are not started: those given, and those that only make sense with our own cluster. */
  readonly replaced: ReadonlySet<Part>;
  readonly stack: Partial<Stack>;
  readonly kubeconfig?: string;
}

const variables = ['KUBECONFIG', 'TEMPORAL_ADDRESS', 'DATABASE_ADMIN_URL', 'REGISTRY'] as const;

/**
 * Takes out of an environment what would be used in place of parts, for who asked for parts and not for these: a
 * cluster of the user's would get our roles and policies.
 *
 * @returns the names that were set.
 */
export function withdrawGiven(env: NodeJS.ProcessEnv): readonly string[] {
  const set = variables.filter((name) => env[name]);
  for (const name of set) Reflect.deleteProperty(env, name);
  return set;
}

/** Where a stack's own parts are, which nobody gives it. */
export interface OwnPlaces {
  readonly folder: string;
  readonly addresses: Addresses;
}

/**
 * Reads `KUBECONFIG`, `TEMPORAL_ADDRESS`, `DATABASE_ADMIN_URL` and `REGISTRY`. An empty one counts as absent, and so does
 * one that names the stack's own part, as its status has people export them.
 */
export function givenParts(env: NodeJS.ProcessEnv, own: OwnPlaces): Given {
  const foreign = (name: (typeof variables)[number]): string | undefined =>
    isOwn[name](env[name] ?? '', own) ? undefined : env[name];
  const TEMPORAL_ADDRESS = foreign('TEMPORAL_ADDRESS');
  const DATABASE_ADMIN_URL = foreign('DATABASE_ADMIN_URL');
  const REGISTRY = foreign('REGISTRY');
  const KUBECONFIG = foreign('KUBECONFIG');
  const replaced = new Set<Part>();
  const stack: Partial<Stack> = {};
  if (TEMPORAL_ADDRESS) {
    replaced.add('temporal');
    stack.temporal = {
      address: TEMPORAL_ADDRESS,
      namespace: env['TEMPORAL_NAMESPACE'] || 'default',
      uiUrl: '',
      executable: '',
    };
  }
  if (DATABASE_ADMIN_URL) {
    replaced.add('postgres');
    stack.postgres = givenPostgres(DATABASE_ADMIN_URL);
  }
  if (REGISTRY) {
    replaced.add('registry');
    stack.registry = { address: REGISTRY.replace(/^https?:\/\//, '') };
  }
  if (!KUBECONFIG) return { replaced, stack };
  for (const part of ['cluster', 'ingress', 'kwok'] as const) replaced.add(part);
  return { replaced, stack, kubeconfig: KUBECONFIG };
}

const isOwn: Readonly<Record<(typeof variables)[number], (value: string, own: OwnPlaces) => boolean>> = {
  KUBECONFIG: (file, { folder }) => resolve(file).startsWith(`${resolve(folder)}${sep}`),
  TEMPORAL_ADDRESS: (address, own) => isOwnAddress(address, 'temporal', own),
  DATABASE_ADMIN_URL: (url, own) => isOwnAddress(URL.parse(url)?.host ?? '', 'postgres', own),
  REGISTRY: (address, own) => isOwnAddress(address.replace(/^https?:\/\//, ''), 'registry', own),
};

function isOwnAddress(
  address: string,
  part: 'temporal' | 'postgres' | 'registry',
  { addresses: { hostIp, ports } }: OwnPlaces,
): boolean {
  return ['127.0.0.1', 'localhost', hostIp].some((host) => address === `${host}:${ports[part]}`);
}

/** What is used in a part's place, without its secrets. */
export function describeGiven(part: Part, { stack }: Given): string {
  switch (part) {
    case 'temporal':
      return `using TEMPORAL_ADDRESS=${stack.temporal?.address ?? ''}`;
    case 'postgres':
      return `using DATABASE_ADMIN_URL, at ${stack.postgres?.podHost ?? ''}`;
    case 'registry':
      return `using REGISTRY=${stack.registry?.address ?? ''}`;
    case 'cluster':
    case 'ingress':
    case 'kwok':
      return 'using the cluster of KUBECONFIG';
    case 'github':
    case 'worker':
      return 'you have your own';
  }
}

/** Our own parts, with what the user gave in their place. */
export function stackOf(file: StateFile, given: Given): Stack {
  const stack = { ...file.state.stack, ...given.stack };
  // Our own ingress controller, should it run, serves another cluster than the given one.
  if (given.kubeconfig !== undefined) delete stack.ingress;
  return stack;
}

/** @throws if a part of our own could not reach what the user gave. */
export function requireReach(wanted: readonly Part[], given: Given): void {
  const { registry } = given.stack;
  if (registry === undefined || !wanted.includes('cluster')) return;
  throw new Error(
    `The local cluster can pull from the stack's own registry only, not from REGISTRY=${registry.address}: ` +
      'give KUBECONFIG too.',
  );
}

/** Makes a given cluster ready for the worker: its rights and its login, which expires after 30 days at most. */
export async function adoptCluster(
  kubeconfig: string,
  options: { folder: string; tool: ToolFinder; progress: Progress },
): Promise<NonNullable<Stack['cluster']>> {
  const { tool, progress } = options;
  const folder = join(options.folder, 'given-cluster');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const kubectl = kubectlFor(await tool('kubectl'), kubeconfig);
  const cluster = await describeGivenCluster(kubectl, folder);
  progress.update(`using the cluster of KUBECONFIG, ${cluster.server}`);
  const workerKubeconfig = await installRights({ adminKubeconfig: kubeconfig, ...cluster }, { folder, tool });
  const internalIp = '{.items[0].status.addresses[?(@.type=="InternalIP")].address}';
  const nodeIp = await kubectl(['get', 'nodes', '-o', `jsonpath=${internalIp}`]);
  return { adminKubeconfig: kubeconfig, workerKubeconfig, nodeIp };
}

function givenPostgres(url: string): NonNullable<Stack['postgres']> {
  const { hostname, port } = new URL(url);
  return { superuserUrl: url, adminUrl: url, podHost: hostname, podPort: Number(port || 5432) };
}
