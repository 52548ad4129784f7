import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { readDockerfile } from './dockerfile/read.ts';
import type { Dockerfile } from './dockerfile/read.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string): Promise<string> => readFile(join(root, file), 'utf8');
const taken = [...(await read('local/compose/Dockerfile.dockerignore')).matchAll(/^!(\S+)$/gm)].map(
  ([, path]) => path ?? '',
);
describe('local/compose/Dockerfile', () => {
  let file: Dockerfile;
  let leftOut: readonly string[] = [];

  beforeAll(async () => {
    file = await readDockerfile(join(root, 'local/compose/Dockerfile'));
    const install = file.stages[0]?.commands.find((command) => command.includes('npm uninstall')) ?? '';
    leftOut = install.split('--ignore-scripts').at(-1)?.split(/\s+/).filter(Boolean) ?? [];
  }, 180_000);

  test("is read by BuildKit's own parser without a warning, and is made of what the product's image is made of", async () => {
    expect(file.stages.map(({ name }) => name)).toEqual(['packages', 'images', '']);
    expect(file.arguments).toEqual((await readDockerfile(join(root, 'Dockerfile'))).arguments);
  });

  test('runs as nobody, in a folder of its own', () => {
    expect(file.stages.at(-1)?.commands).toEqual(
      expect.arrayContaining(['USER 65532:65532', 'WORKDIR /app', 'ENTRYPOINT ["node"]']),
    );
  });

  test('takes along what its programs are made of, and leaves out only packages that none of them needs', async () => {
    for (const path of taken) expect(existsSync(join(root, path)), path).toBe(true);
    const { dependencies, devDependencies } = JSON.parse(await read('package.json')) as Record<
      string,
      object
    >;
    const known = Object.keys({ ...dependencies, ...devDependencies });
    expect(leftOut.length).toBeGreaterThan(10);
    expect(known).toEqual(expect.arrayContaining([...leftOut]));

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
