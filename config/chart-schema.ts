import { jsonSchemas } from './json-schema.ts';

/**
 * The JSON Schema of the Helm chart's values, with the platform config that they hold as it is today.
 *
 * @param values the schema as it stands in the chart.
 */
export function withPlatform(values: { readonly $defs: object }): object {
  const {
    $schema: _,
    title: __,
    $defs = {},
    ...platform
  } = jsonSchemas()['platform.schema.json'] as { $schema?: string; title?: string; $defs?: object };
  // shapes with a name are found from the root of the document that they stand in
  return { ...values, $defs: { ...values.$defs, ...$defs, platform } };
}
