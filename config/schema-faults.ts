import type { z } from 'zod';
import { didYouMean } from '../domain/nearest.ts';
import type { Fault, Path } from './problem.ts';

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Checks data against a schema; every fault says what was expected and what was found. */
export function checkSchema<Schema extends z.ZodType>(
  schema: Schema,
  data: unknown,
): Checked<z.output<Schema>> {
  const known = new Map<string, readonly string[]>();
  const result = schema.safeParse(data, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      known.set(JSON.stringify(issue.path ?? []), knownKeys(issue.inst));
      return undefined;
    },
  });
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, faults: result.error.issues.flatMap((issue) => faultsOf(issue, { data, known })) };
}

interface Context {
  readonly data: unknown;
  readonly known: ReadonlyMap<string, readonly string[]>;
}

function faultsOf(issue: z.core.$ZodIssue, { data, known }: Context): Fault[] {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
  if (issue.code === 'unrecognized_keys') {
    const candidates = known.get(JSON.stringify(issue.path)) ?? [];
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: unknownKey(key, candidates),
      atKey: true,
    }));
  }
  if (issue.code === 'invalid_key') {
    const rule = issue.issues[0];
    const message = `${sentence(rule ? expectation(rule) : 'expected another key')}, found the key \`${String(path.at(-1))}\`.`;
    return [{ path, message, atKey: true }];
  }
  const found = valueAt(data, path);
  if (found === undefined && issue.code !== 'custom')
    return [{ path, message: `${sentence(expectation(issue))}; it is missing. Add it.` }];
  // a rule that has said all there is to say ends in a full stop
  if (issue.message.endsWith('.')) return [{ path, message: sentence(issue.message) }];
  return [
    { path, message: `${sentence(expectation(issue))}, found ${describe(found)}.${quoteHint(issue, found)}` },
  ];
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.message.startsWith('expected ')) return issue.message;
  if (issue.code === 'invalid_type') return `expected ${typeNames[issue.expected] ?? issue.expected}`;
  if (issue.code === 'invalid_value')
    return `expected ${issue.values.map((value) => `\`${String(value)}\``).join(', ')}`;
  if (issue.code === 'too_small') return `expected at least ${amount(issue.origin, issue.minimum)}`;
  if (issue.code === 'too_big') return `expected at most ${amount(issue.origin, issue.maximum)}`;
  return issue.message;
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: '`true` or `false`',
  number: 'a number',
  int: 'an integer',
  object: 'a map',
  record: 'a map',
  array: 'a list',
};

/** `3`, `3 characters`, `1 entry`. */
function amount(origin: string, size: number | bigint): string {
  const one = Number(size) === 1;
  if (origin === 'array') return `${size} ${one ? 'entry' : 'entries'}`;
  return origin === 'string' ? `${size} ${one ? 'character' : 'characters'}` : String(size);
}

function unknownKey(key: string, candidates: readonly string[]): string {
  const meant = didYouMean(key, candidates);
  const list = candidates.map((name) => `\`${name}\``).join(', ');
  return `There is no setting \`${key}\`${meant || '.'}${list ? ` Known here: ${list}.` : ''}`;
}

function knownKeys(schema: unknown): readonly string[] {
  const shape = (schema as { shape?: unknown } | undefined)?.shape;
  return typeof shape === 'object' && shape !== null ? Object.keys(shape) : [];
}

function valueAt(data: unknown, path: Path): unknown {
  let current = data;
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Record<string | number, unknown>)[step];
  }
  return current;
}

/** The value as it stands in the file; long text is cut, and what looks like a password is left out. */
function describe(value: unknown): string {
  if (value === null) return 'nothing (null)';
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const text = JSON.stringify(value).replaceAll(/\/\/[^/@\s]*@/g, '//…@');
  const shown = text.length > 60 ? `${text.slice(0, 57)}…` : text;
  return typeof value === 'string' ? `\`${shown}\`` : `the ${typeof value} \`${shown}\``;
}

function quoteHint(issue: z.core.$ZodIssue, found: unknown): string {
  const text = issue.code === 'invalid_type' && issue.expected === 'string';
  return text && (typeof found === 'number' || typeof found === 'boolean')
    ? ` Quote it: \`"${String(found)}"\`.`
    : '';
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
