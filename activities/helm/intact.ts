import type { KubernetesApi } from '../kubernetes/api.ts';
import { mapped } from '../kubernetes/failure.ts';
import { listObjects } from '../kubernetes/objects.ts';
import type { Resource } from '../kubernetes/resources.ts';
import { resources } from '../kubernetes/resources.ts';
import { parseManifests } from './manifests.ts';
import type { ReleaseRecord } from './release-record.ts';

/** The part of an object that tells whether somebody took it away or scaled it. */
interface Seen {
  readonly metadata?: { readonly name?: string };
  readonly spec?: { readonly replicas?: number };
}

const looked: readonly Resource<Seen>[] = [
  resources.deployments,
  resources.statefulSets,
  { apiVersion: 'v1', kind: 'Service', plural: 'services', namespaced: true },
  { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', plural: 'ingresses', namespaced: true },
];

/**
 * Whether what a release applied is still there: a release that Helm calls deployed may have lost a Deployment to
 * somebody's `kubectl delete`, or have been scaled to nothing. Looks at what serves only.
 *
 * @param api with the worker's rights.
 */
export async function isIntact(
  api: KubernetesApi,
  { namespace, record }: { readonly namespace: string; readonly record: ReleaseRecord },
  signal: AbortSignal,
): Promise<boolean> {
  const objects = parseManifests(record.manifest, 'the deployed release');
  const answers = await Promise.all(
    looked.map(async (resource) => {
      const wanted = objects.filter(({ kind }) => kind === resource.kind);
      if (wanted.length === 0) return true;
      const there = await mapped(`looking for what serves in ${namespace}`, () =>
        listObjects(api, resource, { namespace, signal }),
      );
      return wanted.every((object) => there.items.some((item) => isSame(object, item)));
    }),
  );
  return answers.every(Boolean);
}

function isSame(wanted: Seen, there: Seen): boolean {
  const replicas = wanted.spec?.replicas;
  return (
    wanted.metadata?.name === there.metadata?.name &&
    (replicas === undefined || replicas === there.spec?.replicas)
  );
}
