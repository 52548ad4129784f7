import { execa, ExecaError } from 'execa';

import { explain, ObtainError } from './failure.ts';

export interface Command {
  /** What the command is to obtain, for messages. */
  readonly wanted: string;
  readonly folder?: string;
  /** Added to this process's environment; `undefined` removes a variable. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Called with each line of standard error as it comes. */
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** No download or build on two slow cores takes longer; without a limit a stalled connection would hang for ever. */
const limitMinutes = 40;

/**
 * Runs a command of the package tools and answers with its standard output.
 * Fails with an `ObtainError` of one line; the child is ended with this process.
 */
export async function run(
  file: string,
  commandArguments: readonly string[],
  command: Command,
): Promise<string> {
  const { onLine, signal } = command;
  function* eachLine(line: unknown): Generator<string> {
    onLine?.(String(line));
    yield String(line);
  }
  try {
    const { stdout } = await execa(file, commandArguments, {
      stdin: 'ignore',
      stderr: eachLine,
      timeout: limitMinutes * 60_000,
      ...(command.folder === undefined ? {} : { cwd: command.folder }),
      ...(command.environment === undefined ? {} : { env: command.environment }),
      ...(signal === undefined ? {} : { cancelSignal: signal }),
    });
    return stdout;
  } catch (error) {
    throw mapped(error, { file, wanted: command.wanted });
  }
}

function mapped(error: unknown, about: { file: string; wanted: string }): Error {
  if (!(error instanceof ExecaError)) return error instanceof Error ? error : new Error(String(error));
  const { file, wanted } = about;
  const say = (reason: 'cancelled' | 'timeout' | 'missing-package', why: string): ObtainError =>
    new ObtainError(reason, `could not obtain ${wanted}: ${why}`, { cause: error });
  if (error.isCanceled) return say('cancelled', 'cancelled');
  if (error.timedOut) return say('timeout', `${file} was not done after ${limitMinutes} minutes`);
  if (error.code === 'ENOENT') return say('missing-package', `${file} is not on PATH`);
  return explain(`${String(error.stderr)}\n${String(error.stdout)}`.trim() || error.shortMessage, {
    wanted,
    cause: error,
  });
}
