import { Command, CommanderError } from 'commander';
import { ownVersion } from '../../config/own-version.ts';
import { ClientError, exitCodes } from '../exit-codes.ts';
import type { CommandEntry, CommandInput, CommandResult } from './command.ts';
import { commands } from './commands.ts';

interface CommonOptions {
  readonly json?: boolean;
}

/**
 * Runs one command line and prints what it came to: the result on standard output, everything else on standard error.
 *
 * @returns the exit code, out of `exitCodes`.
 */
export async function runCommandLine(words: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  let code: number = exitCodes.ok;
  const program = new Command('preview')
    .description('Preview environments for pull requests')
    .version(ownVersion(), '--version', 'print the version')
    .helpCommand(false)
    .addHelpText('after', exitCodeHelp())
    .exitOverride();
  for (const entry of commands) addCommand(program, entry, async (run) => (code = await run(env)));
  for (const [name, ours] of Object.entries(otherNames)) addOtherName(program, name, ours);
  try {
    await program.parseAsync([...words], { from: 'user' });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // commander has printed what is wrong, or the help that was asked for
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
}

/** What people try who know other tools, and what it is called here. A guess by spelling would lead `delete` to `reset`. */
const otherNames: Readonly<Record<string, string>> = {
  delete: 'close',
  destroy: 'close',
  remove: 'close',
  down: 'close',
  create: 'deploy',
  up: 'deploy',
  update: 'deploy',
  watch: 'deploy --wait',
  check: 'validate',
};

function addOtherName(program: Command, name: string, ours: string): void {
  const command = program
    .command(name, { hidden: true })
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments();
  command.action(() =>
    program.error(`error: unknown command '${name}' (it is called ${ours})`, { exitCode: exitCodes.usage }),
  );
}

type Run = (env: NodeJS.ProcessEnv) => Promise<number>;

function addCommand(
  program: Command,
  entry: CommandEntry<never>,
  then: (run: Run) => Promise<unknown>,
): void {
  const command = program.command(entry.usage).description(entry.description).exitOverride();
  for (const [flags, description] of entry.flags) command.option(flags, description);
  // commander hands on every word that the usage names, then the options
  const count = command.registeredArguments.length;
  command.action(async (...given: unknown[]) => {
    const words = given.slice(0, count) as (string | undefined)[];
    const options = given[count] as never;
    await then(async (env) => await runEntry(entry, { words, options }, env));
  });
}

async function runEntry(
  entry: CommandEntry<never>,
  input: CommandInput<never>,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const { json = false } = input.options as CommonOptions;
  const interrupt = new AbortController();
  const onInterrupt = (): void => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  try {
    const handler = await entry.load();
    const progress = (line: string): void => console.error(line);
    return print(await handler(input, { env, progress, signal: interrupt.signal }), json);
  } catch (error) {
    return printError(error, json);
  } finally {
    process.removeListener('SIGINT', onInterrupt);
  }
}

function print(result: CommandResult, json: boolean): number {
  console.log(json ? JSON.stringify(result.json, undefined, 2) : result.text);
  return exitCodes[result.code];
}

/** A foreseen end is one line; our own mistake comes with all that helps to find it. */
function printError(error: unknown, json: boolean): number {
  const foreseen = error instanceof ClientError;
  const code = foreseen ? error.code : 'bug';
  const message = error instanceof Error ? error.message : String(error);
  if (json)
    console.log(JSON.stringify({ error: { code, exitCode: exitCodes[code], message } }, undefined, 2));
  if (foreseen) console.error(`preview: ${message}`);
  else console.error('preview: this is a bug of pr-preview; please report it with the following.\n', error);
  return exitCodes[code];
}

function exitCodeHelp(): string {
  const meanings: Record<keyof typeof exitCodes, string> = {
    ok: 'done',
    bug: 'our mistake',
    usage: 'wrong words or unreadable settings; nothing was sent',
    refused: 'the preview was refused or failed, or a config has problems',
    temporalAway: 'Temporal does not answer or does not let us in',
    workerSilent: 'no worker answers for the preview',
    waitOver: '--wait is over; the preview goes on',
    notFound: 'there is no such preview',
    interrupted: 'interrupted while waiting; the preview goes on',
  };
  const lines = Object.entries(exitCodes).map(
    ([name, code]) => `  ${String(code).padEnd(4)}${meanings[name as keyof typeof exitCodes]}`,
  );
  return `\nA pull request is written owner/name#7, as its URL, or as a number.\n\nExit codes:\n${lines.join('\n')}`;
}
