import { execa } from 'execa';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureSystemPackages } from '../obtain/system-packages.ts';
import type { Progress } from '../progress.ts';
import type { Layer } from './layer.ts';
import { layerOfTree } from './tree.ts';

/** The release that the Dockerfile's images are made of. */
const SUITE = 'bookworm';
/** What Node, Temporal's native part and Helm need of it. */
const PACKAGES = [
  'base-files',
  'base-passwd',
  'ca-certificates',
  'libc6',
  'libgcc-s1',
  'libstdc++6',
  'tzdata',
];

/** Grows when what is made of the packages changes: a layer that is kept is not made again. */
const recipe = 2;

/** Pages, and what installing left; nothing in an image reads them. */
const unread = ['usr/share/doc', 'usr/share/man', 'usr/share/locale', 'var/cache', 'var/lib/apt', 'var/log'];

/** A Debian without a shell: libraries, roots of trust, time zones. Assembled once from Debian's packages, and kept. */
export async function debianLayer(folder: string, progress: Progress): Promise<Layer> {
  const scratch = await mkdtemp(join(tmpdir(), 'pr-preview-debian-'));
  try {
    return await layerOfTree(`debian-${SUITE}-${process.arch}-${recipe}`, folder, async () => {
      await ensureSystemPackages(['mmdebstrap'], { progress });
      progress.update('Debian packages for the image');
      const root = join(scratch, 'root');
      const include = `--include=${PACKAGES.join(',')}`;
      await execa('mmdebstrap', ['--quiet', '--variant=extract', include, SUITE, root], { stdin: 'ignore' });
      await writeRoots(root);
      for (const folder of unread) await rm(join(root, folder), { recursive: true, force: true });
      // whatever runs the image mounts its own over the others
      const names = (await readdir(root)).filter((name) => !['dev', 'proc', 'sys'].includes(name));
      return { root, names, prefix: '' };
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** What configuring ca-certificates would write, for which it takes a shell and more: all roots in one file. */
async function writeRoots(root: string): Promise<void> {
  const folder = join(root, 'usr/share/ca-certificates/mozilla');
  const names = (await readdir(folder)).toSorted();
  const roots = await Promise.all(names.map(async (name) => await readFile(join(folder, name), 'utf8')));
  await mkdir(join(root, 'etc/ssl/certs'), { recursive: true });
  await writeFile(join(root, 'etc/ssl/certs/ca-certificates.crt'), roots.join('\n'));
}
