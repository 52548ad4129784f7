import { execa } from 'execa';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
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

const hooks = [
  // ca-certificates would write this file when it is configured, which takes a shell and more
  'mkdir -p "$1/etc/ssl/certs" && cat "$1"/usr/share/ca-certificates/mozilla/*.crt > "$1/etc/ssl/certs/ca-certificates.crt"',
  'rm -rf "$1"/usr/share/doc "$1"/usr/share/man "$1"/usr/share/locale "$1"/var/cache "$1"/var/lib/apt "$1"/var/log',
];

/** A Debian without a shell: libraries, roots of trust, time zones. Assembled once from Debian's packages, and kept. */
export async function debianLayer(folder: string, progress: Progress): Promise<Layer> {
  const scratch = await mkdtemp(join(tmpdir(), 'pr-preview-debian-'));
  try {
    return await layerOfTree(`debian-${SUITE}-${process.arch}`, folder, async () => {
      await ensureSystemPackages(['mmdebstrap'], { progress });
      progress.update('Debian packages for the image');
      const root = join(scratch, 'root');
      const customize = hooks.map((hook) => `--customize-hook=${hook}`);
      const include = `--include=${PACKAGES.join(',')}`;
      await execa('mmdebstrap', ['--quiet', '--variant=extract', include, ...customize, SUITE, root], {
        env: { SOURCE_DATE_EPOCH: '0' },
        stdin: 'ignore',
      });
      // whatever runs the image mounts its own over the others
      const names = (await readdir(root)).filter((name) => !['dev', 'proc', 'sys'].includes(name));
      return { root, names, prefix: '' };
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
