import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout } from '../../local/folders.ts';

/** What was seen of one preview while something was away. */
export interface SeenFault {
  /** What was killed. */
  readonly what: string;
  /** What the preview was doing. */
  readonly during: string;
  /** Seconds. */
  readonly away: number;
  /** What the preview said shortly before its return; null: nobody could be asked. */
  readonly said: string | null;
  /** Seconds from its return to the end. */
  readonly after: number;
  readonly end: string;
  readonly left: string;
}

const page = join(checkout, 'docs/faults.md');
const start = '<!-- faults:start -->';
const end = '<!-- faults:end -->';
const head = [
  'killed',
  'during',
  'away, s',
  'what the preview said meanwhile',
  'done after its return, s',
  'end',
  'left over',
];

/** Puts the rows on docs/faults.md in place of those there. */
export async function writeFaults(rows: readonly SeenFault[]): Promise<void> {
  const [before, rest] = (await readFile(page, 'utf8')).split(start);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`docs/faults.md lacks ${start} or ${end}`);
  const lines = [head, head.map(() => '---'), ...rows.map(cellsOf)].map(
    (cells) => `| ${cells.join(' | ')} |`,
  );
  await writeFile(page, `${before}${start}\n\n${lines.join('\n')}\n\n${end}${after}`);
}

/** What must not differ from run to run: what was killed, during what, how it ended, what was left. */
export async function readFaults(): Promise<readonly (readonly string[])[]> {
  const table = (await readFile(page, 'utf8')).split(start)[1]?.split(end)[0] ?? '';
  return table
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---') && !line.startsWith('| killed'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map((cells) => [cells[1] ?? '', cells[2] ?? '', cells[6] ?? '', cells[7] ?? '']);
}

/** The same of what was seen. */
export function essenceOf({ what, during, end: ended, left }: SeenFault): readonly string[] {
  return [what, during, ended, left];
}

function cellsOf({ what, during, away, said, after, end: ended, left }: SeenFault): string[] {
  return [what, during, String(away), said ?? 'nobody could be asked', String(after), ended, left];
}
