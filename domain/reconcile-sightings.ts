import { parseLeaseId } from './capacity-messages.ts';
import { isRef } from './preview-input.ts';
import type { OwnerMark, PullRequestRef } from './pull-request.ts';
import type {
  ReapWorld,
  SeenDatabase,
  SeenLease,
  SeenNamespace,
  SeenPullRequest,
} from './reconcile-world.ts';
import { parsePreviewWorkflowId, previewWorkflowId } from './workflow-ids.ts';

/** Everything that was seen of one pull request. */
export interface Sighting {
  readonly workflowId: string;
  /** As a mark or GitHub spells it; lower-cased where only Temporal knows of it. */
  readonly ref: PullRequestRef;
  /** Temporal lists it as open. */
  readonly listed: boolean;
  readonly pullRequest: SeenPullRequest | null;
  readonly namespaces: readonly SeenNamespace[];
  readonly databases: readonly SeenDatabase[];
  readonly leases: readonly SeenLease[];
}

/**
 * Puts together what the lists have of each pull request, ordered by workflow id. Left out is what is another
 * platform's, and what names no pull request. A mark of a repository that the platform no longer allows is ours all
 * the same: what it is on has to go.
 */
export function sightings(world: ReapWorld): Sighting[] {
  const found = new Map<string, Sighting>();
  const see = (ref: PullRequestRef, change: (before: Sighting) => Partial<Sighting>): void => {
    const workflowId = previewWorkflowId(ref);
    const before = found.get(workflowId) ?? nothingOf(workflowId, ref);
    found.set(workflowId, { ...before, ...change(before) });
  };
  for (const { list } of world.pullRequests)
    for (const pullRequest of itemsOf(list)) see(pullRequest.ref, () => ({ pullRequest }));
  for (const namespace of itemsOf(world.namespaces).filter(isOurs(world)))
    see(refOf(namespace.owner), (before) => ({ namespaces: [...before.namespaces, namespace] }));
  for (const database of itemsOf(world.databases).filter(isOurs(world)))
    see(refOf(database.owner), (before) => ({ databases: [...before.databases, database] }));
  for (const lease of itemsOf(world.leases)) {
    const ref = parsePreviewWorkflowId(parseLeaseId(lease.id)?.workflowId ?? '');
    if (ref) see(ref, (before) => ({ leases: [...before.leases, lease] }));
  }
  for (const workflowId of itemsOf(world.previews)) {
    const ref = parsePreviewWorkflowId(workflowId);
    if (ref) see(ref, () => ({ listed: true }));
  }
  return [...found.values()].sort((one, other) => (one.workflowId < other.workflowId ? -1 : 1));
}

function itemsOf<T>(
  list: { readonly ok: true; readonly items: readonly T[] } | { readonly ok: false },
): readonly T[] {
  return list.ok ? list.items : [];
}

function isOurs({ scope }: ReapWorld): (thing: { readonly owner: OwnerMark }) => boolean {
  return ({ owner }) => owner.platform === scope.platform && isRef(refOf(owner));
}

function refOf({ owner, repository, number }: OwnerMark): PullRequestRef {
  return { owner, repository, number };
}

function nothingOf(workflowId: string, ref: PullRequestRef): Sighting {
  return { workflowId, ref, listed: false, pullRequest: null, namespaces: [], databases: [], leases: [] };
}
