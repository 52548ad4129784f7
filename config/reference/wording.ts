import type { Described } from '../json-schema.ts';

/** How a value is written, in words that go on from "written as". */
export function wording(schema: Described): string {
  const { written, $ref, anyOf } = schema;
  if (written !== undefined) return written;
  if ($ref !== undefined) return linked($ref);
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return `one of ${schema.enum.map(code).join(', ')}`;
  if (anyOf !== undefined) return (anyOf as Described[]).map(wording).join(', or ');
  switch (schema.type) {
    case 'null':
      return '`null`';
    case 'boolean':
      return '`true` or `false`';
    case 'integer':
      return `an integer from ${amount(schema.minimum)} to ${amount(schema.maximum)}`;
    case 'string':
      return text(schema);
    case 'array':
      return `a list; each entry: ${wording(schema.items as Described)}`;
    case 'object':
      return map(schema);
    case 'number':
      return 'a number';
    case undefined:
    default:
      return 'anything';
  }
}

function text({ minLength, maxLength }: Described): string {
  if (maxLength !== undefined) return `text of ${minLength ?? 0} to ${maxLength} characters`;
  return minLength === undefined ? 'text' : 'text that is not empty';
}

function map({ properties, additionalProperties, propertyNames, oneOf }: Described): string {
  if (Object.keys(properties ?? {}).length > 0) {
    const ways = ((oneOf ?? []) as Described[]).map(({ required = [] }) => all(required.map(code)));
    return ways.length === 0
      ? 'a map with the fields below'
      : `a map with the fields below: either ${ways.join('; or ')}`;
  }
  const value = wording((additionalProperties ?? {}) as Described);
  if (propertyNames === undefined) return 'a map';
  return `a map; each key: ${wording(propertyNames as Described)}; each value: ${value}`;
}

function linked(reference: string): string {
  const name = reference.split('/').at(-1) ?? '';
  return `a [${name}](#${name.toLowerCase()})`;
}

function all(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

function amount(value: number | undefined): string {
  return (value ?? 0).toLocaleString('en-US', { useGrouping: (value ?? 0) >= 10_000 });
}

function code(value: unknown): string {
  return `\`${String(value)}\``;
}
