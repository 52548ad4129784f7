import { Command, InvalidArgumentError } from 'commander';
import type { Change } from '../example-app.ts';
import { faultKinds, isFault, timedFaultKinds } from '../images/faults.ts';
import { closeExample, openExample, pushExample } from './changes.ts';
import type { ExampleOptions, Surroundings } from './changes.ts';

type Faults = NonNullable<Change['faults']>;

const services: readonly (keyof Faults)[] = ['websocket', 'meeting-api', 'ui'];
const commands: readonly [name: string, about: string, run: (options: ExampleOptions) => Promise<void>][] = [
  ['open', 'opens one and has it deployed; the default', openExample],
  ['push', 'pushes another commit to it and has it updated', pushExample],
  ['close', 'closes it and waits until nothing is left', closeExample],
];

/**
 * Runs `example [open | push | close] [number]` with the arguments of this process: who pushes to the example
 * application, and its CI. Sets the exit code; Ctrl-C ends what is waited for.
 */
export async function runExample(
  findSurroundings: () => Surroundings | Promise<Surroundings>,
): Promise<void> {
  const interrupt = new AbortController();
  // `on`, not `once`: with no listener left, whoever else listens (execa does) would end the process at once
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => interrupt.abort(new Error(`stopped by ${signal}`)));
  const program = new Command('example')
    .description('A pull request of the example application, its images, and its preview')
    .option('--repository <name>', 'repository on the GitHub stand-in', 'videocall')
    .option(
      '--fault <service=fault>',
      'make an image fail: ui=crash-on-start, meeting-api=migration-fails, …',
      addFault,
    )
    .showHelpAfterError();
  for (const [name, about, run] of commands)
    program
      .command(name, { isDefault: name === 'open' })
      .description(about)
      .argument('[number]', 'of the pull request; default: the next free one, or the newest', wholeNumber)
      .action(async (number: number | undefined) => {
        const { repository, fault: faults = {} } = program.opts<{ repository: string; fault?: Faults }>();
        const surroundings = await findSurroundings();
        await run({ surroundings, repository, number, faults, signal: interrupt.signal });
      });
  try {
    await program.parseAsync();
  } catch (error) {
    console.error(`\nexample: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = interrupt.signal.aborted ? 130 : 1;
  }
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('It must be the number of a pull request.');
}

function addFault(text: string, before: Faults = {}): Faults {
  const [service = '', fault = ''] = text.split('=');
  const known = services.find((name) => name === service);
  if (known !== undefined && isFault(fault)) return { ...before, [known]: fault };
  const faults = [...faultKinds, ...timedFaultKinds.map((kind) => `${kind}:10s`)];
  throw new InvalidArgumentError(
    `It must be one of ${services.join(', ')}, then = and one of ${faults.join(', ')}.`,
  );
}
