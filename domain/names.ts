import type { PlatformConfig } from './config.ts';
import { labelLimit } from './dns.ts';
import type { PatternFill } from './name-pattern.ts';
import { fillPattern, parsePattern, patternExpression } from './name-pattern.ts';
import type { CleanupTarget } from './outcome.ts';
import type { PlanInputs, PreviewNames } from './plan.ts';
import type { OwnerMark, PullRequestRef } from './pull-request.ts';

/** What names are made from; everything else about a platform does not change them. */
export type NamingPlatform = Pick<
  PlatformConfig,
  'name' | 'domain' | 'publicPort' | 'hosts' | 'namespace' | 'database'
>;

/** Stands for the place wherever it is not granted yet, and always in what is hashed. A DNS label. */
export const placeStandIn = 'place';

/** Helm's limit on release names. */
export const releaseLimit = 53;

/** Postgres' limit on identifiers, in bytes; our names are ASCII. */
const identifierLimit = 63;

/**
 * What a preview's things are called.
 *
 * @param preview.suffixes host suffix by service; `''` is the bare host, null means none.
 * @param preview.database whether the application has a database.
 */
export function previewNames(
  platform: NamingPlatform,
  inputs: Pick<PlanInputs, 'pullRequest' | 'place'>,
  preview: { readonly suffixes: Readonly<Record<string, string | null>>; readonly database: boolean },
): PreviewNames {
  const fill = fillOf(inputs.pullRequest, inputs.place);
  const hosts: Record<string, string> = {};
  const urls: Record<string, string> = {};
  for (const [service, suffix] of Object.entries(preview.suffixes)) {
    if (suffix === null) continue;
    const host = hostName(platform, { ...fill, suffix });
    hosts[service] = host;
    urls[service] = `https://${host}${platform.publicPort === 443 ? '' : `:${platform.publicPort}`}`;
  }
  return {
    namespace: namespaceName(platform, fill),
    database: preview.database && platform.database ? databaseName(platform.database.pattern, fill) : null,
    hosts,
    urls,
  };
}

/** What must be taken away of a pull request, whatever its application was: known by names alone. */
export function cleanupTarget(
  platform: NamingPlatform,
  ref: PullRequestRef,
  repositoryId: number | null,
): CleanupTarget {
  const fill = fillOf(ref, null);
  return {
    namespace: namespaceName(platform, fill),
    database: platform.database ? databaseName(platform.database.pattern, fill) : null,
    platform: platform.name,
    repositoryId,
    owner: ref.owner,
    repository: ref.repository,
    number: ref.number,
  };
}

/** Whose a preview's things are. */
export function ownerMark(
  platform: Pick<PlatformConfig, 'name'>,
  inputs: Pick<PlanInputs, 'pullRequest' | 'repositoryId'>,
): OwnerMark {
  const { owner, repository, number } = inputs.pullRequest;
  return { platform: platform.name, repositoryId: inputs.repositoryId, owner, repository, number };
}

/** The regular expression, for admission policies too, that exactly the platform's preview namespaces match. */
export function namespaceExpression(platform: Pick<PlatformConfig, 'namespace'>): string {
  return patternExpression(parsePattern(platform.namespace.pattern).parts);
}

/** One label in front of the domain, so that a wildcard certificate and one DNS record cover every preview. */
function hostName(platform: NamingPlatform, fill: PatternFill): string {
  const { parts } = parsePattern(platform.hosts.pattern);
  const end = parts.findIndex((part) => 'token' in part && part.token === 'domain');
  const label = (end === -1 ? parts : parts.slice(0, end)).map((part, index, all) =>
    'text' in part && index === all.length - 1 && end !== -1 ? { text: part.text.replace(/\.$/, '') } : part,
  );
  return `${fillPattern(label, fill, labelLimit)}.${platform.domain}`;
}

function namespaceName(platform: NamingPlatform, fill: PatternFill): string {
  return fillPattern(parsePattern(platform.namespace.pattern).parts, fill, labelLimit);
}

function databaseName(pattern: string, fill: PatternFill): string {
  return fillPattern(parsePattern(pattern).parts, fill, identifierLimit);
}

function fillOf(ref: PullRequestRef, place: string | null): PatternFill {
  if (!Number.isSafeInteger(ref.number) || ref.number < 1)
    throw new RangeError(`A pull request's number is an integer from 1, not ${String(ref.number)}.`);
  return {
    number: ref.number,
    repository: `${ref.owner}/${ref.repository}`,
    place: place ?? placeStandIn,
    suffix: '',
  };
}
