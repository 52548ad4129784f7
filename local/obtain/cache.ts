import { mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';

/**
 * Lets `fill` write into a new folder beside `final`, then moves the named entries of it to `final`,
 * each by one rename: whatever is found in `final` is whole. Call it under the lock of `final`; what
 * an earlier, killed call left is removed first.
 */
export async function installInto(
  final: string,
  entries: readonly string[],
  fill: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = `${final}.partial-${process.pid}-${Date.now()}`;
  try {
    await removeLeftovers(final);
    await mkdir(folder, { recursive: true });
    await fill(folder);
    await mkdir(final, { recursive: true });
    for (const entry of entries) await moveInto(final, path.join(folder, entry));
  } finally {
    await rm(folder, { recursive: true, force: true });
    // Nothing was installed: leave no empty folder either.
    await rmdir(final).catch(() => undefined);
  }
}

async function moveInto(final: string, source: string): Promise<void> {
  await flush(source);
  const target = path.join(final, path.basename(source));
  await rm(target, { recursive: true, force: true });
  await rename(source, target);
}

/** A name that survives a power cut must not point at content that did not. */
async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeLeftovers(final: string): Promise<void> {
  const parent = path.dirname(final);
  const prefix = `${path.basename(final)}.partial-`;
  for (const name of await readdir(parent)) {
    if (name.startsWith(prefix)) await rm(path.join(parent, name), { recursive: true, force: true });
  }
}
