/** A schema of OpenAPI 3.0 before, of JSON Schema 2019-09 after `closed`. */
export interface Schema {
  readonly $ref?: string;
  readonly nullable?: boolean;
  readonly properties?: Schemas;
  readonly items?: Schema;
  readonly not?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly [keyword: string]: unknown;
}

export type Schemas = Readonly<Record<string, Schema>>;

/**
 * OpenAPI 3.0 as JSON Schema: `nullable` becomes a type, and references lead into one of the two documents `closed` and
 * `open`. GitHub leaves open what else an object may have; here it is closed, as a name that GitHub does not know is a
 * mistake in a request, and an invention in an answer.
 */
export function closed(schema: Schema): Schema {
  return translate(schema, true);
}

/** As `closed`, but for what the schema itself may have besides: `allOf` adds to it, and closes the whole. */
export function open(schema: Schema): Schema {
  return translate(schema, false);
}

export function each(schemas: Schemas, change: (schema: Schema) => Schema): Schemas {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, change(schema)]));
}

function translate(schema: Schema, close: boolean): Schema {
  if (schema.$ref !== undefined) return { $ref: `${close ? 'closed' : 'open'}${schema.$ref}` };
  const { nullable = false, discriminator: _, example: __, default: standard, ...rest } = schema;
  const { properties, items, not, additionalProperties: more, allOf, anyOf, oneOf } = schema;
  const part = properties === undefined && allOf === undefined ? closed : open;
  const made: Schema = {
    ...rest,
    ...(properties && { properties: each(properties, closed) }),
    ...(items && { items: closed(items) }),
    ...(not && { not: open(not) }),
    ...(typeof more === 'object' && { additionalProperties: closed(more) }),
    ...(allOf && { allOf: allOf.map(open) }),
    ...(anyOf && { anyOf: anyOf.map(part) }),
    ...(oneOf && { oneOf: oneOf.map(part) }),
    ...(close && more === undefined && (properties ?? allOf) && { unevaluatedProperties: false }),
  };
  const besides = [
    ...(nullable ? [{ type: 'null' }] : []),
    // A URL that is not there is an empty text, and GitHub calls that the default.
    ...(standard === '' ? [{ const: '' }] : []),
  ];
  return besides.length > 0 ? { anyOf: [made, ...besides] } : made;
}
