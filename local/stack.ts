import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stackAddresses } from './addresses.ts';
import { removeCgroupRoot } from './cluster/cgroups.ts';
import { removeNetwork } from './cluster/network.ts';
import { checkout, stackFolder } from './folders.ts';
import { withLock } from './lock.ts';
import { partNames, withNeeds } from './parts.ts';
import { isAlive, markedProcesses, stopProcess } from './process.ts';
import { silentProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import { startParts } from './start-parts.ts';
import { emptyState, readState, stateFile } from './state.ts';
import type { RecordedProcess, StackState } from './state.ts';
import { pinnedVersions } from './versions.ts';

/** A part of the stack that can be asked for. */
export type Part = 'temporal' | 'postgres' | 'registry' | 'cluster' | 'ingress' | 'github' | 'kwok';

/** Where the parts that are up can be found. Plain data, also in the file `stack.json` of the stack's folder. */
export interface Stack {
  temporal?: { address: string; namespace: string; uiUrl: string; executable: string };
  postgres?: {
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
  kwok?: { nodes: number };
  tools: { helm?: string; kubectl?: string; crane?: string };
}

export interface StackOptions {
  /** Default: 0, a person's stack. Others live beside it. */
  instance?: number;
}

export interface EnsureOptions extends StackOptions {
  parts: readonly Part[];
  /** Told about all parts together; default: nobody. */
  progress?: Progress;
  /** Progress of one part; takes the place of `progress`. */
  progressOf?: (part: Part) => Progress;
}

/**
 * Starts what is asked for and does not run, with what it needs; what runs is reused, whoever started it. What
 * the user has (`KUBECONFIG`, `TEMPORAL_ADDRESS`, `DATABASE_ADMIN_URL`, `REGISTRY`) takes a part's place. Cheap
 * when all is up. Two calls at once wait for each other.
 *
 * @throws one line that says what is missing and what to do; a stack of other versions is left alone.
 */
export async function ensureStack(options: EnsureOptions): Promise<Stack> {
  const { instance = 0, progress = silentProgress } = options;
  const progressOf = options.progressOf ?? (() => progress);
  const folder = stackFolder(instance);
  return locked(folder, { doing: 'starting', progress }, async () => {
    const versions = await pinnedVersions(checkout);
    const known = await readState(folder);
    if (known) requireSameVersions(known, versions);
    else await removeLeftovers(instance);
    const file = stateFile(folder, known ?? emptyState(checkout, versions));
    await file.save();
    await startParts(withNeeds(options.parts), { addresses: stackAddresses(instance), file, progressOf });
    return file.state.stack;
  });
}

/** Stops the stack and removes all it made, whatever state it is in; registry images and the local authority stay. */
export async function stopStack(options: StackOptions & { progress?: Progress } = {}): Promise<void> {
  const { instance = 0, progress = silentProgress } = options;
  await locked(stackFolder(instance), { doing: 'stopping', progress }, () => removeLeftovers(instance));
}

/** Stops single parts and what needs them; the rest goes on. */
export async function stopParts(parts: readonly Part[], options: StackOptions & { progress?: Progress } = {}): Promise<void> {
  const { instance = 0, progress = silentProgress } = options;
  const folder = stackFolder(instance);
  await locked(folder, { doing: 'stopping', progress }, async () => {
    const state = await readState(folder);
    if (!state) return;
    const file = stateFile(folder, state);
    const going = partNames.filter((name) => parts.includes(name) || withNeeds([name]).some((need) => parts.includes(need)));
    await stopAll(state.processes.filter(({ part }) => going.includes(part)));
    state.processes = state.processes.filter(({ part }) => !going.includes(part));
    for (const part of going) delete state.stack[part];
    await file.save();
  });
}

/** What runs, as far as processes tell. */
export interface StackStatus {
  checkout: string;
  since: string;
  stack: Stack;
  processes: { part: Part; name: string; pid: number; alive: boolean }[];
}

/** The state of the stack; undefined if there is none. */
export async function stackStatus(options: StackOptions = {}): Promise<StackStatus | undefined> {
  const state = await readState(stackFolder(options.instance ?? 0));
  if (!state) return undefined;
  const processes = state.processes.map((process) => ({
    part: process.part,
    name: process.name,
    pid: process.pid,
    alive: isAlive(process),
  }));
  return { checkout: state.checkout, since: state.since, stack: state.stack, processes };
}

function requireSameVersions(known: StackState, versions: string): void {
  if (known.versions === versions) return;
  throw new Error(
    `A local stack with other versions runs since ${known.since}, started from ${known.checkout}: ` +
      'stop it by "npm run stack -- down" when nobody uses it.',
  );
}

function locked<T>(folder: string, about: { doing: string; progress: Progress }, work: () => Promise<T>): Promise<T> {
  return withLock(
    folder,
    {
      holder: { pid: process.pid, checkout, doing: about.doing },
      waiting: (holder) => about.progress.update(`waiting for process ${holder.pid} (${holder.checkout}), which is ${holder.doing} the stack`),
    },
    work,
  );
}

/** Takes away processes, network, cgroups and files of the stack, recorded or not. Nothing there is success. */
async function removeLeftovers(instance: number): Promise<void> {
  const addresses = stackAddresses(instance);
  const folder = stackFolder(instance);
  const state = await readState(folder);
  await stopAll(state?.processes ?? []);
  const stray = markedProcesses(folder);
  await Promise.all(stray.map((process) => stopProcess(process, { signal: 'SIGKILL' })));
  if (process.getuid?.() === 0) {
    await removeNetwork(addresses);
    await removeCgroupRoot(addresses.name);
  }
  for (const made of (state?.madeFolders ?? []).toReversed()) await rm(made, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const KEPT = ['images', 'authority'];
  for (const entry of await readdir(folder)) {
    if (!KEPT.includes(entry)) await rm(join(folder, entry), { recursive: true, force: true });
  }
}

/** The API server would wait ten seconds for its watches once etcd is gone; node and etcd have nothing to save. */
async function stopAll(processes: readonly RecordedProcess[]): Promise<void> {
  const AT_ONCE = ['kube-apiserver', 'node', 'etcd', 'kube-controller-manager', 'kube-scheduler'];
  await Promise.all(
    processes.map((process) => stopProcess(process, { signal: AT_ONCE.includes(process.name) ? 'SIGKILL' : 'SIGTERM', graceMs: 1500 })),
  );
}

