import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { catalog } from '../../../local/obtain/catalog.ts';
import type { GoModule, Tool } from '../../../local/obtain/catalog.ts';
import { linkerFlags } from '../../../local/obtain/go-build.ts';
import { accepts } from '../../../local/obtain/on-path.ts';
import { readPin, requiredVersion, requirementOf, supportedPlatform } from '../../../local/obtain/pins.ts';

const tools = fileURLToPath(new URL('../../../tools/', import.meta.url));
const everyTool: [string, Tool][] = Object.entries(catalog);
const goTools = everyTool.flatMap(([name, { source, files }]) =>
  source.kind === 'go' ? [{ name, source, files }] : [],
);

describe('What the repository pins', () => {
  test.each(everyTool)('%s has a version and a cache folder of its own', async (_name, tool) => {
    const pin = await readPin(tool.source, { folder: tools, platform: 'linux-x64' });
    expect(pin.key).toMatch(/^[a-z-]+-\d[\w.]*-[0-9a-f]{12}-linux-x64$/);
  });

  test.each(goTools)('$name is built from packages that its go.mod requires', async ({ source, files }) => {
    const goMod = await readFile(path.join(tools, source.group, 'go.mod'), 'utf8');
    for (const [file, pkg] of Object.entries(files)) {
      if (pkg === '.') {
        expect(goMod).toMatch(new RegExp(`^module \\S+/${file}$`, 'm'));
      } else {
        expect(goMod).toMatch(new RegExp(`^(?:tool )?\\s*${pkg}$`, 'm'));
        expect(pkg.split('/').at(-1)).toBe(file);
      }
    }
  });

  test.each(goTools)('$name asks for no newer Go than the one that can be obtained', async ({ source }) => {
    const { version } = await readPin(catalog.go.source, { folder: tools, platform: 'linux-x64' });
    const goMod = await readFile(path.join(tools, source.group, 'go.mod'), 'utf8');
    const wanted = /^go (\S+)$/m.exec(goMod)?.[1] ?? '';
    expect(accepts('same-major-or-newer', { wanted, answer: version })).toBe(true);
  });

  test('Every wheel is pinned by a hash for each platform', async () => {
    const requirements = await readFile(path.join(tools, 'requirements.txt'), 'utf8');
    const wheels = everyTool.flatMap(([, { source }]) =>
      source.kind === 'wheel' ? [source.distribution] : [],
    );
    for (const distribution of wheels) {
      const hashes = requirementOf(requirements, distribution).match(/--hash=sha256:[0-9a-f]{64}(?!\w)/g);
      expect(new Set(hashes).size, distribution).toBe(2);
    }
  });
});

describe('The cache folder of a Go module', () => {
  const source: GoModule = {
    kind: 'go',
    group: 'crane',
    versionOf: 'github.com/google/go-containerregistry',
  };
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'pins-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const keyOf = async (change: (module: string) => Promise<void>, of: GoModule = source): Promise<string> => {
    const module = path.join(folder, 'crane');
    await rm(module, { recursive: true, force: true });
    await cp(path.join(tools, 'crane'), module, { recursive: true });
    await change(module);
    return (await readPin(of, { folder, platform: 'linux-x64' })).key;
  };
  const unchanged = (): Promise<void> => Promise.resolve();
  const append =
    (file: string) =>
    async (module: string): Promise<void> =>
      writeFile(path.join(module, file), '// more\n', { flag: 'a' });

  test('is another one when anything changes that decides the binary', async () => {
    const keys = [
      await keyOf(unchanged),
      await keyOf(append('go.mod')),
      await keyOf(append('go.sum')),
      await keyOf(append('main.go')),
      await keyOf(unchanged, { ...source, tags: 'seccomp' }),
      await keyOf(unchanged, { ...source, cgo: true }),
      await keyOf(unchanged, { ...source, stamps: { 'main.version': '{version}' } }),
      (await readPin(source, { folder, platform: 'linux-arm64' })).key,
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('stays the same when nothing of it changes', async () => {
    const key = await keyOf(unchanged);
    expect(await keyOf(unchanged)).toBe(key);
    expect(await keyOf(append('main_test.go'))).toBe(key);
    expect(await keyOf(append('README.md'))).toBe(key);
  });
});

describe('requiredVersion', () => {
  const goMod = [
    'module example.com/tools',
    'require example.com/alone v1.2.3',
    'require (',
    '\texample.com/block v2.0.0-rc.1',
    '\texample.com/block/nested v3.0.0 // indirect',
    ')',
    'replace example.com/replaced => example.com/other v4.0.0',
  ].join('\n');

  test.each([
    ['example.com/alone', '1.2.3'],
    ['example.com/block', '2.0.0-rc.1'],
    ['example.com/block/nested', '3.0.0'],
  ])('finds %s %s', (module, version) => {
    expect(requiredVersion(goMod, module)).toBe(version);
  });

  test.each(['example.com/replaced', 'example.com/other', 'example.com', 'example.com/tools'])(
    'says that %s is not required',
    (module) => {
      expect(() => requiredVersion(goMod, module)).toThrow(`go.mod does not require ${module}`);
    },
  );
});

describe('requirementOf', () => {
  const requirements = '# a comment\na-bin==1.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\na==2.0\n';

  test('joins the lines of one distribution and leaves out all others', () => {
    expect(requirementOf(requirements, 'a-bin')).toBe('a-bin==1.0 --hash=sha256:aa --hash=sha256:bb');
  });

  test('reads files with Windows line ends', () => {
    const windows = requirements.replaceAll('\n', '\r\n');
    expect(requirementOf(windows, 'a-bin')).toBe('a-bin==1.0 --hash=sha256:aa --hash=sha256:bb');
  });

  test('refuses a distribution without a hash, and one that is not there', () => {
    expect(() => requirementOf(requirements, 'a')).toThrow('without a --hash');
    expect(() => requirementOf(requirements, 'b')).toThrow('does not pin b');
  });
});

describe('supportedPlatform', () => {
  test('knows Linux on two processors', () => {
    expect(supportedPlatform('linux', 'x64')).toBe('linux-x64');
    expect(supportedPlatform('linux', 'arm64')).toBe('linux-arm64');
  });

  test.each([
    ['darwin', 'arm64'],
    ['win32', 'x64'],
    ['linux', 'riscv64'],
  ])('says in one line that %s %s will not do', (os, cpu) => {
    expect(() => supportedPlatform(os, cpu)).toThrow(
      `the local stack runs on Linux x86-64 or arm64; this machine is ${os} ${cpu}`,
    );
  });
});

describe('linkerFlags', () => {
  test('writes the version into every stamp', () => {
    const stamps = {
      'a.version': 'v{version}',
      'a.major': '{major}',
      'a.minor': '{minor}',
      'a.tree': 'clean',
    };
    expect(linkerFlags({ kind: 'go', group: 'a', stamps }, '1.36.3')).toBe(
      '-s -w -X a.version=v1.36.3 -X a.major=1 -X a.minor=36 -X a.tree=clean',
    );
  });

  test('only leaves out symbols where there is nothing to stamp', () => {
    expect(linkerFlags({ kind: 'go', group: 'a' }, '1.0.0')).toBe('-s -w');
  });
});
