import type { Schema } from './schemas.ts';

/** Where a schema stands in the description, what is wrong with it there, and what GitHub means. */
interface Correction {
  readonly path: readonly string[];
  readonly wrong: (schema: Schema) => boolean;
  readonly meant: Schema;
}

const corrections: readonly Correction[] = [
  {
    // An account that is a user and an enterprise at once; `installation` of the same description says one of both.
    path: ['paths', '/app/installations', 'get', 'responses', '200', 'content', 'application/json', 'schema'],
    wrong: ({ items }) => items?.properties?.['account']?.allOf?.length === 2,
    meant: { type: 'array', items: { $ref: '#/components/schemas/installation' } },
  },
];

/** Puts right what contradicts itself. @throws when it is right already: then the correction is to be taken away. */
export function correct(document: object): void {
  for (const { path, wrong, meant } of corrections) {
    const last = path.at(-1) ?? '';
    let parent = document as Record<string, unknown>;
    for (const name of path.slice(0, -1)) parent = parent[name] as Record<string, unknown>;
    if (!wrong(parent[last] as Schema))
      throw new Error(`${path.join('.')} needs no correction any more: take it out of corrections.ts`);
    parent[last] = meant;
  }
}
