import { cluster } from './cluster/index.ts';
import { github } from './github-part.ts';
import { ingress } from './ingress.ts';
import { kwok } from './kwok.ts';
import type { PartDefinition } from './part.ts';
import { postgres } from './postgres.ts';
import { registry } from './registry.ts';
import type { Part } from './stack.ts';
import { temporal } from './temporal.ts';
import { worker } from './worker.ts';

/** Every part, by name. */
export const parts: Readonly<Record<Part, PartDefinition>> = {
  temporal,
  postgres,
  registry,
  cluster,
  ingress,
  github,
  kwok,
  worker,
};

export const partNames: readonly Part[] = Object.keys(parts) as Part[];

/** Parts that `npm run stack -- up` starts unless told otherwise. */
export const defaultParts: readonly Part[] = [
  'temporal',
  'postgres',
  'registry',
  'cluster',
  'ingress',
  'github',
];

/** The parts and all that they need, each once, what is needed before what needs it; without those replaced. */
export function withNeeds(names: readonly Part[], replaced: ReadonlySet<Part> = new Set()): Part[] {
  const ordered = new Set<Part>();
  const add = (name: Part): void => {
    if (replaced.has(name)) return;
    for (const need of parts[name].needs) add(need);
    ordered.add(name);
  };
  for (const name of names) add(name);
  return [...ordered];
}

/** The parts and all that cannot go on without them. */
export function withDependents(names: readonly Part[]): Part[] {
  return partNames.filter((name) => withNeeds([name]).some((need) => names.includes(need)));
}
