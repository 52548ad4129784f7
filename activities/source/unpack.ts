import { readdir, realpath, rm } from 'node:fs/promises';
import { isAbsolute, join, posix, relative } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar';
import type { ReadEntry } from 'tar';

export interface UnpackLimits {
  /** Of all files together, unpacked. */
  readonly bytes: number;
  readonly entries: number;
}

/**
 * Unpacks a tar archive, gzipped or not, without its one top folder. Takes only files, folders and symbolic links
 * that stay inside; the archive is a stranger's. Rejects when it is damaged or cut short.
 *
 * @returns what there was too much of; the folder is of no use then.
 */
export async function unpack(
  archive: Readable,
  { folder, limits, signal }: { folder: string; limits: UnpackLimits; signal: AbortSignal },
): Promise<'whole' | 'bytes' | 'entries'> {
  const tooMuch = new AbortController();
  const left = { ...limits };
  const take = (path: string, entry: ReadEntry): boolean => {
    left.entries -= 1;
    left.bytes -= entry.size;
    if (left.entries < 0) tooMuch.abort('entries');
    else if (left.bytes < 0) tooMuch.abort('bytes');
    return !tooMuch.signal.aborted && isWanted(path, entry);
  };
  const into = extract({
    cwd: folder,
    strip: 1,
    // What tar merely warns of otherwise: a damaged or shortened archive.
    strict: true,
    // Other people's user ids and times mean nothing here.
    preserveOwner: false,
    noMtime: true,
    filter: (path, entry) => take(path, entry as ReadEntry),
  });
  try {
    await pipeline(archive, into, { signal: AbortSignal.any([signal, tooMuch.signal]) });
  } catch (error) {
    if (tooMuch.signal.aborted && !signal.aborted) return tooMuch.signal.reason as 'bytes' | 'entries';
    throw error;
  }
  await removeEscapes(await realpath(folder));
  return 'whole';
}

function isWanted(path: string, { type, linkpath = '' }: ReadEntry): boolean {
  if (type === 'File' || type === 'OldFile' || type === 'ContiguousFile' || type === 'Directory') return true;
  if (type !== 'SymbolicLink' || isAbsolute(linkpath)) return false;
  const [top = ''] = path.split('/', 1);
  const target = posix.join(posix.dirname(path), linkpath);
  return target === top || target.startsWith(`${top}/`);
}

/** Removes links that leave the folder by way of other links, and links to nothing. */
async function removeEscapes(root: string): Promise<void> {
  // With types, as `readdir` would follow links to folders otherwise.
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isSymbolicLink())) {
    const path = join(entry.parentPath, entry.name);
    const target = await realpath(path).catch(() => undefined);
    const away = target === undefined ? '..' : relative(root, target);
    if (away === '..' || away.startsWith('../')) await rm(path);
  }
}
