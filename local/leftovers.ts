import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Addresses } from './addresses.ts';
import { removeCgroupRoot } from './cluster/cgroups.ts';
import { removeNetwork } from './cluster/network.ts';
import { isAlive, markedProcesses, stopProcess } from './process.ts';
import { readState } from './state.ts';
import type { RecordedProcess } from './state.ts';

/** What stays in the stack's folder when it goes: images of the registry, and the authority that browsers trust. */
const KEPT = ['images', 'authority'];

/** Nothing these have is worth a proper end: the API server alone would wait ten seconds for its watches. */
const THROWN_AWAY = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'etcd',
  'node',
  'coredns',
  'kwok',
  'postgres',
];

/**
 * Takes away all that a stack made, whatever state it is in and whether or not it was recorded: processes, network,
 * cgroups, folders. Nothing there is success.
 */
export async function removeLeftovers(folder: string, addresses: Addresses): Promise<void> {
  const state = await readState(folder);
  await stopAll(state?.processes ?? []);
  await stopUnrecorded(folder);
  if (process.getuid?.() === 0) {
    await removeNetwork(addresses);
    await removeCgroupRoot(addresses.name);
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const entry of await readdir(folder)) {
    if (!KEPT.includes(entry)) await rm(join(folder, entry), { recursive: true, force: true });
  }
}

/** Stops recorded processes, all at once, and waits until they are gone. */
export async function stopAll(processes: readonly RecordedProcess[]): Promise<void> {
  await Promise.all(
    processes.map((process) =>
      stopProcess(process, {
        signal: THROWN_AWAY.includes(process.name) ? 'SIGKILL' : 'SIGTERM',
        graceMs: 1500,
      }),
    ),
  );
}

/**
 * A start that was killed between a process's birth and its record leaves one that only its marker tells of. Looks until
 * none is left: the node, for one, may have had a child after the list was read.
 */
async function stopUnrecorded(folder: string): Promise<void> {
  for (;;) {
    const stray = markedProcesses(folder).filter(isAlive);
    if (stray.length === 0) return;
    await Promise.all(stray.map((process) => stopProcess(process, { signal: 'SIGKILL' })));
  }
}
