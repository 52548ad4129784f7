import { contentsOf, sumOf, sumsBy } from './contents.ts';
import type { ProductLayer } from './product.ts';

const shownPackages = 12;

/** What the image holds, as the tables of docs/image.md. Megabytes are 10⁶ bytes, to one digit. */
export async function describeImage(layers: readonly ProductLayer[]): Promise<string> {
  const contents = await Promise.all(layers.map(async (layer) => await contentsOf(layer)));
  const rows = layers.map(({ what, size }, index) => {
    const files = contents[index] ?? [];
    return [what, holds[what], megabytes(size), megabytes(sumOf(files)), String(files.length)];
  });
  const packed = layers.reduce((sum, { size }) => sum + size, 0);
  const all = contents.flat();
  const total = ['**all**', '', megabytes(packed), megabytes(sumOf(all)), String(all.length)];
  const packages = sumsBy(all, packageOf);
  const parts = sumsBy(all, partOf);
  return [
    table(['layer', 'what it holds', 'packed, MB', 'unpacked, MB', 'files'], [...rows, total]),
    `Of ${packages.length} packages, these are the largest:`,
    table(
      ['package', 'MB'],
      packages.slice(0, shownPackages).map(([name, bytes]) => [`\`${name}\``, megabytes(bytes)]),
    ),
    'What is of this repository:',
    table(
      ['in `/app`', 'MB'],
      parts.map(([name, bytes]) => [`\`${name}\``, megabytes(bytes)]),
    ),
  ].join('\n\n');
}

const holds: Readonly<Record<ProductLayer['what'], string>> = {
  Debian: 'C libraries, roots of trust, time zones',
  'Node and Helm': 'the two programs',
  dependencies: 'production dependencies, without what is never loaded',
  application: 'sources, as Node runs them, and the workflow bundle',
};

/** The package a file is of, nested ones counted with the one that holds them. */
function packageOf(path: string): string | null {
  return /^app\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? null;
}

function partOf(path: string): string | null {
  const part = /^app\/([^/]+)/.exec(path)?.[1];
  return part === undefined || part === 'node_modules' ? null : part;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Where the tables stand on the page. */
const tablesBetween = { start: '<!-- image:start -->', end: '<!-- image:end -->' } as const;

/** The page with new tables. @throws when it has no place for them. */
export function withTables(page: string, tables: string): string {
  const { start, end } = tablesBetween;
  const [before, rest] = page.split(start);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`the page lacks ${start} or ${end}`);
  return `${before}${start}\n\n${tables}\n\n${end}${after}`;
}
