import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Header } from 'tar';

/** A file of an image. */
export interface LayerFile {
  /** Absolute path in the image. */
  readonly path: string;
  readonly content: Buffer;
  readonly executable?: boolean;
}

/** A gzipped tar in the cache folder. */
export interface Layer {
  readonly file: string;
  /** Digest of the gzipped tar, by which registries know it. */
  readonly digest: string;
  /** Digest of the tar itself, which an image's config lists. */
  readonly diffId: string;
  /** Bytes, gzipped. */
  readonly size: number;
}

const BLOCK = 512;
const gzipped = promisify(gzip);

/**
 * The layer with these files, all root's and of 1970, so that equal files make an equal digest.
 * It is kept in `folder` under a name made from its files; a later call with the same files finds it there.
 */
export async function layerOf(files: readonly LayerFile[], folder: string): Promise<Layer> {
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const file = join(folder, `${keyOf(sorted)}.tar.gz`);
  const description = `${file}.json`;
  const known = await readKnown(file, description);
  if (known) return known;

  const tar = Buffer.concat([...sorted.flatMap(entryOf), Buffer.alloc(2 * BLOCK)]);
  const data = await gzipped(tar);
  const layer = { file, digest: digestOf(data), diffId: digestOf(tar), size: data.length };
  await mkdir(folder, { recursive: true });
  await writeWhole(file, data);
  await writeWhole(description, JSON.stringify(layer));
  return layer;
}

/** `sha256:` and the hash, as registries write it. */
export function digestOf(data: Buffer): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}

function keyOf(files: readonly LayerFile[]): string {
  const parts = files.map(({ path, content, executable }) => [path, executable ?? false, digestOf(content)]);
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

async function readKnown(file: string, description: string): Promise<Layer | undefined> {
  try {
    const layer = { ...(JSON.parse(await readFile(description, 'utf8')) as Layer), file };
    return (await stat(file)).size === layer.size ? layer : undefined;
  } catch {
    return undefined;
  }
}

function entryOf({ path, content, executable = false }: LayerFile): Buffer[] {
  const header = new Header({
    path: path.replace(/^\//, ''),
    type: 'File',
    mode: executable ? 0o755 : 0o644,
    size: content.length,
    uid: 0,
    gid: 0,
    mtime: new Date(0),
  });
  const block = Buffer.alloc(BLOCK);
  if (header.encode(block)) throw new RangeError(`${path} is too long for a plain tar header (100 bytes)`);
  return [block, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
}

/** Another process may write the same file at the same time: each renames its own, and both are right. */
async function writeWhole(file: string, data: Buffer | string): Promise<void> {
  const partial = `${file}.partial-${randomUUID()}`;
  await writeFile(partial, data);
  await rename(partial, file);
}
