import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkout } from '../../local/folders.ts';
import type { ContainedFile } from '../../local/images/contents.ts';
import { contentsOf } from '../../local/images/contents.ts';
import { describeImage } from '../../local/images/page.ts';
import type { ProductLayer } from '../../local/images/product.ts';
import { productLayers } from '../../local/images/product.ts';
import { plainProgress } from '../../local/progress.ts';
import { toolFinder } from '../../local/tools.ts';

describe('the image of worker, gateway and command line', () => {
  let layers: readonly ProductLayer[];
  let files: readonly ContainedFile[];

  beforeAll(async () => {
    const progress = plainProgress('image');
    layers = await productLayers({ progress, tool: toolFinder(progress) });
    files = (await Promise.all(layers.map(async (layer) => await contentsOf(layer)))).flat();
  }, 300_000);

  const matching = (pattern: RegExp): string[] =>
    files.map(({ path }) => path).filter((path) => pattern.test(path));

  it('holds the entry points, the bundle, and the two programs', () => {
    expect(files.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'app/worker/main.ts',
        'app/client/gateway.ts',
        'app/client/cli.ts',
        'app/dist/workflow-bundle.js',
        'usr/local/bin/node',
        'usr/local/bin/helm',
        'etc/ssl/certs/ca-certificates.crt',
      ]),
    );
  });

  it('holds one native part of Temporal, and no compiler', () => {
    expect(matching(/core-bridge\/releases\/.*\.node$/)).toHaveLength(1);
    expect(
      matching(/node_modules\/@swc\/core-|node_modules\/(typescript|esbuild|vitest|playwright-core)\//),
    ).toEqual([]);
  });

  it('holds nothing that Node does not load, no shell, no tests and nothing of a person’s', () => {
    expect(matching(/node_modules\/.*\.(d\.ts|map)$/)).toEqual([]);
    expect(matching(/^(usr\/)?bin\/(sh|bash|dash|apt.*|dpkg.*)$/)).toEqual([]);
    expect(matching(/^app\/(test|local|bench|docs|examples|tools|charts)\//)).toEqual([]);
    expect(matching(/(^|\/)(\.env.*|\.npmrc|\.git)($|\/)/)).toEqual([]);
    expect(matching(/^app\/(client\/action|worker\/image|config\/(write-|reference|chart-schema))/)).toEqual(
      [],
    );
  });

  it('keeps the licences of what it holds', () => {
    expect(matching(/^app\/LICENSE$/)).toHaveLength(1);
    expect(matching(/node_modules\/@temporalio\/worker\/LICENSE/i)).toHaveLength(1);
  });

  it('is as docs/image.md says, within a tenth', async () => {
    const numbers = (text: string): [string, number][] =>
      text
        .split('\n')
        .map((line) => line.split('|').map((cell) => cell.trim()))
        .filter((cells) => cells.length >= 6 && /^[\d.]+$/.test(cells[3] ?? ''))
        .map((cells) => [cells[1] ?? '', Number(cells[3])]);
    const told = numbers(await readFile(join(checkout, 'docs/image.md'), 'utf8'));
    const found = numbers(await describeImage(layers));
    expect(told.map(([name]) => name)).toEqual(found.map(([name]) => name));
    for (const [index, [name, megabytes]] of found.entries())
      expect(Math.abs((told[index]?.[1] ?? 0) - megabytes), name).toBeLessThanOrEqual(
        Math.max(0.2, megabytes / 10),
      );
  });
});
