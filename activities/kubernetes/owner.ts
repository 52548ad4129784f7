import type { OwnerMark } from '../../domain/pull-request.ts';
import type { Namespace } from './resources.ts';

export const managedBy = { 'app.kubernetes.io/managed-by': 'pr-preview' } as const;
export const ownerAnnotation = 'pr-preview.io/owner';
/** On a namespace: the lease it was made under, and its place where that is a fixed stem. */
export const leaseAnnotation = 'pr-preview.io/lease';
export const placeAnnotation = 'pr-preview.io/place';
/** On a namespace: JSON of its Helm releases by service. */
export const releasesAnnotation = 'pr-preview.io/releases';

/** Whom a namespace must belong to; what is null is not compared. */
export interface ExpectedOwner {
  readonly platform: string;
  readonly repositoryId: number | null;
  readonly owner: string;
  readonly repository: string;
  readonly number: number;
}

/** Labels and annotations that everything of ours carries. */
export function marks(owner: OwnerMark): {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
} {
  const { platform, repositoryId, owner: login, repository, number } = owner;
  const mark = { platform, repositoryId, owner: login, repository, number };
  return { labels: managedBy, annotations: { [ownerAnnotation]: JSON.stringify(mark) } };
}

/** Whose a namespace is; `null` means it is the expected owner's. */
export function foreignOwner(namespace: Namespace, expected: ExpectedOwner): string | null {
  const label = namespace.metadata?.labels?.['app.kubernetes.io/managed-by'];
  const written = namespace.metadata?.annotations?.[ownerAnnotation];
  if (label !== managedBy['app.kubernetes.io/managed-by']) return strangerOf(namespace, label);
  const mark = parseMark(written);
  if (!mark) return `nobody known: its annotation ${ownerAnnotation} is missing or unreadable`;
  return isSame(mark, expected)
    ? null
    : `${mark.owner}/${mark.repository}#${mark.number} of platform ${mark.platform}`;
}

/** The owner that is written on a namespace of ours; null: it is not ours, or nothing readable is. */
export function readOwner({ metadata }: Namespace): OwnerMark | null {
  const isOurs =
    metadata?.labels?.['app.kubernetes.io/managed-by'] === managedBy['app.kubernetes.io/managed-by'];
  return isOurs ? parseMark(metadata.annotations?.[ownerAnnotation]) : null;
}

/** A renamed repository keeps its id, so the id decides where it is known. */
function isSame(mark: OwnerMark, expected: ExpectedOwner): boolean {
  if (mark.platform !== expected.platform || mark.number !== expected.number) return false;
  if (expected.repositoryId !== null) return mark.repositoryId === expected.repositoryId;
  return (
    mark.owner.toLowerCase() === expected.owner.toLowerCase() &&
    mark.repository.toLowerCase() === expected.repository.toLowerCase()
  );
}

function strangerOf(namespace: Namespace, label: string | undefined): string {
  if (label !== undefined) return `${label} (label app.kubernetes.io/managed-by)`;
  const creator = namespace.metadata?.managedFields?.[0]?.manager;
  return creator === undefined ? 'somebody else' : `somebody else, made with ${creator}`;
}

function parseMark(text: string | undefined): OwnerMark | null {
  try {
    const mark: unknown = JSON.parse(text ?? '');
    return isMark(mark) ? mark : null;
  } catch {
    return null;
  }
}

function isMark(value: unknown): value is OwnerMark {
  if (typeof value !== 'object' || value === null) return false;
  const mark = value as Partial<Record<keyof OwnerMark, unknown>>;
  return (
    typeof mark.platform === 'string' &&
    typeof mark.repositoryId === 'number' &&
    typeof mark.owner === 'string' &&
    typeof mark.repository === 'string' &&
    typeof mark.number === 'number'
  );
}
