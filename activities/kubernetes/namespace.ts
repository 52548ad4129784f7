import { failure } from '../failure.ts';
import type { OwnerMark } from '../../domain/pull-request.ts';
import type { KubernetesApi } from './api.ts';
import { isConflict } from './api-error.ts';
import { blockersOf } from './blockers.ts';
import { applyObject, createObject, readObject } from './objects.ts';
import {
  type ExpectedOwner,
  foreignOwner,
  leaseAnnotation,
  marks,
  placeAnnotation,
  releasesAnnotation,
} from './owner.ts';
import { pause } from './pause.ts';
import { type Namespace, resources } from './resources.ts';

/** What pods of a preview may not be; admission lets the worker make no preview without it. */
export const podSecurity = {
  'pod-security.kubernetes.io/enforce': 'baseline',
  'pod-security.kubernetes.io/warn': 'restricted',
} as const;

/** How long a namespace that is still going away is waited for before Temporal tries again. */
const terminatingMs = 4 * 60_000;

export type NamespaceReading =
  | { readonly state: 'absent' }
  | { readonly state: 'ours'; readonly namespace: Namespace }
  | { readonly state: 'foreign'; readonly whose: string };

export interface WantedNamespace {
  readonly namespace: string;
  readonly owner: OwnerMark;
  /** Hosts that Ingresses in it may claim. */
  readonly hosts: readonly string[];
  /** The lease it is made under, from which its pool is rebuilt should that be lost; null: none. */
  readonly lease: string | null;
  /** Stem of a pool of fixed stems; null in a pool of numbers. */
  readonly place: string | null;
  /** Helm release by service, for people and tools that look without Temporal. Default: not written. */
  readonly releases?: Readonly<Record<string, string>>;
}

/** Reads a namespace and whose it is. */
export async function readNamespace(
  api: KubernetesApi,
  expected: ExpectedOwner & { readonly namespace: string },
  signal: AbortSignal,
): Promise<NamespaceReading> {
  const at = { namespace: null, name: expected.namespace, signal };
  const namespace = await readObject(api, resources.namespaces, at);
  if (!namespace) return { state: 'absent' };
  const whose = foreignOwner(namespace, expected);
  return whose === null ? { state: 'ours', namespace } : { state: 'foreign', whose };
}

/**
 * Makes the namespace, or brings ours up to date. One that is going away is waited for, up to 4 min.
 *
 * @throws failure `NamespaceNotOurs` saying whose it is, `NamespaceTerminating`.
 */
export async function ensureNamespace(
  api: KubernetesApi,
  wanted: WantedNamespace,
  signal: AbortSignal,
): Promise<{ readonly uid: string }> {
  const deadline = Date.now() + terminatingMs;
  for (;;) {
    const reading = await readNamespace(api, { ...wanted.owner, namespace: wanted.namespace }, signal);
    if (reading.state === 'foreign') throw notOurs(wanted.namespace, reading.whose);
    const uid = reading.state === 'ours' ? (reading.namespace.metadata?.uid ?? '') : null;
    if (reading.state === 'ours' && reading.namespace.metadata?.deletionTimestamp !== undefined) {
      if (Date.now() > deadline) throw stillTerminating(reading.namespace);
      await pause(500, signal);
      continue;
    }
    const written = await writeNamespace(api, { ...wanted, uid }, signal);
    if (written) return { uid: written.metadata?.uid ?? '' };
  }
}

/** The failure for a namespace that is somebody else's. */
function notOurs(namespace: string, whose: string): Error {
  return failure(
    'NamespaceNotOurs',
    `Namespace ${namespace} belongs to ${whose}. It was not touched. ` +
      'Delete it, or give one of the two platforms another namespace pattern.',
  );
}

/** @returns null when somebody else was faster, so that it must be read again. */
async function writeNamespace(
  api: KubernetesApi,
  wanted: WantedNamespace & { readonly uid: string | null },
  signal: AbortSignal,
): Promise<Namespace | null> {
  const object = { at: { namespace: null, name: wanted.namespace }, body: bodyOf(wanted), signal };
  try {
    return wanted.uid === null
      ? await createObject(api, resources.namespaces, object)
      : await applyObject(api, resources.namespaces, object);
  } catch (error) {
    if (isConflict(error)) return null;
    throw error;
  }
}

function bodyOf(wanted: WantedNamespace & { readonly uid: string | null }): object {
  const { labels, annotations } = marks(wanted.owner);
  return {
    metadata: {
      ...(wanted.uid === null ? {} : { uid: wanted.uid }),
      labels: {
        ...labels,
        app: 'preview',
        pr: String(wanted.owner.number),
        ...podSecurity,
      },
      annotations: {
        ...annotations,
        'pr-preview.io/hosts': wanted.hosts.join(','),
        ...(wanted.releases === undefined ? {} : { [releasesAnnotation]: JSON.stringify(wanted.releases) }),
        ...(wanted.lease === null ? {} : { [leaseAnnotation]: wanted.lease }),
        ...(wanted.place === null ? {} : { [placeAnnotation]: wanted.place }),
      },
    },
  };
}

function stillTerminating(namespace: Namespace): Error {
  const blockers = blockersOf(namespace);
  return failure(
    'NamespaceTerminating',
    `Namespace ${namespace.metadata?.name} is still going away after 4 minutes: ${blockers.join('; ') || 'no reason given'}.`,
  );
}
