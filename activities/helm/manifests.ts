import type { KubernetesObject } from '@kubernetes/client-node';
import type { Tags } from 'yaml';
import { parseAllDocuments } from 'yaml';
import { failure } from '../failure.ts';

/**
 * Reads rendered manifests the way Helm's own reader does: YAML 1.1 (`0644` is octal, `yes` is true), but times and
 * dates stay text, and of keys given twice the last one counts. Lists are taken apart; empty documents are skipped.
 *
 * @throws failure `ChartInvalid` naming the line.
 */
export function parseManifests(text: string, chart: string): KubernetesObject[] {
  const documents = parseAllDocuments(text, {
    version: '1.1',
    customTags: withoutTimes,
    uniqueKeys: false,
    maxAliasCount: 100,
  } as Parameters<typeof parseAllDocuments>[1]);
  return (Array.isArray(documents) ? documents : []).flatMap((document) => {
    const error = document.errors[0];
    if (error) throw failure('ChartInvalid', `${chart} renders to bad YAML: ${error.message}`);
    return objectsIn(document.toJS({ maxAliasCount: 100 }), chart);
  });
}

function withoutTimes(tags: Tags): Tags {
  return tags.filter(
    (tag) =>
      typeof tag === 'string' ||
      !(('format' in tag && tag.format === 'TIME') || tag.tag.endsWith(':timestamp')),
  );
}

function objectsIn(value: unknown, chart: string): KubernetesObject[] {
  if (value === null || value === undefined) return [];
  const object = value as KubernetesObject & { items?: unknown };
  if (typeof value !== 'object' || typeof object.kind !== 'string' || typeof object.apiVersion !== 'string') {
    throw failure(
      'ChartInvalid',
      `${chart} renders to something that is no Kubernetes object (no kind or apiVersion).`,
    );
  }
  if (object.kind.endsWith('List') && Array.isArray(object.items)) {
    return object.items.flatMap((item) => objectsIn(item, chart));
  }
  return [object];
}
