import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withPlatform } from './chart-schema.ts';
import { jsonSchemas } from './json-schema.ts';

const folder = join(import.meta.dirname, 'schema');
await mkdir(folder, { recursive: true });
for (const [file, schema] of Object.entries(jsonSchemas())) {
  await writeFile(join(folder, file), `${JSON.stringify(schema, null, 2)}\n`);
}

const values = join(import.meta.dirname, '../charts/pr-preview/values.schema.json');
const chart = JSON.parse(await readFile(values, 'utf8')) as { readonly $defs: object };
await writeFile(values, `${JSON.stringify(withPlatform(chart), null, 2)}\n`);
