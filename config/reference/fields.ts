import type { Described } from '../json-schema.ts';

/** One field of a config, as its schema has it. */
export interface Field {
  /** `services.*.images.*.tag`: `*` for names of one's own, `[]` for the entries of a list. */
  readonly path: string;
  readonly schema: Described;
  readonly required: boolean;
  /** What it stands in; null at the top. */
  readonly parent: { readonly path: string; readonly schema: Described } | null;
  /** The keys that lead to it in a file that shows it; a number stands for the entry of a list. */
  readonly keys: readonly (string | 0)[];
}

/**
 * Every field of a schema, each before those inside of it. What has a name of its own (`$defs`) comes last, under that
 * name, once.
 */
export function fieldsOf(schema: Described): Field[] {
  const named = Object.entries(schema.$defs ?? {}) as [string, Described][];
  return [
    ...inside({ path: '', schema, keys: [] }),
    ...named.flatMap(([name, shape]) => {
      const field: Field = { path: name, schema: shape, required: false, parent: null, keys: [] };
      return [field, ...inside({ path: name, schema: shape, keys: [] })];
    }),
  ];
}

type Place = Pick<Field, 'path' | 'schema' | 'keys'>;

function inside(place: Place): Field[] {
  const { path, keys } = place;
  const schema = present(place.schema);
  const { properties = {}, required = [], items, additionalProperties, propertyNames } = schema;
  const fields = (Object.entries(properties) as [string, Described][]).flatMap(([key, inner]) => {
    const field: Field = {
      path: path === '' ? key : `${path}.${key}`,
      schema: inner,
      required: required.includes(key),
      parent: path === '' ? null : { path, schema },
      keys: [...keys, key],
    };
    return [field, ...inside(field)];
  });
  const entry = isSchema(items) ? inside({ path: `${path}[]`, schema: items, keys: [...keys, 0] }) : [];
  if (!isSchema(additionalProperties)) return [...fields, ...entry];
  const shown = isSchema(propertyNames) ? propertyNames.samples?.[0] : undefined;
  const key = typeof shown === 'string' ? shown : 'name';
  const value = { path: `${path}.*`, schema: additionalProperties, keys: [...keys, key] };
  return [...fields, ...entry, ...inside(value)];
}

/** The one shape of a value that may also be null. */
function present(schema: Described): Described {
  const others = (schema.anyOf ?? []).filter((one) => isSchema(one) && one.type !== 'null');
  return others.length === 1 && isSchema(others[0]) ? present(others[0]) : schema;
}

function isSchema(value: unknown): value is Described {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
