import type { FoundThings } from './messages.ts';
import type { Orphan, ReapAction, Verdict } from './reconcile.ts';
import { hasYoung, isYoung, startsPreview } from './reconcile-policy.ts';
import type { Sighting } from './reconcile-sightings.ts';
import type { ReapWorld, SeenLease } from './reconcile-world.ts';

/**
 * What follows for a pull request without an open preview: what is left of it is handed to a new preview, which takes
 * it away; a place goes back once its namespace is gone; with nothing left, an open pull request gets the preview that
 * the platform would have started.
 */
export function judgeAbsent(world: ReapWorld, sighting: Sighting, now: number): Verdict {
  const orphans = orphansOf(world, sighting);
  if (hasYoung(sighting, now)) return { orphans, young: true };
  if (sighting.namespaces.length + sighting.databases.length > 0)
    return { orphans, actions: [cleanUp(sighting), ...releases(world, sighting, now)] };
  return { orphans, actions: [...releases(world, sighting, now), ...pushes(world, sighting, now)] };
}

/** Places of a pull request, and requests for one, that nobody needs any more. A namespace that may be there keeps its place. */
export function releases(world: ReapWorld, sighting: Sighting, now: number): ReapAction[] {
  if (!world.namespaces.ok || sighting.namespaces.length > 0) return [];
  const { workflowId } = sighting;
  return sighting.leases
    .filter(({ since }: SeenLease) => !isYoung(since, now))
    .map(({ id }) => ({
      kind: 'release',
      workflowId,
      leaseId: id,
      why: `place ${id} is held or waited for by nobody`,
    }));
}

/** What is there under its real names. Only things with the same repository's mark, at once; others are for a later run. */
export function foundIn({ namespaces, databases }: Pick<Sighting, 'namespaces' | 'databases'>): FoundThings {
  const { repositoryId } = (namespaces[0] ?? databases[0])?.owner ?? { repositoryId: null };
  const named = <T extends { readonly owner: { readonly repositoryId: number } }>(things: readonly T[]) =>
    things.find(({ owner }) => owner.repositoryId === repositoryId);
  return {
    namespace: named(namespaces)?.name ?? null,
    database: named(databases)?.name ?? null,
    repositoryId,
  };
}

function cleanUp(sighting: Sighting): ReapAction {
  const { workflowId, ref } = sighting;
  const found = foundIn(sighting);
  const words = [
    found.namespace === null ? null : `namespace ${found.namespace}`,
    found.database === null ? null : `database or role ${found.database}`,
  ].filter((word) => word !== null);
  return { kind: 'clean-up', workflowId, ref, found, why: `no preview looks after ${words.join(' and ')}` };
}

/** Only with everything known: what is left behind has to be taken away before anything new is made. */
function pushes(world: ReapWorld, { workflowId, ref, pullRequest }: Sighting, now: number): ReapAction[] {
  if (pullRequest === null || !startsPreview(world.scope, pullRequest)) return [];
  if (isYoung(pullRequest.updatedAt, now) || !world.namespaces.ok || !world.databases.ok) return [];
  const { sha } = pullRequest;
  return [{ kind: 'push', workflowId, ref, sha, why: 'the pull request is open and has no preview' }];
}

function orphansOf(
  { scope }: ReapWorld,
  { workflowId, namespaces, databases, leases, pullRequest }: Sighting,
): Orphan[] {
  const waits = pullRequest !== null && startsPreview(scope, pullRequest) ? [pullRequest.sha] : [];
  return [
    ...namespaces.map(({ name }): Orphan => ({ kind: 'namespace', workflowId, name })),
    ...databases.map(({ name }): Orphan => ({ kind: 'database', workflowId, name })),
    ...leases.map(({ id }): Orphan => ({ kind: 'place', workflowId, name: id })),
    ...waits.map((name): Orphan => ({ kind: 'pull-request', workflowId, name })),
  ];
}
