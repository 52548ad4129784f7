import type {
  ReapScope,
  ReapWorld,
  SeenDatabase,
  SeenNamespace,
  SeenPullRequest,
} from './reconcile-world.ts';
import type { Sighting } from './reconcile-sightings.ts';

/** What is younger is being worked on, and left. */
const youngMs = 10 * 60_000;

/** Whether the platform would have started a preview of an open pull request. */
export function startsPreview(
  { outsiders }: ReapScope,
  { startsByItself, outsider }: SeenPullRequest,
): boolean {
  return startsByItself && !(outsider && outsiders === 'never');
}

/** Whether an instant is less than ten minutes ago; one that is not known is not. */
export function isYoung(instant: number | null, now: number): boolean {
  return instant !== null && now - instant < youngMs;
}

/** Whether any thing of a pull request is young: then all of them may be in the making. */
export function hasYoung({ namespaces, databases }: Sighting, now: number): boolean {
  return [...namespaces, ...databases].some(({ createdAt }: SeenNamespace | SeenDatabase) =>
    isYoung(createdAt, now),
  );
}

/** Whether GitHub said, for certain, that no pull request of this name is open. */
export function isSurelyNotOpen({ pullRequests }: ReapWorld, { ref, pullRequest }: Sighting): boolean {
  const name = `${ref.owner}/${ref.repository}`.toLowerCase();
  const listing = pullRequests.find(({ repository }) => repository.toLowerCase() === name);
  return pullRequest === null && listing?.list.ok === true;
}
