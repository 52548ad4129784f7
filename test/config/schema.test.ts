import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jsonSchemas } from '../../config/json-schema.ts';
import { templateFilters, templateTags } from '../../config/liquid.ts';
import { templateVariables } from '../../config/variables.ts';

const root = join(import.meta.dirname, '../..');

/** Every field of a schema as its path in the file: `services.*.images.*.tag`. */
function fields(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties, additionalProperties, items, anyOf } = schema as Record<string, unknown>;
  const named = Object.entries(properties ?? {}).flatMap(([key, inner]) => {
    const inside = path === '' ? key : `${path}.${key}`;
    return [inside, ...fields(inner, inside)];
  });
  const below = [fields(additionalProperties, `${path}.*`), fields(items, `${path}[]`)].flat();
  return [...named, ...below, ...(Array.isArray(anyOf) ? anyOf.flatMap((inner) => fields(inner, path)) : [])];
}

describe('the published JSON Schemas', () => {
  it.each(Object.entries(jsonSchemas()))('%s is fresh; `npm run schemas` writes it', async (file, schema) => {
    const published: unknown = JSON.parse(await readFile(join(root, 'config/schema', file), 'utf8'));
    expect(published).toEqual(JSON.parse(JSON.stringify(schema)));
  });
});

describe('docs/configuration.md', () => {
  const text = readFile(join(root, 'docs/configuration.md'), 'utf8');

  it.each(Object.entries(jsonSchemas()))('names every field of %s', async (_, schema) => {
    const docs = await text;
    const missing = fields(schema).filter((path) => !docs.includes(`\`${path}\``));
    expect(missing).toEqual([]);
  });

  it('names every variable, tag and filter of templates', async () => {
    const docs = await text;
    const words = [...templateVariables, ...templateTags, ...templateFilters];
    expect(words.filter((word) => !docs.includes(`\`${word}\``))).toEqual([]);
  });
});
