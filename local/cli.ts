import { Command, InvalidArgumentError, Option } from 'commander';
import { defaultParts, partNames, withNeeds } from './parts.ts';
import { progressBoard } from './progress.ts';
import { ensureStack, stackStatus, stopParts, stopStack } from './stack.ts';
import type { Part, Stack } from './stack.ts';
import { describeStack, describeStatus } from './describe.ts';

const program = new Command('stack')
  .description('The real parts of pr-preview on this machine')
  .showHelpAfterError();
program
  .command('up')
  .description('start what does not run; what runs is reused, what died is started again')
  .addOption(partsOption('what to start, with all it needs'))
  .addOption(instanceOption())
  .option('--json', 'print where everything is as JSON')
  .action(up);
program
  .command('status')
  .description('show what runs; ends with 1 if nothing does or something died')
  .addOption(instanceOption())
  .option('--json', 'as JSON')
  .action(status);
program
  .command('down')
  .description('stop everything and remove what it made; images in the registry stay')
  .addOption(partsOption('only these, and what cannot go on without them'))
  .addOption(instanceOption())
  .action(down);

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function up(options: { parts?: Part[]; instance: number; json?: boolean }): Promise<void> {
  const asked = options.parts ?? (await usualParts(options.instance));
  const board = progressBoard(['stack', ...withNeeds(asked)]);
  let stack: Stack;
  try {
    stack = await ensureStack({
      parts: asked,
      instance: options.instance,
      progressOf: (name) => board.line(name),
    });
  } finally {
    await board.close();
  }
  console.log(options.json ? JSON.stringify(stack, undefined, 2) : describeStack(stack));
}

/** The usual parts, and others that were started before. */
async function usualParts(instance: number): Promise<readonly Part[]> {
  const known = (await stackStatus({ instance }))?.processes.map(({ part }) => part) ?? [];
  return [...new Set([...defaultParts, ...known])];
}

async function status(options: { instance: number; json?: boolean }): Promise<void> {
  const found = await stackStatus({ instance: options.instance });
  console.log(options.json ? JSON.stringify(found ?? null, undefined, 2) : describeStatus(found));
  if (!found?.processes.length || found.processes.some(({ alive }) => !alive)) process.exitCode = 1;
}

async function down(options: { parts?: Part[]; instance: number }): Promise<void> {
  const board = progressBoard(['stack']);
  const progress = board.line('stack');
  progress.start('stopping');
  try {
    if (options.parts) await stopParts(options.parts, { instance: options.instance, progress });
    else await stopStack({ instance: options.instance, progress });
    progress.done('stopped');
  } finally {
    await board.close();
  }
}

function partsOption(description: string): Option {
  return new Option(
    '--parts <names>',
    `${description}; comma separated, of ${partNames.join(', ')}`,
  ).argParser(parseParts);
}

function instanceOption(): Option {
  const description = 'which stack, from 0 to 9; those but 0 live beside it, for tests of the stack itself';
  return new Option('--instance <number>', description).argParser(Number).default(0);
}

function parseParts(text: string): Part[] {
  return text.split(',').map((name) => {
    const part = partNames.find((known) => known === name.trim());
    if (!part) throw new InvalidArgumentError(`There is no part "${name}".`);
    return part;
  });
}
