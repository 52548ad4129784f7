import { Command } from 'commander';
import { runDemo } from './demo/run.ts';
import { say } from './demo/say.ts';
import { withdrawGiven } from './given.ts';

/*
 * `npm run demo [-- --keep]`: one preview deployed, fetched, updated, fetched again, closed, on real parts.
 * With --keep everything is left running and its addresses are printed. What the environment names is left alone
 * unless --use-environment says otherwise: an exported KUBECONFIG may be that of production.
 */
const { keep, useEnvironment } = new Command('demo')
  .description('One preview on this machine: deployed, fetched, updated, fetched again, closed')
  .option('--keep', 'leave everything running, and print where it is', false)
  .option(
    '--use-environment',
    'use what KUBECONFIG, TEMPORAL_ADDRESS, DATABASE_ADMIN_URL and REGISTRY name in place of own parts',
    false,
  )
  .showHelpAfterError()
  .parse()
  .opts<{ keep: boolean; useEnvironment: boolean }>();
const unused = useEnvironment ? [] : withdrawGiven(process.env);
if (unused.length > 0)
  say(`${unused.join(', ')}: set, and not used; the demo has parts of its own (--use-environment)\n`);
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
