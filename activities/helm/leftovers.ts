import { join, relative } from 'node:path';
import { endGroup, processesWith, processStart } from './processes.ts';
import type { RunningProcess } from './processes.ts';
import type { ReleaseName } from './releases.ts';

const patienceMs = 60_000;

/**
 * Ends Helm processes on a release whose worker is no longer there, and waits until they are gone. Such a process
 * still holds Helm's lock rightly, and would write over what comes after it. Found by the home folder in their
 * environment; where there is no `/proc`, none are found.
 *
 * @returns how many there were.
 */
export async function endLeftovers(
  homesFolder: string,
  { namespace, release }: ReleaseName,
  signal: AbortSignal,
): Promise<number> {
  const orphans = processesWith(join(homesFolder, '/')).filter(
    (found) =>
      found.arguments.includes(release) &&
      found.arguments.includes(namespace) &&
      isOrphan(homesFolder, found),
  );
  await Promise.all(orphans.map(({ pid }) => endGroup(pid, patienceMs, signal)));
  return orphans.length;
}

/** A home lies in a folder named `<pid>-<start>` after the worker that made it. */
function isOrphan(homesFolder: string, { environment }: RunningProcess): boolean {
  const [pid, start] =
    relative(homesFolder, environment['HOME'] ?? '')
      .split('/', 1)[0]
      ?.split('-') ?? [];
  return /^\d+$/.test(pid ?? '') && processStart(Number(pid)) !== start;
}
