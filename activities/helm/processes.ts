import { readdirSync, readFileSync } from 'node:fs';
import { pause } from '../kubernetes/pause.ts';

/** One running process, as far as `/proc` tells; nothing on systems without it. */
export interface RunningProcess {
  readonly pid: number;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** When a process started, in the kernel's ticks: with the pid it names a process for good. Null: not there. */
export function processStart(pid: number): string | null {
  const stat = readProc(`${pid}/stat`);
  // The second field is a name in parentheses, which may hold blanks and parentheses itself.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields?.[0] === 'Z' ? null : (fields?.[19] ?? null);
}

/** Processes of this machine (of this container) whose environment holds `word`. */
export function processesWith(word: string): RunningProcess[] {
  const pids = readDirectory().filter((name) => /^\d+$/.test(name));
  return pids.flatMap((name) => {
    const environment = readProc(`${name}/environ`);
    if (!environment?.includes(word)) return [];
    const pairs = environment.split('\0').map((pair): [string, string] => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at), pair.slice(at + 1)];
    });
    const argv = (readProc(`${name}/cmdline`) ?? '').split('\0').slice(0, -1);
    return [{ pid: Number(name), arguments: argv, environment: Object.fromEntries(pairs) }];
  });
}

/** Asks a process group to end, kills it after `patienceMs`, and returns when its leader is gone. */
export async function endGroup(pid: number, patienceMs: number, signal: AbortSignal): Promise<void> {
  const start = processStart(pid);
  const gone = (): boolean => start === null || processStart(pid) !== start;
  const deadline = Date.now() + patienceMs;
  signalGroup(pid, 'SIGTERM');
  while (!gone()) {
    if (Date.now() > deadline) signalGroup(pid, 'SIGKILL');
    await pause(100, signal);
  }
}

/** Signals a whole process group; a group that is gone is none to signal. */
export function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function readDirectory(): string[] {
  try {
    return readdirSync('/proc');
  } catch {
    return [];
  }
}

function readProc(path: string): string | null {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return null;
  }
}
