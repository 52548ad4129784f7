import { stringify } from 'yaml';
import type { Described } from '../json-schema.ts';
import type { Field } from './fields.ts';
import { fieldsOf } from './fields.ts';
import { wording } from './wording.ts';

/** Markdown of one config's reference, for a page in `docs/reference/`. */
export function referencePage(schema: Described, head: string): string {
  const fields = fieldsOf(schema);
  const index = fields.map((field) => `| ${link(field.path)} | ${inShort(field)} |`);
  return `${[head, ['| field | default |', '| --- | --- |', ...index].join('\n'), ...fields.map(section)].join('\n\n')}\n`;
}

function section(field: Field): string {
  const { path, schema, keys } = field;
  const depth = path.split(/\.(?!\*)/).length;
  const facts = [`- Written as: ${wording(schema)}`, fallback(field), more(schema)];
  const shown = isLong(schema.default) ? [yaml('the default', [keys, schema.default])] : [];
  const samples = (schema.samples ?? []).map((sample) => yaml('for example', [keys, sample]));
  return [
    `${'#'.repeat(Math.min(depth + 1, 4))} \`${path}\``,
    schema.description ?? '',
    facts.filter((fact) => fact !== '').join('\n'),
    ...shown,
    ...samples,
  ].join('\n\n');
}

/** What holds where the field is left out. */
function fallback(field: Field): string {
  const { required, parent, schema, keys } = field;
  if (required) return parent === null ? '- Required' : `- Required in \`${parent.path}\``;
  if (keys.length === 0) return '';
  return isOneWay(field)
    ? `- Part of one way to write ${link(parent?.path ?? '')}`
    : `- Default: ${defaultWords(schema)}`;
}

function inShort(field: Field): string {
  if (field.required) return 'required';
  return field.keys.length === 0 || isOneWay(field) ? '' : defaultWords(field.schema);
}

/** Whether it belongs to some of the ways to write what it stands in, and not to others. */
function isOneWay({ parent, path }: Field): boolean {
  const key = path.split('.').at(-1) ?? '';
  return ((parent?.schema.oneOf ?? []) as Described[]).some(({ required }) => required?.includes(key));
}

function defaultWords(schema: Described): string {
  const { otherwise } = schema;
  const value: unknown = schema.default;
  if (value === undefined || (value === null && otherwise === 'none')) return otherwise ?? '';
  if (isLong(value)) return 'see below';
  if (schema.properties !== undefined && Object.keys(value as object).length === 0)
    return 'the defaults of its fields';
  const shown = `\`${flow(value)}\``;
  return otherwise === undefined ? shown : `${shown}: ${otherwise}`;
}

function more({ see }: Described): string {
  return see === undefined ? '' : `- More: [${see.replace('.md#', ', ').replaceAll('-', ' ')}](../${see})`;
}

function isLong(value: unknown): boolean {
  return value !== undefined && flow(value).length > 60;
}

function flow(value: unknown): string {
  return typeof value === 'string'
    ? value
    : stringify(value, { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 }).trim();
}

/** The value in its place in the file. */
function yaml(title: string, [keys, value]: readonly [Field['keys'], unknown]): string {
  const placed = keys
    .toReversed()
    .reduce<unknown>((inner, key) => (key === 0 ? [inner] : { [key]: inner }), value);
  return ['```yaml', `# ${title}`, stringify(placed, { lineWidth: 0 }).trim(), '```'].join('\n');
}

/** To the heading of a field; GitHub makes anchors of a heading's letters and digits. */
function link(path: string): string {
  return `[\`${path}\`](#${path.toLowerCase().replaceAll(/[^a-z0-9]/g, '')})`;
}
