import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jsonSchemas } from '../../config/json-schema.ts';
import { templateFilters, templateTags } from '../../config/liquid.ts';
import { parsePlatformConfig } from '../../config/platform.ts';
import { parsePreviewConfig } from '../../config/preview.ts';
import { dnsLabel, dnsName, repositoryName } from '../../config/scalars.ts';
import { templateVariables } from '../../config/variables.ts';
import { told } from './samples.ts';

const root = join(import.meta.dirname, '../..');

describe('the published JSON Schemas', () => {
  it.each(Object.entries(jsonSchemas()))('%s is fresh; `npm run schemas` writes it', async (file, schema) => {
    const published: unknown = JSON.parse(await readFile(join(root, 'config/schema', file), 'utf8'));
    expect(published).toEqual(JSON.parse(JSON.stringify(schema)));
  });
});

describe('the pattern of a scalar', () => {
  const kinds = [
    {
      what: 'a DNS name',
      scalar: dnsName,
      good: ['sandbox.example.com', 'a', 'a-b.c'],
      bad: ['https://a.b', 'A.b', 'a..b', '-a', 'a_b', ''],
    },
    { what: 'a label', scalar: dnsLabel, good: ['pr-preview', '7'], bad: ['a.b', 'a-', ''] },
    {
      what: 'a repository',
      scalar: repositoryName,
      good: ['example/shop', 'A/b.c_d'],
      bad: ['shop', 'a/b/c', '-a/b', 'a/'],
    },
  ] as const;

  it.each(kinds)('of $what says what the program says', ({ scalar, good, bad }) => {
    const pattern = new RegExp(String(scalar.meta()?.['pattern']));
    for (const value of [...good, ...bad])
      expect([value, pattern.test(value)]).toEqual([value, scalar.safeParse(value).success]);
    expect(good.every((value) => pattern.test(value))).toBe(true);
  });
});

describe('docs/configuration.md', () => {
  const text = readFile(join(root, 'docs/configuration.md'), 'utf8');

  it('shows a platform config and a preview.yaml that are accepted', async () => {
    const shown = async (heading: string) =>
      (await text).split(`\n## ${heading}\n`)[1]?.split('```yaml\n')[1]?.split('```')[0] ?? '';
    expect(told(parsePlatformConfig(await shown('Platform config'), 'platform.yaml'))).toEqual([]);
    expect(told(parsePreviewConfig(await shown('preview.yaml'), 'preview.yaml'))).toEqual([]);
  });

  it('names every variable, tag and filter of templates', async () => {
    const docs = await text;
    const words = [...templateVariables, ...templateTags, ...templateFilters];
    expect(words.filter((word) => !docs.includes(`\`${word}\``))).toEqual([]);
  });
});
