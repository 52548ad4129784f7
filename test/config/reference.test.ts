import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { describedSchemas, jsonSchemas } from '../../config/json-schema.ts';
import { parsePlatformConfig } from '../../config/platform.ts';
import { parsePreviewConfig } from '../../config/preview.ts';
import type { Parsed } from '../../config/problem.ts';
import { referencePages } from '../../config/reference.ts';
import type { Field } from '../../config/reference/fields.ts';
import { fieldsOf } from '../../config/reference/fields.ts';
import { wording } from '../../config/reference/wording.ts';
import { told } from './samples.ts';

const folder = join(import.meta.dirname, '../../docs/reference');
const { platform, preview } = describedSchemas();

interface Config {
  readonly fields: readonly Field[];
  readonly page: string;
  readonly parse: (text: string) => Parsed<unknown>;
  /** The least that has each map and list in it whose fields have defaults. */
  readonly least: object;
}

const configs: readonly [string, Config][] = [
  [
    'platform.md',
    {
      fields: fieldsOf(platform),
      page: referencePages()['platform.md'] ?? '',
      parse: (text) => parsePlatformConfig(text, 'platform.yaml'),
      least: {
        domain: 'sandbox.example.com',
        repositories: ['example/videocall'],
        database: { host: '10.0.0.7' },
        registries: [{ host: 'ghcr.io' }],
        sourceSecrets: [{ namespace: 'infra', name: 'oauth', repositories: ['example/videocall'] }],
      },
    },
  ],
  [
    'preview.md',
    {
      fields: fieldsOf(preview),
      page: referencePages()['preview.md'] ?? '',
      parse: (text) => parsePreviewConfig(text, 'preview.yaml'),
      least: {
        database: {},
        secrets: [{ name: 'jwt', generate: { secret: {} } }],
        services: {
          websocket: { chart: { path: 'helm/websocket' }, images: { main: { repository: 'ghcr.io/o/ws' } } },
        },
      },
    },
  ],
];

describe('the reference of both configs', () => {
  it('is committed as the schemas have it; `npm run schemas` writes it', async () => {
    const committed: Record<string, string> = {};
    for (const file of await readdir(folder)) committed[file] = await readFile(join(folder, file), 'utf8');
    expect(committed).toEqual(referencePages());
  });
});

describe.each(configs)('docs/reference/%s', (_, { fields, page, parse, least }) => {
  it('has every field that the schema for editors has, each once and under a heading of its own', () => {
    const paths = fields.map(({ path }) => path);
    expect(paths.length).toBeGreaterThan(30);
    expect([...page.matchAll(/^#{2,4} `(.+)`$/gm)].map(([, path]) => path)).toEqual(paths);
    const anchors = paths.map((path) => path.toLowerCase().replaceAll(/[^a-z0-9]/g, ''));
    expect(new Set(anchors).size).toBe(anchors.length);
  });

  it('says of every field what it is, in sentences, and how it is written', () => {
    const mute = fields.filter(({ schema }) => !/^[A-Z`].{10,}\.$/s.test(schema.description ?? ''));
    expect(mute.map(({ path }) => path)).toEqual([]);
    expect(fields.filter(({ schema }) => wording(schema) === 'anything').map(({ path }) => path)).toEqual([]);
    expect(page).not.toContain('undefined');
  });

  it('says of every field what holds where it is left out, or that it is required', () => {
    const bare = page
      .split(/\n(?=#{2,4} `)/)
      .slice(1)
      .filter((section) => !/^- (?:Default: \S|Required|Part of one way)/m.test(section))
      .map((section) => /`(.+)`/.exec(section)?.[1]);
    expect(bare.filter((path) => path !== 'NetworkPeer')).toEqual([]);
  });

  it.each(fields.filter(({ schema }) => schema.default !== undefined).map((field) => [field.path, field]))(
    'shows as the default of `%s` what an empty config gives',
    (_path, { keys, schema }) => {
      // what is left out and the default, written out, are read as the same
      const without = placed(least, keys, undefined);
      const read = parse(stringify(without));
      expect(told(read)).toEqual([]);
      expect(parse(stringify(placed(least, keys, schema.default)))).toEqual(read);
    },
  );

  it.each(
    fields.flatMap(({ path, keys, schema }) => {
      const place = path.startsWith('NetworkPeer') ? ['network', 'ingress', 0 as const, ...keys] : keys;
      return (schema.samples ?? []).map((sample) => [path, place, sample] as const);
    }),
  )('shows for `%s` an example that is accepted', (_path, keys, sample) => {
    expect(told(parse(stringify(placed(least, keys, sample))))).toEqual([]);
  });
});

it('keeps the words for readers out of the keywords of the published JSON Schemas', () => {
  const keys = new Set<string>();
  JSON.stringify(jsonSchemas(), (key, value: unknown) => {
    keys.add(key);
    return value;
  });
  expect(['written', 'otherwise', 'samples', 'see'].filter((word) => keys.has(word))).toEqual([]);
  expect(keys).toContain('examples');
});

/** A copy of the config with another value at that place; undefined leaves it out. */
function placed(config: object, keys: Field['keys'], value: unknown): object {
  const copy = structuredClone(config);
  let place = copy as Record<string | 0, unknown>;
  for (const [index, key] of keys.slice(0, -1).entries())
    place = (place[key] ??= keys[index + 1] === 0 ? [] : {}) as Record<string | 0, unknown>;
  place[keys.at(-1) ?? ''] = value;
  return copy;
}
