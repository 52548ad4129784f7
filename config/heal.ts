import type { Fault, Path } from './problem.ts';

/** What stands in for a required value that is missing or wrong, by its key. */
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
 * A copy of the data in which every faulty part is removed or, where it is required, replaced by a stand-in; so that
 * rules can be asked about the rest. Null where that cannot be done.
 */
export function healed(data: unknown, faults: readonly Fault[]): unknown {
  if (typeof data !== 'object' || data === null) return null;
  const copy: unknown = structuredClone(data);
  for (const fault of faults.toReversed()) {
    const chart = fault.path.indexOf('chart');
    const path = chart === -1 ? fault.path : fault.path.slice(0, chart + 1);
    const last = path.at(-1);
    const parent = containerAt(copy, path);
    if (last === undefined) return null;
    if (parent === null) continue;
    const missing = !Object.hasOwn(parent, last);
    if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else if (!missing && fault.atKey && chart === -1) delete parent[last];
    else if (Object.hasOwn(standIns, last)) parent[last] = structuredClone(standIns[last]);
    else delete parent[last];
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
