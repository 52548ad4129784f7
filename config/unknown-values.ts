import { didYouMean } from '../domain/nearest.ts';
import type { Path } from './problem.ts';
import { formatPath } from './problem.ts';

const openMaps = /(annotations|labels|selector)$/i;

/**
 * Warnings for values that the chart's own values.yaml does not have: a misspelt key leaves the chart's default in
 * place. Below a key whose default is empty (a map, a list, null) anything goes; so it does in `global`, and in maps that
 * Kubernetes leaves open: annotations, labels, selectors.
 */
export function unknownValues(
  values: Readonly<Record<string, unknown>>,
  defaults: Readonly<Record<string, unknown>>,
  path: Path,
): string[] {
  const known = Object.keys(defaults);
  if (known.length === 0) return [];
  return Object.entries(values).flatMap(([key, value]) => {
    const place = [...path, key];
    // `services`, its name, `values`: only a chart's topmost `global` is Helm's
    if (key === 'global' && path.length === 3) return [];
    if (!Object.hasOwn(defaults, key)) {
      const meant = didYouMean(key, known);
      const list = known.map((name) => `\`${name}\``).join(', ');
      return [`${formatPath(place)}: the chart has no such value${meant || `. It has ${list}.`}`];
    }
    const inner = defaults[key];
    return isMap(value) && isMap(inner) && !openMaps.test(key) ? unknownValues(value, inner, place) : [];
  });
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
