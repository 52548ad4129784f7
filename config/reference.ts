import { describedSchemas } from './json-schema.ts';
import { referencePage } from './reference/page.ts';

/** File name below `docs/reference/` and text of each reference, made from the schemas. */
export function referencePages(): Readonly<Record<string, string>> {
  const { platform, preview } = describedSchemas();
  return {
    'platform.md': referencePage(platform, platformHead),
    'preview.md': referencePage(preview, previewHead),
  };
}

const made =
  '<!-- Made from the schemas in config/ by `npm run schemas`. Do not edit: change the schema. -->';

const reading =
  '`*` stands for names of your own, `[]` for the entries of a list. How durations, amounts and templates are written: [configuration](../configuration.md#how-values-are-written).';

const platformHead = `${made}

# Platform config, field by field

The operator's file. What its parts are for, and how they work together: [configuration](../configuration.md#platform-config). For editors there is [a JSON Schema](../../config/schema/platform.schema.json).

${reading}`;

const previewHead = `${made}

# preview.yaml, field by field

The application's file. An example, and how the parts work together: [configuration](../configuration.md#previewyaml). For editors there is [a JSON Schema](../../config/schema/preview.schema.json).

${reading}`;
