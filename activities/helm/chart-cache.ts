import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders by key, each made once. */
export interface ChartCache {
  /**
   * The folder of a key; made by `fill` when it is not there. Filled beside its place and moved there whole, so
   * that nobody sees half of it, whoever is killed or faster.
   */
  folder(key: string, fill: (folder: string) => Promise<void>): Promise<string>;
}

const unusedForMs = 60 * 24 * 60 * 60_000;

/** Keeps folders below `root`; those unused for two months are removed when another is made. */
export function createChartCache(root: string): ChartCache {
  return {
    async folder(key, fill) {
      const place = join(root, key);
      if (await touch(place)) return place;
      const half = join(root, `.half-${randomUUID()}`);
      await mkdir(half, { recursive: true });
      try {
        await fill(half);
        await rename(half, place).catch(async (error: unknown) => {
          // Another was faster with the same content.
          if (!(await touch(place))) throw error;
        });
      } finally {
        await rm(half, { recursive: true, force: true });
      }
      await prune(root);
      return place;
    },
  };
}

async function touch(folder: string): Promise<boolean> {
  const now = new Date();
  return utimes(folder, now, now).then(
    () => true,
    () => false,
  );
}

async function prune(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const path = join(root, name);
    const found = await stat(path).catch(() => null);
    if (found && Date.now() - found.mtimeMs > unusedForMs) await rm(path, { recursive: true, force: true });
  }
}
