import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

import { execa } from 'execa';

import type { Progress } from '../progress.ts';
import { alone } from './alone.ts';
import type { SystemPackage } from './catalog.ts';
import { ObtainError } from './failure.ts';
import { findOnPath } from './on-path.ts';
import { run } from './run.ts';
import { runStep } from './step.ts';

/** Where distributions keep them, as far as Go looks for them; without any, Go trusts no registry. */
const rootCertificates = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** How to see, on any distribution, that what a Debian package brings is there. */
const isThere: Readonly<Record<SystemPackage, () => Promise<boolean>>> = {
  'ca-certificates': async () => {
    const places = [process.env['SSL_CERT_FILE'], process.env['SSL_CERT_DIR'], ...rootCertificates];
    return places.some((place) => place !== undefined && existsSync(place));
  },
  gcc: () => onPath('gcc'),
  'libc6-dev': () => succeeds('gcc', ['-E', '-include', 'stdlib.h', '-x', 'c', '/dev/null']),
  'pkg-config': () => onPath('pkg-config'),
  'libseccomp-dev': () => succeeds('pkg-config', ['--exists', 'libseccomp']),
  'python3-pip': () => succeeds('python3', ['-m', 'pip', '--version']),
  nftables: () => onPath('nft'),
  iproute2: () => onPath('ip'),
  'util-linux': () => onPath('unshare'),
  openssl: () => onPath('openssl'),
  mmdebstrap: () => onPath('mmdebstrap'),
};

/**
 * Makes sure that what these packages bring is there. On Debian and its kin, as root, missing ones are
 * installed by apt; elsewhere it fails with one line that names them (`missing-package`).
 */
export async function ensureSystemPackages(
  packages: readonly SystemPackage[],
  options: { progress: Progress; signal?: AbortSignal | undefined },
): Promise<void> {
  const missing = await missingOf(packages);
  if (missing.length === 0) return;
  const refusal = refusalFor(missing, {
    osRelease: await readFile('/etc/os-release', 'utf8').catch(() => ''),
    root: process.getuid?.() === 0,
  });
  if (refusal !== undefined) throw new ObtainError('missing-package', refusal);
  await aptInstall(missing, options);
  const still = await missingOf(missing);
  if (still.length > 0) {
    throw new ObtainError(
      'missing-package',
      `apt installed ${still.join(', ')}, but what is needed of it is not there`,
    );
  }
}

async function missingOf(packages: readonly SystemPackage[]): Promise<SystemPackage[]> {
  const there = await Promise.all(packages.map((name) => isThere[name]()));
  return packages.filter((_, index) => there[index] !== true);
}

/** The one line for a person where apt cannot be used, or undefined where it can. */
export function refusalFor(
  missing: readonly string[],
  system: { osRelease: string; root: boolean },
): string | undefined {
  const names = missing.join(' ');
  const debian = /^(?:ID|ID_LIKE)=.*\b(?:debian|ubuntu)\b/m.test(system.osRelease);
  if (!debian)
    return `these system packages are missing (Debian names): ${names}; install them and run this again`;
  if (!system.root)
    return `these system packages are missing: run "apt-get install ${names}" as root, then this again`;
  return undefined;
}

async function aptInstall(
  names: readonly string[],
  { progress, signal }: { progress: Progress; signal?: AbortSignal | undefined },
): Promise<void> {
  const command = {
    wanted: `${names.join(', ')} from Debian`,
    environment: { DEBIAN_FRONTEND: 'noninteractive' },
    signal,
  };
  // Another apt may be at work: on a fresh machine its own updates.
  const options = ['-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'];
  const install = (): Promise<string> => run('apt-get', ['install', ...options, ...names], command);
  await runStep(progress, `Debian packages ${names.join(', ')}`, async (say) =>
    // A lock of our own as well: that of the package lists has no timeout.
    alone('apt-get', { say, signal }, async () => {
      try {
        await install();
      } catch {
        say('reading the package lists');
        await run('apt-get', ['update', '-q'], command);
        say('installing');
        await install();
      }
    }),
  );
}

async function onPath(name: string): Promise<boolean> {
  return (await findOnPath(name)) !== undefined;
}

async function succeeds(file: string, commandArguments: readonly string[]): Promise<boolean> {
  const result = await execa(file, commandArguments, { reject: false, stdin: 'ignore', timeout: 30_000 });
  return result.exitCode === 0;
}
