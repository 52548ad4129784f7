import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jsonSchemas } from './json-schema.ts';

const folder = join(import.meta.dirname, 'schema');
await mkdir(folder, { recursive: true });
for (const [file, schema] of Object.entries(jsonSchemas())) {
  await writeFile(join(folder, file), `${JSON.stringify(schema, null, 2)}\n`);
}
