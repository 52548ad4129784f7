/** Where something stands in the description, whether it is wrong there (still), and what GitHub does. */
interface Correction {
  readonly path: readonly string[];
  readonly wrong: (said: unknown) => boolean;
  readonly meant: (said: unknown) => unknown;
}

const schemaOfList = ['responses', '200', 'content', 'application/json', 'schema'];
const versions = '/packages/{package_type}/{package_name}/versions';

const corrections: readonly Correction[] = [
  {
    // An account that is a user and an enterprise at once; `installation` of the same description says one of both.
    path: ['paths', '/app/installations', 'get', ...schemaOfList],
    wrong: (said) => JSON.stringify(said).includes('"account":{"nullable":true,"allOf":['),
    meant: () => ({ type: 'array', items: { $ref: '#/components/schemas/installation' } }),
  },
  {
    // A person's versions come in pages as an organisation's do, for which the description says so.
    path: ['paths', `/users/{username}${versions}`, 'get', 'parameters'],
    wrong: (said) => !JSON.stringify(said).includes('per-page'),
    meant: (said) => [
      ...(said as unknown[]),
      { $ref: '#/components/parameters/page' },
      { $ref: '#/components/parameters/per-page' },
    ],
  },
];

/** Puts right where the description contradicts itself. @throws where it does not any more. */
export function correct(document: object): void {
  for (const { path, wrong, meant } of corrections) {
    const last = path.at(-1) ?? '';
    let parent = document as Record<string, unknown>;
    for (const name of path.slice(0, -1)) parent = parent[name] as Record<string, unknown>;
    if (!wrong(parent[last]))
      throw new Error(`${path.join(' ')} needs no correction any more: take it out of corrections.ts`);
    parent[last] = meant(parent[last]);
  }
}
