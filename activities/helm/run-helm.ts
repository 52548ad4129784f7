import { execa } from 'execa';
import { collectTail } from './tail.ts';
import { signalGroup } from './processes.ts';
import type { PrivateHome } from './private-home.ts';

export interface HelmCommand {
  readonly executable: string;
  /** Never a secret: every process of the machine can read them. */
  readonly arguments: readonly string[];
  readonly home: PrivateHome;
  /** On top of the home's own environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Written to standard input. */
  readonly input?: string;
  /** How long Helm may take to end after SIGTERM before it is killed. Default 90 s. */
  readonly patienceMs?: number;
}

/** How a Helm process ended. Helm's exit code is 0 or 1 and tells nothing more. */
export interface HelmResult {
  readonly succeeded: boolean;
  /** Signal that ended it, when somebody killed it. */
  readonly killedBy: string | null;
  readonly stdout: string;
  /** True when the output was longer than what was kept of it. */
  readonly truncated: boolean;
  /** Last 64 KiB. */
  readonly stderr: string;
}

/** Killing Helm half way leaves its lock behind, so it gets time to take it back. */
const defaultPatienceMs = 90_000;
const stdoutLimit = 6 * 1024 * 1024;
const stderrLimit = 64 * 1024;

/**
 * Runs Helm in a process group and with an environment of its own, and returns when it has ended. When the signal
 * aborts, the whole group is asked to end, killed only after `patienceMs`, and the signal's reason is thrown once
 * Helm is gone.
 *
 * @throws what spawning throws when the executable cannot be run.
 */
export async function runHelm(command: HelmCommand, signal: AbortSignal): Promise<HelmResult> {
  signal.throwIfAborted();
  const child = execa(command.executable, [...command.arguments], {
    env: { ...command.home.environment, ...command.environment },
    extendEnv: false,
    cwd: command.home.folder,
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    stripFinalNewline: false,
    ...(command.input === undefined ? { stdin: 'ignore' } : { input: command.input }),
  });
  const stdout = collectTail(child.stdout, stdoutLimit);
  const stderr = collectTail(child.stderr, stderrLimit);
  const stop = stopOnAbort(child.pid, command.patienceMs ?? defaultPatienceMs, signal);
  const result = await child;
  stop();
  signal.throwIfAborted();
  // Not started at all: neither an exit code nor a signal.
  if (result.exitCode === undefined && !result.isTerminated) throw result;
  return {
    succeeded: result.exitCode === 0,
    killedBy: result.signal ?? null,
    stdout: stdout().text,
    truncated: stdout().truncated,
    stderr: stderr().text,
  };
}

function stopOnAbort(pid: number | undefined, patienceMs: number, signal: AbortSignal): () => void {
  if (pid === undefined) return () => undefined;
  let killing: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    signalGroup(pid, 'SIGTERM');
    killing = setTimeout(() => signalGroup(pid, 'SIGKILL'), patienceMs);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  return () => {
    signal.removeEventListener('abort', onAbort);
    clearTimeout(killing);
  };
}
