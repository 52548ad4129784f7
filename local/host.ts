import { accessSync, constants, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Progress } from './progress.ts';

/** Programs of the system that the stack calls, and the Debian package that has each. */
const PACKAGE_OF = {
  ip: 'iproute2',
  nft: 'nftables',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  setpriv: 'util-linux',
  mount: 'mount',
  openssl: 'openssl',
} as const;

export type SystemProgram = keyof typeof PACKAGE_OF;

const NEEDED_BYTES = 2 * 1024 ** 3;

/**
 * Makes sure the machine can carry the parts that need a network or a node of their own: Linux, root, and the
 * programs given. On Debian, missing ones are installed.
 *
 * @throws one line that says what is missing and what to do.
 */
export async function requireHost(programs: readonly SystemProgram[], progress: Progress): Promise<void> {
  if (process.platform !== 'linux') throw new Error(`The local stack needs Linux, this is ${process.platform}.`);
  if (process.getuid?.() !== 0) {
    throw new Error('The local cluster needs root (network namespace, mounts, cgroups): run this as root, or give KUBECONFIG.');
  }
  const missing = programs.filter((program) => findOnPath(program) === undefined);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((program) => PACKAGE_OF[program]))];
  if (!isDebian()) throw new Error(`${missing.join(', ')} missing: install ${packages.join(', ')} (Debian's package names).`);
  progress.update(`apt-get install ${packages.join(' ')}`);
  await installDebianPackages(packages);
}

/** @throws one line if the disk that holds the folder has too little room for images and logs. */
export async function requireDisk(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= NEEDED_BYTES) return;
  throw new Error(`Disk full: ${folder} has ${mebibytes(free)} MiB left, the local stack needs ${mebibytes(NEEDED_BYTES)} MiB.`);
}

/** The path of a program on PATH or in the system's folders, which a user's PATH may lack. */
export function findOnPath(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  return folders.filter(Boolean).map((folder) => join(folder, program)).find(isExecutable);
}

async function installDebianPackages(packages: readonly string[]): Promise<void> {
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, reject: false, all: true } as const;
  const install = ['install', '-qq', '-y', '--no-install-recommends', ...packages];
  let result = await execa('apt-get', install, options);
  if (result.failed) {
    await execa('apt-get', ['update', '-qq'], options);
    result = await execa('apt-get', install, options);
  }
  if (result.failed) {
    const reason = result.all.trim().split('\n').at(-1) ?? '';
    throw new Error(`apt-get install ${packages.join(' ')} failed: ${reason}`);
  }
}

function isDebian(): boolean {
  try {
    return /^ID(_LIKE)?=.*\bdebian\b/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function mebibytes(bytes: number): number {
  return Math.floor(bytes / 1024 ** 2);
}
