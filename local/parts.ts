import { cluster } from './cluster/index.ts';
import { ingress } from './ingress.ts';
import type { PartDefinition } from './part.ts';
import { postgres } from './postgres.ts';
import { registry } from './registry.ts';
import type { Part } from './stack.ts';
import { temporal } from './temporal.ts';

/** Every part, by name. */
export const parts: Partial<Record<Part, PartDefinition>> = { temporal, postgres, registry, cluster, ingress };

export const partNames: readonly Part[] = Object.keys(parts) as Part[];

/** Parts that `npm run stack -- up` starts unless told otherwise. */
export const defaultParts: readonly Part[] = ['temporal', 'postgres', 'registry', 'cluster', 'ingress'];

/** The definition of a part. @throws if there is none. */
export function partNamed(name: Part): PartDefinition {
  const part = parts[name];
  if (!part) throw new Error(`The stack has no part "${name}"; it has ${partNames.join(', ')}.`);
  return part;
}

/** The parts and all that they need, each once, what is needed before what needs it. */
export function withNeeds(names: readonly Part[]): Part[] {
  const ordered = new Set<Part>();
  const add = (name: Part): void => {
    for (const need of partNamed(name).needs) add(need);
    ordered.add(name);
  };
  for (const name of names) add(name);
  return [...ordered];
}
