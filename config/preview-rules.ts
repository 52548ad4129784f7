import type { PreviewConfig } from '../domain/config.ts';
import { didYouMean } from '../domain/nearest.ts';
import type { Fault } from './problem.ts';
import { templateFaults } from './template-check.ts';

/** What lies between fields, and every template: names that exist, no cycle, nothing claimed twice. */
export function previewFaults(config: PreviewConfig): Fault[] {
  return [
    ...needsFaults(config),
    ...hostFaults(config),
    ...secretFaults(config),
    ...freshFaults(config),
    ...templateFaults(config),
  ];
}

function needsFaults({ services }: PreviewConfig): Fault[] {
  const names = Object.keys(services);
  const faults: Fault[] = [];
  for (const [name, { needs }] of Object.entries(services)) {
    for (const [index, needed] of needs.entries()) {
      const path = ['services', name, 'needs', index];
      if (needed === name) faults.push({ path, message: `\`${name}\` needs itself. Remove it.` });
      else if (!names.includes(needed)) {
        const meant = didYouMean(needed, names);
        faults.push({
          path,
          message: `There is no service \`${needed}\`${meant || '.'} Services: ${names.map((word) => `\`${word}\``).join(', ')}.`,
        });
      }
    }
  }
  const cycle = faults.length === 0 ? findCycle(services) : null;
  if (cycle) {
    const path = ['services', cycle[0] ?? '', 'needs'];
    faults.push({
      path,
      message: `These services need each other in a circle: ${cycle.join(' → ')}. None could start; remove one of the needs.`,
    });
  }
  return faults;
}

function findCycle(services: PreviewConfig['services']): readonly string[] | null {
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): readonly string[] | null => {
    const start = trail.indexOf(name);
    if (start !== -1) return [...trail.slice(start), name];
    if (done.has(name)) return null;
    done.add(name);
    for (const needed of services[name]?.needs ?? []) {
      const cycle = visit(needed, [...trail, name]);
      if (cycle) return cycle;
    }
    return null;
  };
  for (const name of Object.keys(services)) {
    const cycle = visit(name, []);
    if (cycle) return cycle;
  }
  return null;
}

function hostFaults({ services }: PreviewConfig): Fault[] {
  const first = new Map<string, string>();
  return Object.entries(services).flatMap(([name, { host }]): Fault[] => {
    if (host === null) return [];
    const other = first.get(host);
    first.set(host, other ?? name);
    if (other === undefined) return [];
    const message = `\`${name}\` and \`${other}\` have the same host suffix \`${host === '' ? "''" : host}\`. Give one another.`;
    return [{ path: ['services', name, 'host'], message }];
  });
}

function secretFaults({ secrets, database }: PreviewConfig): Fault[] {
  const taken = new Set(database ? [database.secret.name] : []);
  return secrets.flatMap(({ name }, index): Fault[] => {
    const path = ['secrets', index, 'name'];
    if (taken.has(name))
      return [
        {
          path,
          message: `Two secrets have the name \`${name}\`${name === database?.secret.name ? ', one is `database.secret`' : ''}. Give one another.`,
        },
      ];
    taken.add(name);
    return [];
  });
}

function freshFaults({ services }: PreviewConfig): Fault[] {
  return Object.entries(services).flatMap(([name, { images, version }]) =>
    Object.entries(images).flatMap(([key, { fresh }]): Fault[] => {
      if (fresh !== 'version' || version !== null) return [];
      const message =
        '`fresh: version` asks the version endpoint, and there is none. Set `version: {path: …, field: …}` of the service, or choose `revision`.';
      return [{ path: ['services', name, 'images', key, 'fresh'], message }];
    }),
  );
}
