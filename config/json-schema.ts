import { z } from 'zod';
import { platformSchema } from './platform-schema.ts';
import { previewSchema } from './preview-schema.ts';

declare module 'zod' {
  /** What a schema of ours says for readers, besides its `description`. */
  interface GlobalMeta {
    /** How the value is written, in words that go on from "written as". */
    written?: string;
    /** What holds where the field is left out, if that is no value of its own. */
    otherwise?: string;
    /** Values to show. Of a map's key: the key that samples are shown under. */
    samples?: readonly unknown[];
    /** Where more is said: a heading of a page in `docs/`. */
    see?: string;
  }
}

/** A JSON Schema with our words in it. */
export type Described = z.core.JSONSchema.BaseSchema & z.GlobalMeta;

/** Both configs as they are written. */
export function describedSchemas(): Readonly<Record<'platform' | 'preview', Described>> {
  return { platform: described(platformSchema), preview: described(previewSchema) };
}

/** File name and JSON Schema (draft 2020-12) of each config, for editors: plain keywords only. */
export function jsonSchemas(): Readonly<Record<string, object>> {
  return {
    'platform.schema.json': published(platformSchema, 'platform config of pr-preview'),
    'preview.schema.json': published(previewSchema, 'preview.yaml of pr-preview'),
  };
}

function described(schema: z.ZodType): Described {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
}

function published(schema: z.ZodType, title: string): object {
  return { title, ...plain(described(schema)) };
}

/** Our words in the keywords that every editor knows. */
function plain(node: Described): Described {
  const { written, otherwise, samples, see: _, description, ...rest } = node;
  const sentences = [
    description,
    written === undefined ? undefined : `Written as ${written}.`,
    otherwise === undefined ? undefined : `Default: ${otherwise}.`,
  ].filter((sentence) => sentence !== undefined);
  return {
    ...(sentences.length === 0 ? {} : { description: sentences.join(' ') }),
    ...(samples === undefined ? {} : { examples: [...samples] }),
    ...inside(rest, plain),
  };
}

/** A copy with each schema inside of it changed; what is no schema (a default) stays as it is. */
function inside(node: Described, change: (inner: Described) => Described): Described {
  const one = (inner: unknown): unknown =>
    typeof inner === 'object' && inner !== null ? change(inner as Described) : inner;
  const each = (inner: unknown): unknown =>
    Array.isArray(inner)
      ? inner.map(one)
      : Object.fromEntries(Object.entries(inner as object).map(([key, value]) => [key, one(value)]));
  const copies: Readonly<Record<string, (inner: unknown) => unknown>> = {
    properties: each,
    $defs: each,
    anyOf: each,
    items: one,
    additionalProperties: one,
    propertyNames: one,
  };
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, copies[key]?.(value) ?? value]));
}
