import { Command } from 'commander';
import { runDemo } from './demo/run.ts';

/*
 * `npm run demo [-- --keep]`: one preview deployed, fetched, updated, fetched again, closed, on real parts.
 * With --keep everything is left running and its addresses are printed.
 */
const { keep } = new Command('demo')
  .description('One preview on this machine: deployed, fetched, updated, fetched again, closed')
  .option('--keep', 'leave everything running, and print where it is', false)
  .showHelpAfterError()
  .parse()
  .opts<{ keep: boolean }>();
const interrupt = new AbortController();
// `on`, not `once`: with no listener left, whoever else listens (execa does) would end the process at once
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => interrupt.abort(new Error(`stopped by ${signal}`)));

try {
  await runDemo({ keep, signal: interrupt.signal });
} catch (error) {
  console.error(`\ndemo: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = interrupt.signal.aborted ? 130 : 1;
}
