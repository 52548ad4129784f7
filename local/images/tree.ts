import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { create } from 'tar';
import type { Layer } from './layer.ts';

/** A folder that becomes part of an image. */
export interface Tree {
  readonly root: string;
  /** Names below `root` that are taken, with all that is in them. */
  readonly names: readonly string[];
  /** Where they lie in the image, for example `app`. Empty: at its root. */
  readonly prefix: string;
}

/**
 * The layer with these files, root's and of 1970, kept in `folder` under `key`: a later call with the same key finds it
 * there and asks `tree` for nothing.
 */
export async function layerOfTree(key: string, folder: string, tree: () => Promise<Tree>): Promise<Layer> {
  const file = join(folder, `${key}.tar.gz`);
  const known = await readKnown(file);
  if (known) return known;
  const { root, names, prefix } = await tree();
  await mkdir(folder, { recursive: true });
  const partial = `${file}.partial-${randomUUID()}`;
  try {
    await create(
      { file: partial, cwd: root, prefix, portable: true, mtime: new Date(0), gzip: { level: 1 } },
      names.toSorted(),
    );
    return await keep(partial, file);
  } finally {
    await rm(partial, { force: true });
  }
}

/** Digests of what was written, which then gets its name. */
async function keep(partial: string, file: string): Promise<Layer> {
  const whole = createHash('sha256');
  const inner = createHash('sha256');
  await pipeline(createReadStream(partial), whole);
  await pipeline(createReadStream(partial), createGunzip(), inner);
  const layer: Layer = {
    file,
    digest: `sha256:${whole.digest('hex')}`,
    diffId: `sha256:${inner.digest('hex')}`,
    size: (await stat(partial)).size,
  };
  await rename(partial, file);
  await writeFile(`${file}.json`, JSON.stringify(layer));
  return layer;
}

async function readKnown(file: string): Promise<Layer | undefined> {
  try {
    const layer = { ...(JSON.parse(await readFile(`${file}.json`, 'utf8')) as Layer), file };
    return (await stat(file)).size === layer.size ? layer : undefined;
  } catch {
    return undefined;
  }
}
