import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import type { GoModule, Source, Wheel } from './catalog.ts';
import { ObtainError } from './failure.ts';

/** What exactly is to be obtained, read from `tools/`. */
export interface Pin {
  /** What people call it: the module group or the distribution. */
  readonly name: string;
  readonly version: string;
  /** Name of the cache folder: changes whenever anything that decides the content changes. */
  readonly key: string;
  /** Wheels only: the line of requirements.txt, with its hashes. */
  readonly requirement?: string;
}

export type Platform = 'linux-x64' | 'linux-arm64';

/** Throws `ObtainError` (`platform`) where no binaries can be had. */
export function supportedPlatform(os: string = process.platform, cpu: string = process.arch): Platform {
  if (os === 'linux' && cpu === 'x64') return 'linux-x64';
  if (os === 'linux' && cpu === 'arm64') return 'linux-arm64';
  throw new ObtainError(
    'platform',
    `the local stack runs on Linux x86-64 or arm64; this machine is ${os} ${cpu}`,
  );
}

/** Reads the pin of a source from the folder that holds `requirements.txt` and the Go modules. */
export async function readPin(source: Source, from: { folder: string; platform: Platform }): Promise<Pin> {
  return source.kind === 'go' ? goPin(source, from) : wheelPin(source, from);
}

async function goPin(source: GoModule, from: { folder: string; platform: Platform }): Promise<Pin> {
  const folder = path.join(from.folder, source.group);
  const files = (await readdir(folder)).filter((file) => /(?<!_test)\.(go|mod|sum)$/.test(file)).sort();
  const hash = createHash('sha256').update(JSON.stringify(source));
  for (const file of files) hash.update(`\n${file}\n`).update(await readFile(path.join(folder, file)));
  const version =
    source.versionOf === undefined
      ? '0'
      : requiredVersion(await readFile(path.join(folder, 'go.mod'), 'utf8'), source.versionOf);
  return named({ name: source.group, version, hash: hash.digest('hex'), platform: from.platform });
}

async function wheelPin(source: Wheel, from: { folder: string; platform: Platform }): Promise<Pin> {
  const requirements = await readFile(path.join(from.folder, 'requirements.txt'), 'utf8');
  const requirement = requirementOf(requirements, source.distribution);
  const version = /==([^\s;]+)/.exec(requirement)?.[1] ?? '0';
  const hash = createHash('sha256').update(requirement).digest('hex');
  return { ...named({ name: source.distribution, version, hash, platform: from.platform }), requirement };
}

function named(parts: { name: string; version: string; hash: string; platform: Platform }): Pin {
  const { name, version, hash, platform } = parts;
  return { name, version, key: `${name}-${version}-${hash.slice(0, 12)}-${platform}` };
}

/** The version, without its `v`, that a go.mod requires of a module. */
export function requiredVersion(goMod: string, module: string): string {
  for (const line of goMod.split('\n')) {
    const [name, version] = line.replace(/^\s*(require\s+)?/, '').split(/\s+/);
    if (name === module && version?.startsWith('v') === true) return version.slice(1);
  }
  throw new ObtainError('pin', `go.mod does not require ${module}`);
}

/** The line of a requirements file for one distribution, its continuation lines joined. */
export function requirementOf(requirements: string, distribution: string): string {
  const lines = requirements.replace(/\\\r?\n/g, ' ').split(/\r?\n/);
  const line = lines.find((line) => line.startsWith(`${distribution}==`));
  if (line === undefined) throw new ObtainError('pin', `requirements.txt does not pin ${distribution}`);
  if (!line.includes('--hash=sha256:')) {
    throw new ObtainError(
      'pin',
      `requirements.txt pins ${distribution} without a --hash=sha256:… of its wheel`,
    );
  }
  return line.replace(/\s+/g, ' ').trim();
}
