import { Command, Option } from 'commander';
import { defaultParts, partNames } from './parts.ts';
import { runSteps } from './progress.ts';
import type { Step } from './progress.ts';
import { ensureStack, stackStatus, stopParts, stopStack } from './stack.ts';
import type { Part } from './stack.ts';

const program = new Command('stack').description('The real parts of pr-preview on this machine');
program.showHelpAfterError();

program
  .command('up')
  .description('start what does not run; what runs is reused')
  .addOption(partsOption())
  .option('--json', 'print where everything is as JSON')
  .action(up);
program
  .command('status')
  .description('show what runs')
  .option('--json', 'as JSON')
  .action(status);
program
  .command('down')
  .description('stop everything and remove what it made; images in the registry stay')
  .addOption(partsOption())
  .action(down);

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function partsOption(): Option {
  return new Option('--parts <names>', `comma separated, of ${partNames.join(', ')}`).argParser(parseParts);
}

function parseParts(text: string): Part[] {
  return text.split(',').map((name) => {
    const part = partNames.find((known) => known === name.trim());
    if (!part) throw new Error(`There is no part "${name}"; there are ${partNames.join(', ')}.`);
    return part;
  });
}

async function up(options: { parts?: Part[]; json?: boolean }): Promise<void> {
  const parts = options.parts ?? defaultParts;
  void ({} as Step);
  void runSteps;
  const { plainProgress } = await import('./progress.ts');
  const stack = await ensureStack({ parts, progressOf: (part) => plainProgress(part) });
  if (options.json) console.log(JSON.stringify(stack, undefined, 2));
  else console.log(describe(stack));
}

async function status(options: { json?: boolean }): Promise<void> {
  const found = await stackStatus();
  if (options.json) console.log(JSON.stringify(found ?? null, undefined, 2));
  else console.log(found ? JSON.stringify(found, undefined, 2) : 'The stack is down.');
}

async function down(options: { parts?: Part[] }): Promise<void> {
  if (options.parts) await stopParts(options.parts);
  else await stopStack();
}

function describe(stack: object): string {
  return JSON.stringify(stack, undefined, 2);
}
