import type { Template } from 'liquidjs';
import { Context, Drop, Liquid, LiquidError, Output, toValueSync } from 'liquidjs';

/** Tags a template may use: nothing that reads files, nothing that differs from one run to the next. */
export const templateTags = [
  '#',
  'assign',
  'break',
  'capture',
  'case',
  'comment',
  'continue',
  'for',
  'if',
  'raw',
  'unless',
];

/** Filters a template may use: the same text always gives the same text, so no dates and no chance. */
export const templateFilters = [
  'abs',
  'append',
  'at_least',
  'at_most',
  'base64_decode',
  'base64_encode',
  'capitalize',
  'ceil',
  'compact',
  'concat',
  'default',
  'divided_by',
  'downcase',
  'first',
  'floor',
  'join',
  'json',
  'last',
  'lstrip',
  'map',
  'minus',
  'modulo',
  'plus',
  'prepend',
  'remove',
  'remove_first',
  'remove_last',
  'replace',
  'replace_first',
  'replace_last',
  'reverse',
  'round',
  'rstrip',
  'sha256',
  'size',
  'slice',
  'slugify',
  'sort',
  'split',
  'strip',
  'times',
  'to_integer',
  'truncate',
  'uniq',
  'upcase',
  'url_decode',
  'url_encode',
];

/** What a template may cost: characters read, objects and characters made, tags and outputs run, milliseconds. */
const limits = { parseLimit: 65_536, memoryLimit: 1_000_000, renderLimit: 2_000 };
const templateLimit = 10_000;

/** A template that cannot be read or evaluated; the message says what is wrong with it. */
export class TemplateFault extends Error {
  override readonly name = 'TemplateFault';
}

/** A part of a variable's name; a nested list where the name is computed. */
export type Segment = string | number | readonly Segment[] | object;

/** Reads and evaluates templates: strict about variables and filters, without files, within limits. */
export interface TemplateEngine {
  /** Names of the variables a text refers to, those it makes for itself left out. @throws TemplateFault */
  variables(text: string): readonly (readonly Segment[])[];
  /** A text that is exactly one output keeps its value's type; anything else gives text. @throws TemplateFault */
  evaluate(text: string, scope: object): unknown;
}

export function createTemplateEngine(): TemplateEngine {
  const options = { strictVariables: true, strictFilters: true, ownPropertyOnly: true, ...limits };
  const typed = restrict(new Liquid(options));
  const textual = restrict(new Liquid({ ...options, outputEscape: toText }));
  return {
    variables(text) {
      return attempt(() =>
        Object.values(typed.analyzeSync(typed.parse(text), { partials: false }).globals)
          .flat()
          .map((variable) => variable.segments as readonly Segment[]),
      );
    },
    evaluate(text, scope) {
      return attempt(() => {
        const output = onlyOutput(typed.parse(text));
        if (!output)
          return String(textual.renderSync(textual.parse(text), scope, { templateLimit, ...limits }));
        return toData(
          toValueSync(output.value.value(new Context(scope, typed.options, { sync: true }), false)),
        );
      });
    },
  };
}

/** Whether a text is worth the engine's time. */
export function isTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%');
}

function restrict(engine: Liquid): Liquid {
  for (const name of Object.keys(engine.tags)) if (!templateTags.includes(name)) delete engine.tags[name];
  for (const name of Object.keys(engine.filters))
    if (!templateFilters.includes(name)) delete engine.filters[name];
  return engine;
}

function onlyOutput(templates: readonly Template[]): Output | null {
  const [first] = templates;
  return templates.length === 1 && first instanceof Output ? first : null;
}

function toText(value: unknown): string {
  if (typeof value === 'object' && value !== null)
    throw new TemplateFault(
      `It puts a ${Array.isArray(value) ? 'list' : 'map'} into text. Let it stand alone, or add \`| json\`.`,
    );
  return value === null || value === undefined ? '' : String(toData(value));
}

/** Only what JSON can say leaves a template, as a copy. */
function toData(value: unknown): unknown {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  // `nil` is an object of LiquidJS' own
  if (value === null || (value instanceof Drop && value.valueOf() === null)) return null;
  if (Array.isArray(value)) return value.map(toData);
  if (
    typeof value === 'object' &&
    [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null)
  )
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toData(item)]));
  throw new TemplateFault('It gives no text, number, boolean, list or map.');
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof TemplateFault) throw error;
    const original = (error as { originalError?: unknown }).originalError;
    if (original instanceof TemplateFault) throw original;
    if (LiquidError.is(error)) throw new TemplateFault(plainMessage(error.message), { cause: error });
    if (error instanceof Error) throw new TemplateFault(plainMessage(error.message), { cause: error });
    throw error;
  }
}

/** LiquidJS writes `undefined filter: foo, line:1, col:4`. */
function plainMessage(message: string): string {
  const text = message.replace(/(, file:[^,]*)?, line:\d+, col:\d+$/, '');
  const tag = /^tag "([^"]*)" not found$/.exec(text)?.[1];
  if (tag !== undefined)
    return `There is no tag \`${tag}\`. Known: ${templateTags.filter((name) => name !== '#').join(', ')}.`;
  const filter = /^undefined filter: (.*)$/.exec(text)?.[1];
  if (filter !== undefined) return `There is no filter \`${filter}\`. Known: ${templateFilters.join(', ')}.`;
  const variable = /^undefined variable: (.*)$/.exec(text)?.[1];
  if (variable !== undefined) return `There is no template variable \`${variable}\`.`;
  return `The template cannot be read: ${text}.`;
}
