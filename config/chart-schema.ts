import { z } from 'zod';
import { platformSchema } from './platform-schema.ts';

/**
 * The JSON Schema of the Helm chart's values, with the platform config that they hold as it is today.
 *
 * @param values the schema as it stands in the chart.
 */
export function withPlatform(values: { readonly $defs: object }): object {
  const { $schema: _, ...platform } = z.toJSONSchema(platformSchema, { io: 'input', unrepresentable: 'any' });
  return { ...values, $defs: { ...values.$defs, platform } };
}
