import { readFileSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Part, Stack } from './stack.ts';

/** A process of the stack, by what names it for ever: a pid alone may be another's by now. */
export interface ProcessIdentity {
  pid: number;
  /** Start time in clock ticks since boot, from /proc/<pid>/stat. */
  startTime: string;
}

/** How a process is started; kept, so that one that died can be started again as it was. Holds no secrets. */
export interface ProcessSpec {
  name: string;
  command: string;
  args: string[];
  env?: Record<string, string>;
  cwd?: string;
  /** `ip:port` it will listen on; checked to be free before the start. */
  listens?: string[];
}

export interface RecordedProcess extends ProcessIdentity, ProcessSpec {
  part: Part;
}

/** What is known of the one running stack of an instance. */
export interface StackState {
  /** The kernel's boot id: after a reboot nothing recorded is alive. */
  boot: string;
  checkout: string;
  /** Hash of the pinned versions the stack runs. */
  versions: string;
  since: string;
  processes: RecordedProcess[];
  /** Parts that came up, with what others need to know of them. */
  stack: Stack;
}

/** The state of a stack in its folder; one writer at a time, who holds the stack's lock. */
export interface StateFile {
  readonly folder: string;
  readonly state: StackState;
  save(): Promise<void>;
}

/** The recorded state; undefined if there is none or the machine was started anew since. */
export async function readState(folder: string): Promise<StackState | undefined> {
  const text = await readFile(join(folder, 'state.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const state = parse(text);
  return state?.boot === bootId() ? state : undefined;
}

/** State with nothing running. */
export function emptyState(checkout: string, versions: string): StackState {
  return {
    boot: bootId(),
    checkout,
    versions,
    since: new Date().toISOString(),
    processes: [],
    stack: { tools: {} },
  };
}

/** A state file whose changes survive a kill at any moment: it is replaced whole, never written in place. */
export function stateFile(folder: string, state: StackState): StateFile {
  let last: Promise<void> = Promise.resolve();
  const write = async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await replaceFile(join(folder, 'state.json'), JSON.stringify(state, undefined, 2));
    await replaceFile(join(folder, 'stack.json'), JSON.stringify(state.stack, undefined, 2));
  };
  return {
    folder,
    state,
    save() {
      last = last.then(write, write);
      return last;
    },
  };
}

async function replaceFile(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, `${text}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

function parse(text: string): StackState | undefined {
  try {
    return JSON.parse(text) as StackState;
  } catch {
    return undefined;
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
