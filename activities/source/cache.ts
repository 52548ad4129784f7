import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Folders by key. What is there is whole: it is filled elsewhere and renamed into place. */
export interface FolderCache {
  /** Path of the folder; undefined when it is not there. Counts as use. */
  find(key: string): Promise<string | undefined>;
  /** Fills a folder and puts it in place, unless somebody was faster; answers with its path. */
  fill(key: string, write: (folder: string) => Promise<void>): Promise<string>;
}

/** Folders beyond these many are deleted, oldest use first. */
const kept = 20;
/** A folder used more recently than that is never deleted: somebody may be reading it. */
const hourMs = 60 * 60_000;

/** Keys are `owner/repository/commit`; what is named with a leading `.` is work in progress. */
export function createCache(root: string): FolderCache {
  const cache: FolderCache = {
    find: async (key) => {
      const folder = join(root, key);
      const now = new Date();
      try {
        await utimes(folder, now, now);
        return folder;
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return undefined;
        throw error;
      }
    },
    fill: async (key, write) => {
      const target = join(root, key);
      const scratch = join(root, `.filling-${randomUUID()}`);
      await mkdir(scratch, { recursive: true });
      try {
        await write(scratch);
        await mkdir(dirname(target), { recursive: true });
        await rename(scratch, target).catch((error: unknown) => {
          if (!['EEXIST', 'ENOTEMPTY'].includes(codeOf(error))) throw error;
        });
      } finally {
        await rm(scratch, { recursive: true, force: true });
      }
      await cache.find(key);
      await prune(root);
      return target;
    },
  };
  return cache;
}

async function prune(root: string): Promise<void> {
  const work = (await readdir(root)).filter((name) => name.startsWith('.'));
  const folders = await oldestLast(await foldersBelow(root));
  const unfinished = await oldestLast(work.map((name) => join(root, name)));
  const stale = [...unfinished, ...folders.slice(kept)].filter(({ usedAt }) => usedAt < Date.now() - hourMs);
  for (const { path } of stale) {
    // Renamed first, so that nobody finds half a folder.
    const doomed = join(root, `.deleting-${randomUUID()}`);
    await rename(path, doomed).catch(unlessMissing);
    await rm(doomed, { recursive: true, force: true });
  }
}

async function foldersBelow(root: string): Promise<string[]> {
  let level = [root];
  for (const _ of ['owner', 'repository', 'commit']) {
    const next = await Promise.all(level.map((folder) => visibleIn(folder)));
    level = next.flat();
  }
  return level;
}

async function visibleIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    unlessMissing(error);
    return [];
  });
  return names.filter((name) => !name.startsWith('.')).map((name) => join(folder, name));
}

async function oldestLast(paths: string[]): Promise<{ path: string; usedAt: number }[]> {
  const dated = await Promise.all(
    paths.map(async (path) => ({
      path,
      usedAt: (await stat(path).catch(unlessMissing))?.mtimeMs ?? Infinity,
    })),
  );
  return dated.sort((one, other) => other.usedAt - one.usedAt);
}

/** Another process prunes at the same time. */
function unlessMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
  return undefined;
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code);
}
