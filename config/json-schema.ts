import { z } from 'zod';
import { platformSchema } from './platform-schema.ts';
import { previewSchema } from './preview-schema.ts';

/** File name and JSON Schema (draft 2020-12) of each config, for editors. */
export function jsonSchemas(): Readonly<Record<string, object>> {
  return {
    'platform.schema.json': published(platformSchema, 'platform config of pr-preview'),
    'preview.schema.json': published(previewSchema, 'preview.yaml of pr-preview'),
  };
}

function published(schema: z.ZodType, title: string): object {
  return { title, ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) };
}
