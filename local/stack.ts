import { stackAddresses } from './addresses.ts';
import { checkout, stackFolder } from './folders.ts';
import { requireDisk } from './host.ts';
import { removeLeftovers, stopAll } from './leftovers.ts';
import { withLock } from './lock.ts';
import { withDependents } from './parts.ts';
import { isAlive, stopProcess } from './process.ts';
import { silentProgress, within } from './progress.ts';
import type { Progress } from './progress.ts';
import { startParts } from './start-parts.ts';
import { emptyState, readState, stateFile } from './state.ts';
import type { StackState } from './state.ts';
import { pinnedVersions } from './versions.ts';

/** A part of the stack that can be asked for. */
export type Part =
  | 'temporal'
  | 'postgres'
  | 'registry'
  | 'cluster'
  | 'ingress'
  | 'github'
  | 'kwok'
  | 'worker';

/** Where the parts are that are up. Plain data; also the file `stack.json` in the stack's folder. */
export interface Stack {
  temporal?: {
    address: string;
    namespace: string;
    /** Empty where the user gave an address. */
    uiUrl: string;
    /** The Temporal CLI; empty where the user gave an address. */
    executable: string;
  };
  postgres?: {
    /** For set-up and for looking at what others did; the admin's where the user gave one. */
    superuserUrl: string;
    /** Of a LOGIN CREATEDB CREATEROLE role, for the worker. */
    adminUrl: string;
    podHost: string;
    podPort: number;
  };
  registry?: { address: string };
  cluster?: { adminKubeconfig: string; workerKubeconfig: string; nodeIp: string };
  ingress?: { httpPort: number; httpsPort: number; caFile: string };
  github?: { url: string; token: string };
  /** Simulated nodes; `kwokPlacement` is what brings a pod onto them. */
  kwok?: { nodes: number };
  /** The worker of the checkout that started it; `environmentFile` holds its secrets. */
  worker?: { platformFile: string; environmentFile: string };
  tools: { helm?: string; kubectl?: string; crane?: string };
}

export interface StackOptions {
  /** Default 0, a person's stack. Others live beside it. */
  instance?: number;
  /** Default: nobody sees it. */
  progress?: Progress;
}

export interface EnsureOptions extends StackOptions {
  parts: readonly Part[];
  /** Progress with a line for each part; takes the place of `progress`. */
  progressOf?: (name: Part | 'stack') => Progress;
}

/**
 * Starts what is asked for and does not run, with what it needs; what runs is reused, whoever started it, and what
 * died is started again with its data. What the user has (`KUBECONFIG`, `TEMPORAL_ADDRESS`, `DATABASE_ADMIN_URL`,
 * `REGISTRY`) takes a part's place. Cheap when all is up. Calls at the same time wait for each other.
 *
 * @throws one line that says what is missing and what to do; a stack of other versions is left alone.
 */
export async function ensureStack(options: EnsureOptions): Promise<Stack> {
  const { instance = 0, progress = silentProgress } = options;
  const progressOf = options.progressOf ?? ((name) => within(progress, name));
  const addresses = stackAddresses(instance);
  return locked(instance, { doing: 'starting', progress: progressOf('stack') }, async (folder) => {
    const versions = await pinnedVersions(checkout);
    const known = await readState(folder);
    if (known) requireSameVersions(known, versions);
    else await removeLeftovers(folder, addresses);
    await requireDisk(folder);
    const file = stateFile(folder, known ?? emptyState(checkout, versions));
    await file.save();
    return startParts(options.parts, { addresses, file, progressOf });
  });
}

/** Stops the stack and removes all that it made; images in the registry and the local authority stay. */
export async function stopStack(options: StackOptions = {}): Promise<void> {
  const { instance = 0, progress = silentProgress } = options;
  await locked(instance, { doing: 'stopping', progress }, (folder) =>
    removeLeftovers(folder, stackAddresses(instance)),
  );
}

/** Stops parts and what cannot go on without them, and forgets their data; the rest goes on. */
export async function stopParts(parts: readonly Part[], options: StackOptions = {}): Promise<void> {
  const { instance = 0, progress = silentProgress } = options;
  await locked(instance, { doing: 'stopping', progress }, async (folder) => {
    const state = await readState(folder);
    if (!state) return;
    const going = withDependents(parts);
    await stopAll(state.processes.filter(({ part }) => going.includes(part)));
    state.processes = state.processes.filter(({ part }) => !going.includes(part));
    for (const part of going) delete state.stack[part];
    await stateFile(folder, state).save();
  });
}

/**
 * Kills one process of the stack, as an accident would; `ensureStack` starts it again. For tests of what survives.
 *
 * @param name As in `stackStatus`, for example `postgres` or `kube-apiserver`.
 */
export async function killProcess(name: string, options: StackOptions = {}): Promise<void> {
  const state = await readState(stackFolder(options.instance ?? 0));
  const found = state?.processes.find((process) => process.name === name);
  if (!found) throw new Error(`The stack has no process "${name}".`);
  await stopProcess(found, { signal: 'SIGKILL' });
}

/** What runs, as far as processes tell. */
export interface StackStatus {
  /** The checkout that started it. */
  checkout: string;
  since: string;
  stack: Stack;
  processes: { part: Part; name: string; pid: number; alive: boolean }[];
}

/** The state of the stack; undefined if there is none. */
export async function stackStatus(options: StackOptions = {}): Promise<StackStatus | undefined> {
  const state = await readState(stackFolder(options.instance ?? 0));
  if (!state) return undefined;
  const { checkout, since, stack } = state;
  const processes = state.processes.map((process) => {
    const { part, name, pid } = process;
    return { part, name, pid, alive: isAlive(process) };
  });
  return { checkout, since, stack, processes };
}

function requireSameVersions(known: StackState, versions: string): void {
  if (known.versions === versions) return;
  throw new Error(
    `A local stack with other versions runs since ${known.since}, started from ${known.checkout}: ` +
      'when nobody uses it, stop it by "npm run stack -- down".',
  );
}

function locked<T>(
  instance: number,
  about: { doing: string; progress: Progress },
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = stackFolder(instance);
  const holder = { pid: process.pid, checkout, doing: about.doing };
  const waiting = (other: typeof holder): void =>
    about.progress.update(
      `waiting for process ${other.pid} of ${other.checkout}, which is ${other.doing} the stack`,
    );
  return withLock(folder, { holder, waiting }, () => work(folder));
}
