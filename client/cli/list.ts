import type { PreviewMemo } from '../../domain/search-attributes.ts';
import type { PreviewSummary } from '../preview-readings.ts';
import type { CommandContext, CommandInput, CommandResult } from './command.ts';
import { describeQueue } from './describe.ts';
import { withClient } from './with-client.ts';
import { readRepository } from './words.ts';

interface ListOptions {
  readonly repository?: string;
  readonly timeout?: string;
}

/** `preview list`: what Temporal's lists say, which may be a second behind. Needs no worker. */
export async function list(
  { options }: CommandInput<ListOptions>,
  { env }: CommandContext,
): Promise<CommandResult> {
  const repository = options.repository ?? null;
  if (repository !== null) readRepository(repository);
  return await withClient(options, env, async (client) => {
    const previews = await client.list({ repository });
    const text = previews.length === 0 ? 'There are no previews.' : table(previews);
    return { code: 'ok', json: { previews }, text };
  });
}

function table(previews: readonly PreviewSummary[]): string {
  const rows = previews.map(({ repository, number, memo, workflowId }) => [
    repository === null || number === null ? workflowId : `${repository}#${number}`,
    phaseCell(memo),
    memo?.commit?.slice(0, 7) ?? '-',
    untilCell(memo),
    // The shortest is the bare host, where there is one.
    memo?.hosts.toSorted((one, other) => one.length - other.length)[0] ?? '-',
  ]);
  const all = [['PREVIEW', 'PHASE', 'COMMIT', 'UNTIL (UTC)', 'URL'], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function phaseCell(memo: PreviewMemo | null): string {
  if (memo === null) return 'starting';
  return memo.queue === null ? memo.phase : `${memo.phase}: ${describeQueue(memo.queue)}`;
}

function untilCell(memo: PreviewMemo | null): string {
  if (memo === null || memo.deadline === null) return '-';
  return `${memo.deadline.slice(0, 16).replace('T', ' ')}${memo.warned ? ' (soon)' : ''}`;
}
