import type { ExitCode } from '../exit-codes.ts';

/** What a command gets besides its own words. */
export interface CommandContext {
  readonly env: NodeJS.ProcessEnv;
  /** Says what happens meanwhile; one line, never part of the result. */
  readonly progress: (line: string) => void;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
}

/** What a command came to: one of the two forms is printed. */
export interface CommandResult {
  readonly code: ExitCode;
  /** For `--json`: one document. */
  readonly json: unknown;
  /** For people; without a newline at the end. */
  readonly text: string;
}

/** One line of the table of commands. */
export interface CommandEntry<Options> {
  /** Words after `preview`, in commander's notation. */
  readonly usage: string;
  readonly description: string;
  /** Flags in commander's notation and what they mean. */
  readonly flags: readonly (readonly [flags: string, description: string])[];
  /** Loaded only when it is asked for, so that each command starts fast. */
  readonly load: () => Promise<
    (input: CommandInput<Options>, context: CommandContext) => Promise<CommandResult>
  >;
}

export interface CommandInput<Options> {
  /** The words after the command's name, one for each that `usage` names; undefined when one was left out. */
  readonly words: readonly (string | undefined)[];
  readonly options: Options;
}
