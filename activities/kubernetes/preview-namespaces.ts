import { readOwnerText } from '../../domain/owner.ts';
import type { OwnerMark } from '../../domain/pull-request.ts';
import type { KubernetesApi } from './api.ts';
import { listObjects } from './objects.ts';
import { leaseAnnotation, managedBy, ownerAnnotation, placeAnnotation } from './owner.ts';
import { type Namespace, resources } from './resources.ts';

/** A namespace of ours, and what it says of itself. */
export interface PreviewNamespace {
  readonly name: string;
  readonly owner: OwnerMark;
  /** It is going away; until it is gone it holds its place. */
  readonly terminating: boolean;
  /** Epoch milliseconds; null: the cluster did not say. */
  readonly createdAt: number | null;
  /** Id of the lease it was made under; null: not written on it. */
  readonly lease: string | null;
  /** Stem of a pool of fixed stems; null in a pool of numbers. */
  readonly place: string | null;
}

/**
 * All namespaces of a platform, those that are going away included, read from the server's present state. What carries
 * our label but no readable mark of this platform is nobody's that we know, and left out.
 */
export async function listPreviewNamespaces(
  api: KubernetesApi,
  { platform }: { readonly platform: string },
  signal: AbortSignal,
): Promise<readonly PreviewNamespace[]> {
  const labelSelector = Object.entries(managedBy)
    .map(([label, value]) => `${label}=${value}`)
    .join(',');
  const { items } = await listObjects(api, resources.namespaces, { namespace: null, labelSelector, signal });
  return items.flatMap((namespace) => {
    const read = readNamespace(namespace);
    return read?.owner.platform === platform ? [read] : [];
  });
}

function readNamespace({ metadata }: Namespace): PreviewNamespace | null {
  const annotations = metadata?.annotations ?? {};
  const owner = readOwnerText(annotations[ownerAnnotation]);
  if (owner === null) return null;
  const createdAt = Date.parse(metadata?.creationTimestamp ?? '');
  return {
    name: metadata?.name ?? '',
    owner,
    terminating: metadata?.deletionTimestamp !== undefined,
    createdAt: Number.isNaN(createdAt) ? null : createdAt,
    lease: annotations[leaseAnnotation] ?? null,
    place: annotations[placeAnnotation] ?? null,
  };
}
