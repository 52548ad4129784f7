import { Command, InvalidArgumentError } from 'commander';
import { closeExample, openExample, pushExample } from './example.ts';
import type { ExampleOptions } from './example.ts';
import { readSurroundings } from './surroundings.ts';

/*
 * `docker compose run --rm example [open | push | close] [number]`: who pushes to the example application, and its CI,
 * where there is no GitHub. `surroundings.ts` has the variables that it reads.
 */
const interrupt = new AbortController();
// `on`, not `once`: with no listener left, whoever else listens (execa does) would end the process at once
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => interrupt.abort(new Error(`stopped by ${signal}`)));

const program = new Command('example')
  .description('A pull request of the example application, its images, and its preview')
  .option('--repository <name>', 'repository on the GitHub stand-in', 'videocall')
  .showHelpAfterError();

const commands: readonly [name: string, about: string, run: (options: ExampleOptions) => Promise<void>][] = [
  ['open', 'opens one and has it deployed; the default', openExample],
  ['push', 'pushes another commit to it and has it updated', pushExample],
  ['close', 'closes it and waits until nothing is left', closeExample],
];
for (const [name, about, run] of commands)
  program
    .command(name, { isDefault: name === 'open' })
    .description(about)
    .argument('[number]', 'of the pull request; default: the next free one, or the newest', wholeNumber)
    .action(async (number: number | undefined) => {
      const { repository } = program.opts<{ repository: string }>();
      const surroundings = readSurroundings(process.env);
      await run({ surroundings, repository, number, signal: interrupt.signal });
    });

try {
  await program.parseAsync();
} catch (error) {
  console.error(`\nexample: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = interrupt.signal.aborted ? 130 : 1;
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('It must be the number of a pull request.');
}
