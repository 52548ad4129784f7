import type { CleanupTarget } from './outcome.ts';
import type { OwnerMark } from './pull-request.ts';
import { formatRef } from './pull-request.ts';

/** What is asked of a mark: whose the thing should be. An unknown repository id falls back to the repository's name. */
export type OwnerClaim = Pick<CleanupTarget, 'platform' | 'repositoryId' | 'owner' | 'repository' | 'number'>;

/**
 * The exact text of a mark, as it stands in the annotation `pr-preview.io/owner` of a namespace and in the COMMENT of
 * a database and of its role: compact JSON with its keys in this order.
 */
export function ownerText(mark: OwnerMark): string {
  return JSON.stringify(inOrder(mark));
}

/** As `ownerText`, with the instant (epoch milliseconds) at which the thing was made: for what cannot say it itself. */
export function datedOwnerText(mark: OwnerMark, createdAt: number): string {
  return JSON.stringify({ ...inOrder(mark), createdAt: new Date(createdAt).toISOString() });
}

/** The instant in a mark, in epoch milliseconds; null when it has none. */
export function readCreatedAt(text: string | null | undefined): number | null {
  const { createdAt } = (parse(text ?? '') ?? {}) as { createdAt?: unknown };
  const instant = typeof createdAt === 'string' ? Date.parse(createdAt) : Number.NaN;
  return Number.isNaN(instant) ? null : instant;
}

/** A mark's text with the id of the last reset of what it marks; everything else in it stays. */
export function withReset(text: string, reset: string): string {
  return JSON.stringify({ ...(parse(text) as object | null), reset });
}

/** The id of the last reset in a mark's text; null when there was none. */
export function readReset(text: string | null | undefined): string | null {
  const { reset } = (parse(text ?? '') ?? {}) as { reset?: unknown };
  return typeof reset === 'string' ? reset : null;
}

/** The mark that a text holds; null when it is none. Unknown keys are ignored. */
export function readOwnerText(text: string | null | undefined): OwnerMark | null {
  const value = parse(text ?? '');
  if (typeof value !== 'object' || value === null) return null;
  const { platform, repositoryId, owner, repository, number } = value as Record<string, unknown>;
  if (typeof platform !== 'string' || typeof owner !== 'string' || typeof repository !== 'string')
    return null;
  if (typeof repositoryId !== 'number' || typeof number !== 'number') return null;
  return { platform, repositoryId, owner, repository, number };
}

/** Whether the thing that carries `mark` belongs to `claim`. A repository is known by its id: names change. */
export function belongsTo(mark: OwnerMark | null, claim: OwnerClaim): boolean {
  if (!mark || mark.platform !== claim.platform || mark.number !== claim.number) return false;
  if (claim.repositoryId !== null) return mark.repositoryId === claim.repositoryId;
  const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
  return same(mark.owner, claim.owner) && same(mark.repository, claim.repository);
}

/** Whose a thing with this mark is, in words: for refusals. */
export function describeOwner(mark: OwnerMark): string {
  return `${formatRef(mark)} of platform "${mark.platform}" (repository id ${mark.repositoryId})`;
}

function inOrder({ platform, repositoryId, owner, repository, number }: OwnerMark): OwnerMark {
  return { platform, repositoryId, owner, repository, number };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
