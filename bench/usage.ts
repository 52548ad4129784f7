import { existsSync, readFileSync } from 'node:fs';

/** Clock ticks a second in which Linux tells processor time to programs; the same on all of its machines. */
const ticksPerSecond = 100;

/** What a process and the children it has waited for have used so far. */
export interface Usage {
  /** Processor seconds of the process itself. */
  readonly ownSeconds: number;
  /** Processor seconds of children that have ended, and of theirs. */
  readonly childSeconds: number;
}

/** Reads a process's processor time. @throws when it is gone. */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in brackets may itself hold brackets and spaces: count fields after the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system, childUser, childSystem] = fields.slice(11, 15).map(Number);
  return {
    ownSeconds: ((user ?? Number.NaN) + (system ?? Number.NaN)) / ticksPerSecond,
    childSeconds: ((childUser ?? Number.NaN) + (childSystem ?? Number.NaN)) / ticksPerSecond,
  };
}

/** Megabytes (2^20 bytes) of memory that a process holds now, and the most it ever held. */
export function memoryOf(pid: number): { readonly now: number; readonly most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
  return { now: read('VmRSS') / 1024, most: read('VmHWM') / 1024 };
}

/** Whether a process of ours is there. */
export function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}
