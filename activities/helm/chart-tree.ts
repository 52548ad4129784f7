import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, sep } from 'node:path';
import { failure } from '../failure.ts';

/** The files of a chart in a repository. */
export interface ChartTree {
  /** Path below the chart's folder, and where the file really lies; sorted. */
  readonly files: readonly { readonly path: string; readonly source: string }[];
  /** SHA-256 (hex) over all paths and contents. */
  readonly hash: string;
}

const filesLimit = 5_000;
const bytesLimit = 50 * 1024 * 1024;

/**
 * Reads the files of a chart's folder. Nothing outside the repository's folder is ever read: neither by `..` nor
 * by a symbolic link; links that stay inside are followed, as Helm follows them.
 *
 * @param folder root of the repository's files.
 * @param path of the chart, relative to it.
 * @throws failure `ChartNotFound`, `ChartInvalid`.
 */
export async function readChartTree(folder: string, path: string): Promise<ChartTree> {
  if (isAbsolute(path) || /[\\\0]/.test(path) || path.split('/').includes('..')) {
    throw failure('ChartInvalid', `The chart path ${path} must be relative and stay inside the repository.`);
  }
  const root = await realpath(folder);
  const walk: Walk = { root, chart: path, files: [], bytes: 0 };
  await visit(walk, { real: await realInside(walk, join(root, path)), path: '', above: [] });
  if (!walk.files.some((file) => file.path === 'Chart.yaml')) {
    throw failure('ChartNotFound', `There is no chart at ${path}: the folder has no Chart.yaml.`);
  }
  const files = walk.files.toSorted((one, other) => (one.path < other.path ? -1 : 1));
  return { files, hash: await hashFiles(files) };
}

/** Copies a tree to a folder; links become what they name. */
export async function copyChartTree(tree: ChartTree, folder: string): Promise<void> {
  for (const { path, source } of tree.files) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await cp(source, target);
  }
}

interface Walk {
  readonly root: string;
  readonly chart: string;
  readonly files: { path: string; source: string }[];
  bytes: number;
}

interface Visited {
  readonly real: string;
  /** Below the chart's folder. */
  readonly path: string;
  /** Real paths of the folders on the way here, against links that lead back. */
  readonly above: readonly string[];
}

async function visit(walk: Walk, { real, path, above }: Visited): Promise<void> {
  const found = await stat(real);
  const where = `The chart at ${walk.chart}`;
  if (found.isFile()) {
    walk.files.push({ path, source: real });
    walk.bytes += found.size;
  } else if (!found.isDirectory()) {
    throw failure('ChartInvalid', `${where} holds ${path}, which is neither a file nor a folder.`);
  } else if (above.includes(real)) {
    throw failure('ChartInvalid', `${where} holds the link ${path}, which leads back to a folder above it.`);
  } else {
    for (const name of await readdir(real)) {
      const inner = path === '' ? name : `${path}/${name}`;
      await visit(walk, {
        real: await realInside(walk, join(real, name)),
        path: inner,
        above: [...above, real],
      });
    }
  }
  if (walk.files.length > filesLimit || walk.bytes > bytesLimit) {
    throw failure('ChartInvalid', `${where} holds more than ${filesLimit} files or 50 MiB.`);
  }
}

async function realInside(walk: Walk, path: string): Promise<string> {
  const real = await realpath(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR' && error.code !== 'ELOOP') throw error;
    throw failure('ChartNotFound', `There is no chart at ${walk.chart}, or a link in it leads nowhere.`);
  });
  if (real === walk.root || real.startsWith(walk.root + sep)) return real;
  throw failure('ChartInvalid', `The chart at ${walk.chart} holds a link that leads out of the repository.`);
}

async function hashFiles(files: ChartTree['files']): Promise<string> {
  const hash = createHash('sha256');
  for (const { path, source } of files) {
    const content = await readFile(source);
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}
