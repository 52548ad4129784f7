import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createChecks } from './checks.ts';
import type { Checks } from './checks.ts';
import { correct } from './corrections.ts';
import type { Schema, Schemas } from './schemas.ts';

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

export interface DescribedAnswer extends Content {
  readonly headers?: Readonly<Record<string, unknown>>;
}

/** One operation as GitHub describes it. */
export interface Operation {
  /** As `issues/list-comments`. */
  readonly operationId: string;
  /** As `/repos/{owner}/{repo}/issues/{issue_number}/comments`. */
  readonly template: string;
  /** What a query may and must have. */
  readonly query: Schema;
  /** What the named parts of the path are. */
  readonly path: Schema;
  readonly body: (Content & { readonly required?: boolean }) | null;
  /** By status. */
  readonly answers: Readonly<Record<string, DescribedAnswer>>;
}

export interface Description {
  readonly version: string;
  readonly checks: Checks;
  readonly has: (operationId: string) => boolean;
  /** The operation of a path below the API's root, and the path's named parts; undefined where there is none. */
  readonly find: (
    method: string,
    path: string,
  ) => { readonly operation: Operation; readonly parts: Record<string, string> } | undefined;
}

/** A part of the description, or where else in it that part stands. */
type Or<T> = T | { readonly $ref: string };

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Document {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: Readonly<Record<string, unknown>> & { readonly schemas: Schemas };
}

interface Described {
  readonly operationId: string;
  readonly parameters?: readonly Or<Parameter>[];
  readonly requestBody?: Or<Content & { readonly required?: boolean }>;
  readonly responses: Readonly<Record<string, Or<DescribedAnswer>>>;
}

/** GitHub's own description of its API. */
export async function loadDescription(): Promise<Description> {
  const file = createRequire(import.meta.url).resolve('@octokit/openapi/generated/api.github.com.json');
  const document = JSON.parse(await readFile(file, 'utf8')) as Document;
  correct(document);
  const known = Object.entries(document.paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      method: method.toUpperCase(),
      patterns: patternsOf(template),
      operation: operationOf(document, template, described),
    })),
  );
  const ids = new Set(known.map(({ operation }) => operation.operationId));
  return {
    version: document.info.version,
    checks: createChecks(document.components.schemas),
    has: (id) => ids.has(id),
    find: (method, path) => {
      for (const way of ['exact', 'spanning'] as const) {
        for (const one of known) {
          const match = one.method === method ? one.patterns[way].exec(path) : null;
          if (match) return { operation: one.operation, parts: partsOf(one.operation.template, match) };
        }
      }
      return undefined;
    },
  };
}

function operationOf(document: Document, template: string, described: Described): Operation {
  const resolve = <T>(part: Or<T>): T => {
    if (typeof part !== 'object' || part === null || !('$ref' in part)) return part;
    const [, kind = '', name = ''] = part.$ref.slice(1).split('/').slice(1);
    return (document.components[kind] as Record<string, T>)[name] as T;
  };
  const parameters = (described.parameters ?? []).map((one) => resolve(one));
  const answers = Object.entries(described.responses).map(([status, one]) => [status, resolve(one)] as const);
  const { requestBody } = described;
  return {
    operationId: described.operationId,
    template,
    query: schemaOf(parameters.filter((one) => one.in === 'query')),
    path: schemaOf(parameters.filter((one) => one.in === 'path')),
    body: requestBody === undefined ? null : resolve(requestBody),
    answers: Object.fromEntries(answers),
  };
}

function schemaOf(parameters: readonly Parameter[]): Schema {
  return {
    type: 'object',
    properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
    required: parameters.filter(({ required }) => required).map(({ name }) => name),
  };
}

/** `spanning` counts where no path is `exact`: the name of a branch or a file may have slashes of its own, or be empty. */
function patternsOf(template: string): { readonly exact: RegExp; readonly spanning: RegExp } {
  const [source, spanning] = [/$^/, /\/\{(?:path|ref|branch|tree_sha)\}$/].map((last) =>
    template
      .replace(/[.]/g, String.raw`\.`)
      .replace(last, '(?:/(.*))?')
      .replace(/\{[^}]+\}/g, '([^/]+)'),
  );
  return { exact: new RegExp(`^${source}$`), spanning: new RegExp(`^${spanning}$`) };
}

function partsOf(template: string, [, ...values]: RegExpExecArray): Record<string, string> {
  const names = [...template.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name);
  return Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(values[index] ?? '')]));
}
