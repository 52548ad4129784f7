import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { ensureSystemPackages } from './obtain/index.ts';
import type { Progress } from './progress.ts';

/** Numbers of the capabilities that namespaces, mounts and network interfaces take. */
const CAPABILITIES = { CAP_NET_ADMIN: 12n, CAP_SYS_ADMIN: 21n };

const NEEDED_BYTES = 2 * 1024 ** 3;

/**
 * Makes sure the machine can carry what needs a network or a node of its own: Linux, root, and a few programs of
 * the system, which are installed on Debian.
 *
 * @throws one line that says what is missing and what to do.
 */
export async function requireHost(progress: Progress): Promise<void> {
  if (process.platform !== 'linux')
    throw new Error(`The local stack needs Linux; this is ${process.platform}.`);
  if (process.getuid?.() !== 0) {
    throw new Error(
      'The local stack needs root, for a network namespace, mounts and cgroups. ' +
        'Run this as root, or say what you have: KUBECONFIG, DATABASE_ADMIN_URL, REGISTRY ' +
        '(and tell the demo to --use-environment).',
    );
  }
  const missing = Object.entries(CAPABILITIES).filter(([, bit]) => !hasCapability(bit));
  if (missing.length > 0) {
    const names = missing.map(([name]) => name).join(' and ');
    throw new Error(
      `The local stack needs ${names}, which root lacks here: in a container, run it privileged.`,
    );
  }
  await ensureSystemPackages(['iproute2', 'util-linux', 'openssl'], { progress });
}

function hasCapability(bit: bigint): boolean {
  const effective = /^CapEff:\s*(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return (BigInt(`0x${effective}`) & (1n << bit)) !== 0n;
}

/** @throws one line if the disk that holds the folder has too little room for images and logs. */
export async function requireDisk(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= NEEDED_BYTES) return;
  const [has, needs] = [free, NEEDED_BYTES].map((bytes) => `${Math.floor(bytes / 1024 ** 2)} MiB`);
  throw new Error(`Disk full: ${folder} has ${has} left, the local stack needs ${needs}.`);
}
