import type { Fault, Path } from './problem.ts';

/** What stands in for a required value that is missing, by its key. */
const standIns: Readonly<Record<string, unknown>> = {
  domain: 'stand-in.example',
  repositories: ['stand-in/stand-in'],
  host: 'stand-in.example',
  namespace: 'stand-in',
  name: 'stand-in',
  services: { 'stand-in': { chart: { path: 'stand-in' } } },
  chart: { path: 'stand-in' },
  repository: 'stand-in.example/stand-in',
  path: '/stand-in',
  field: 'stand-in',
  workflow: 'stand-in.yaml',
};

/**
 * A copy of the data in which every faulty part is removed, and what is missing has a stand-in; so that rules can be
 * asked about the rest.
 */
export function healed(data: unknown, faults: readonly Fault[]): unknown {
  const copy: unknown = structuredClone(data);
  for (const { path } of faults.toReversed()) {
    const last = path.at(-1);
    const parent = containerAt(copy, path);
    if (last === undefined || parent === null) continue;
    if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else if (Object.hasOwn(parent, last)) delete parent[last];
    else if (Object.hasOwn(standIns, last)) parent[last] = structuredClone(standIns[last]);
  }
  return copy;
}

function containerAt(data: unknown, path: Path): Record<string, unknown> | unknown[] | null {
  let current = data;
  for (const step of path.slice(0, -1)) {
    if (typeof current !== 'object' || current === null) return null;
    current = (current as Record<string | number, unknown>)[step];
  }
  return typeof current === 'object' && current !== null
    ? (current as Record<string, unknown> | unknown[])
    : null;
}
