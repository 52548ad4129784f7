import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Addresses } from './addresses.ts';
import type { PartContext, PartDefinition } from './part.ts';
import { requireFreePort } from './ports.ts';
import { isAlive, startDetached, stopProcess } from './process.ts';
import type { Progress } from './progress.ts';
import type { Part, Stack } from './stack.ts';
import type { RecordedProcess, StateFile } from './state.ts';
import type { ToolFinder } from './tools.ts';
import { waitFor } from './wait.ts';

/** What a part is run with. */
export interface PartRun {
  addresses: Addresses;
  file: StateFile;
  progress: Progress;
  /** All parts that are up, as of now. */
  stack: () => Stack;
  tool: ToolFinder;
}

/**
 * Brings one part up: what runs is left alone; what died is started again as it was; what never came up is
 * started from nothing.
 */
export async function bringUp(
  part: PartDefinition,
  run: PartRun,
): Promise<'running' | 'restarted' | 'started'> {
  const { file } = run;
  const context = partContext(part, run);
  const recorded = processesOf(file, part.name);
  if (recorded.length > 0 && part.name in file.state.stack) {
    const dead = recorded.filter((process) => !isAlive(process));
    if (dead.length > 0) run.progress.update(`starting again: ${dead.map(({ name }) => name).join(', ')}`);
    if (dead.length > 0) await part.beforeRestart?.(context);
    for (const process of dead) await context.run(process);
    await part.ready(context);
    return dead.length > 0 ? 'restarted' : 'running';
  }
  await clear(part.name, run);
  const value = await part.start(context);
  if (value !== undefined) Object.assign(file.state.stack, { [part.name]: value });
  await file.save();
  return 'started';
}

/** The context a part's functions get; also for callers that start or wait for single processes of it. */
function partContext(part: PartDefinition, run: PartRun): PartContext {
  const { addresses, file, progress, stack, tool } = run;
  const log = (name: string) => join(file.folder, 'logs', `${name}.log`);
  return {
    addresses,
    progress,
    tool,
    folder: join(file.folder, part.name),
    get stack() {
      return stack();
    },
    async run(spec) {
      for (const address of spec.listens ?? []) await requireFreePort(address, spec.name);
      const identity = await startDetached(spec, { log: log(spec.name), marker: file.folder });
      forget(file, spec.name);
      file.state.processes.push({ ...spec, ...identity, part: part.name });
      await file.save();
    },
    wait: (attempt, options) =>
      waitFor(attempt, {
        ...options,
        check: () => {
          const dead = processesOf(file, part.name).find((process) => !isAlive(process));
          if (dead) throw new ProcessDied(dead.name, log(dead.name));
        },
      }),
  };
}

/** A process of the stack ended while something waited for it. */
export class ProcessDied extends Error {
  readonly log: string;

  constructor(name: string, log: string) {
    super(`${name} ended before it was ready; its log is ${log}`);
    this.name = 'ProcessDied';
    this.log = log;
  }
}

/** The last lines of a log file, for a message; empty if there is none. */
export async function logTail(file: string, bytes = 1500): Promise<string> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (!handle) return '';
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - bytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, start);
    return buffer.subarray(0, bytesRead).toString();
  } finally {
    await handle.close();
  }
}

/** Processes recorded for a part, in the order in which they were started. */
function processesOf(file: StateFile, part: Part): RecordedProcess[] {
  return file.state.processes.filter((process) => process.part === part);
}

/** Removes what a start that did not finish left: its processes and its folder. */
async function clear(part: Part, { file }: PartRun): Promise<void> {
  for (const process of processesOf(file, part).reverse()) await stopProcess(process, { signal: 'SIGKILL' });
  file.state.processes = file.state.processes.filter((process) => process.part !== part);
  const folder = join(file.folder, part);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

function forget(file: StateFile, name: string): void {
  file.state.processes = file.state.processes.filter((process) => process.name !== name);
}
