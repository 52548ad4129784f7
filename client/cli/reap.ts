import { describeReap } from '../../domain/reconcile-words.ts';
import { runReaper } from '../reap-run.ts';
import type { CommandContext, CommandInput, CommandResult } from './command.ts';
import { withTemporal } from './with-temporal.ts';
import { readDuration } from './words.ts';

interface ReapOptions {
  readonly dryRun?: true;
  readonly wait?: string;
  readonly timeout?: string;
}

/** `preview reap`: one run of the reaper now, and its report. Who is told what follows from the worker's platform. */
export async function reap(
  { options }: CommandInput<ReapOptions>,
  { env, progress, signal }: CommandContext,
): Promise<CommandResult> {
  const waitMs = readDuration(options.wait ?? '10m', '--wait');
  return await withTemporal(options, env, async ({ calls, taskQueue }) => {
    const onStart = (workflowId: string): void => progress(`${workflowId} runs`);
    const run = { dryRun: options.dryRun === true, taskQueue, waitMs, onStart };
    const report = await runReaper(calls, run, signal);
    return { code: 'ok', json: report, text: describeReap(report) };
  });
}
