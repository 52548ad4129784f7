import { createHash } from 'node:crypto';
import type { KubernetesObject } from '@kubernetes/client-node';
import { canonicalJson } from '../../domain/canonical-json.ts';
import type { Helm, Rendering } from './helm.ts';

/** Characters of all remembered renderings as JSON: some thousand services of the usual size. */
const keptSize = 16 * 1024 * 1024;

/**
 * Helm that renders nothing twice: what a chart's identity, release, namespace and values made is remembered, so that
 * the trial on the server need not render again what the check looked at. The least recently used is forgotten first;
 * failures are not remembered. What it hands out is frozen, since others get it too.
 */
export function remembering(helm: Helm, { size = keptSize }: { readonly size?: number } = {}): Helm {
  const kept = new Map<string, { readonly objects: KubernetesObject[]; readonly size: number }>();
  let total = 0;
  return {
    ...helm,
    async template(rendering, signal) {
      const key = keyOf(rendering);
      const known = kept.get(key);
      if (known) {
        kept.delete(key);
        kept.set(key, known);
        return known.objects;
      }
      const objects = frozen(await helm.template(rendering, signal));
      const made = { objects, size: JSON.stringify(objects).length };
      // two that rendered the same at once
      total += made.size - (kept.get(key)?.size ?? 0);
      kept.delete(key);
      kept.set(key, made);
      for (const [oldest, { size: freed }] of kept) {
        if (total <= size) break;
        kept.delete(oldest);
        total -= freed;
      }
      return objects;
    },
  };
}

function keyOf({ chart, release, namespace, values }: Rendering): string {
  return createHash('sha256')
    .update(canonicalJson([chart.identity, release, namespace, values]))
    .digest('hex');
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
}
