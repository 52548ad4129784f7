import type { PullRequestRef } from '../../domain/pull-request.ts';
import type { KubernetesApi } from './api.ts';
import { listObjects, readObject } from './objects.ts';
import { managedBy, readOwner, releasesAnnotation } from './owner.ts';
import { type Namespace, resources } from './resources.ts';

/** A preview's namespace as anybody may see it who may read namespaces. */
export interface FoundPreview {
  readonly namespace: string;
  /** Helm release by service; empty where an older version made it. */
  readonly releases: Readonly<Record<string, string>>;
}

/** Namespaces of a pull request's previews; one for each platform that has one. @throws `ApiError`, `NoAnswer`. */
export async function findPreviews(
  api: KubernetesApi,
  ref: PullRequestRef,
  signal: AbortSignal,
): Promise<readonly FoundPreview[]> {
  const labels = { ...managedBy, pr: String(ref.number) };
  const labelSelector = Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
  const { items } = await listObjects(api, resources.namespaces, { namespace: null, labelSelector, signal });
  return items.filter((namespace) => isOf(namespace, ref)).map(found);
}

/** One namespace, if it is this pull request's. Null: it is not there, or somebody else's. */
export async function readPreview(
  api: KubernetesApi,
  { ref, name }: { readonly ref: PullRequestRef; readonly name: string },
  signal: AbortSignal,
): Promise<FoundPreview | null> {
  const namespace = await readObject(api, resources.namespaces, { namespace: null, name, signal });
  return namespace !== null && isOf(namespace, ref) ? found(namespace) : null;
}

function isOf(namespace: Namespace, { owner, repository, number }: PullRequestRef): boolean {
  const mark = readOwner(namespace);
  const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
  return (
    mark !== null && mark.number === number && same(mark.owner, owner) && same(mark.repository, repository)
  );
}

function found({ metadata }: Namespace): FoundPreview {
  return {
    namespace: metadata?.name ?? '',
    releases: releasesOf(metadata?.annotations?.[releasesAnnotation]),
  };
}

function releasesOf(text: string | undefined): Readonly<Record<string, string>> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    if (typeof value !== 'object' || value === null) return {};
    const entries = Object.entries(value).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    return Object.fromEntries(entries);
  } catch {
    return {};
  }
}
