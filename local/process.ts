import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessIdentity, ProcessSpec } from './state.ts';

/** Environment variable that marks every process of a stack with the stack's folder, recorded or not. */
const STACK_MARKER = 'PR_PREVIEW_STACK';

/**
 * Starts a process that outlives us: own session, output appended to a log file, an environment of its own
 * (nothing of the caller's shell, so that neither KUBECONFIG nor a token leaks into it).
 *
 * @throws if the command cannot be started.
 */
export async function startDetached(
  spec: ProcessSpec,
  options: { log: string; marker: string },
): Promise<ProcessIdentity> {
  mkdirSync(dirname(options.log), { recursive: true });
  const log = openSync(options.log, 'a', 0o600);
  try {
    // execa ties a child to its parent; these must stay when we go.
    const child = spawn(spec.command, spec.args, {
      cwd: spec.cwd ?? '/',
      env: {
        PATH: SYSTEM_PATH,
        HOME: options.marker,
        LANG: 'C.UTF-8',
        ...spec.env,
        [STACK_MARKER]: options.marker,
      },
      detached: true,
      stdio: ['ignore', log, log],
    });
    await once(child, 'spawn').catch((cause: unknown) => {
      throw new Error(`${spec.name} could not be started from ${spec.command}.`, { cause });
    });
    child.unref();
    const pid = child.pid ?? 0;
    return { pid, startTime: startTimeOf(pid) ?? 'gone' };
  } finally {
    closeSync(log);
  }
}

/** True while the very process that was started is there; a zombie is not. */
export function isAlive(process: ProcessIdentity): boolean {
  return startTimeOf(process.pid) === process.startTime;
}

/**
 * Stops a process and waits until it is gone: `signal`, and SIGKILL after `graceMs`. Gone already is success.
 */
export async function stopProcess(
  process: ProcessIdentity,
  options: { signal?: NodeJS.Signals; graceMs?: number } = {},
): Promise<void> {
  const { signal = 'SIGTERM', graceMs = 2000 } = options;
  send(process, signal);
  const killAt = Date.now() + graceMs;
  let killed = signal === 'SIGKILL';
  while (isAlive(process)) {
    if (!killed && Date.now() >= killAt) {
      send(process, 'SIGKILL');
      killed = true;
    }
    if (Date.now() > killAt + 20_000)
      throw new Error(`Process ${process.pid} does not die, even by SIGKILL.`);
    await sleep(15);
  }
}

/** Every live process that carries the marker of this stack, whether or not its start was recorded. */
export function markedProcesses(marker: string): ProcessIdentity[] {
  const wanted = `${STACK_MARKER}=${marker}`;
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && environmentOf(entry).includes(wanted))
    .flatMap((entry) => {
      const startTime = startTimeOf(Number(entry));
      return startTime === undefined ? [] : [{ pid: Number(entry), startTime }];
    });
}

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function send(process_: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(process_)) return;
  try {
    process.kill(process_.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name in brackets may itself hold brackets and spaces: count fields after the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
