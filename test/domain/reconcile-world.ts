import type { OwnerMark } from '../../domain/pull-request.ts';
import type {
  DescribedPreview,
  Listed,
  ReapWorld,
  SeenDatabase,
  SeenLease,
  SeenMemo,
  SeenNamespace,
  SeenPullRequest,
} from '../../domain/reconcile-world.ts';
import { previewWorkflowId } from '../../domain/workflow-ids.ts';
import { sha } from './support.ts';

/** The instant at which everything is looked at. */
export const now = Date.UTC(2026, 10, 26, 12);
/** Long ago enough for anything. */
const longAgo = now - 3_600_000;
/** Too short ago for anything. */
export const justNow = now - 60_000;

export const away: Listed<never> = { ok: false, why: 'it does not answer' };

export function idOf(number: number): string {
  return previewWorkflowId(refOf(number));
}

export function refOf(number: number): { owner: string; repository: string; number: number } {
  return { owner: 'example', repository: 'videocall', number };
}

export function markOf(number: number, changes: Partial<OwnerMark> = {}): OwnerMark {
  return { platform: 'pr-preview', repositoryId: 42, ...refOf(number), ...changes };
}

/** A world in which every system answered and has nothing. */
export function emptyWorld(changes: Partial<ReapWorld> = {}): ReapWorld {
  return {
    scope: {
      platform: 'pr-preview',
      repositories: ['example/videocall'],
      outsiders: 'approve',
      databases: true,
    },
    previews: listed([]),
    pullRequests: pullRequests([]),
    namespaces: listed([]),
    databases: listed([]),
    leases: listed([]),
    pool: 'open',
    ...changes,
  };
}

export function listed<T>(items: readonly T[]): Listed<T> {
  return { ok: true, items };
}

export function pullRequests(items: readonly SeenPullRequest[]): ReapWorld['pullRequests'] {
  return [{ repository: 'example/videocall', list: listed(items) }];
}

export function openPullRequest(number: number, changes: Partial<SeenPullRequest> = {}): SeenPullRequest {
  return {
    ref: refOf(number),
    sha: sha(number),
    startsByItself: true,
    outsider: false,
    updatedAt: longAgo,
    ...changes,
  };
}

export function namespace(number: number, changes: Partial<SeenNamespace> = {}): SeenNamespace {
  return {
    name: `preview-${number}`,
    owner: markOf(number),
    createdAt: longAgo,
    terminating: false,
    ...changes,
  };
}

export function database(number: number, changes: Partial<SeenDatabase> = {}): SeenDatabase {
  return { name: `preview_${number}`, owner: markOf(number), createdAt: longAgo, ...changes };
}

export function lease(number: number, changes: Partial<SeenLease> = {}): SeenLease {
  return { id: `${idOf(number)}#1`, since: longAgo, ...changes };
}

export function absent(number: number): DescribedPreview {
  return { workflowId: idOf(number), state: 'absent' };
}

/** A preview that serves its head and has time left, unless something else is said. */
export function open(
  number: number,
  memo: Partial<SeenMemo> | null = {},
  changes: { readonly startedAt?: number; readonly taskAttempt?: number } = {},
): DescribedPreview {
  return {
    workflowId: idOf(number),
    state: 'open',
    startedAt: longAgo,
    taskAttempt: 0,
    memo: memo && {
      phase: 'ready',
      reason: 'serves',
      deadline: now + 3_600_000,
      head: sha(number),
      holds: 'yes',
      pullRequest: 'open',
      ...memo,
    },
    ...changes,
  };
}
