import type { PullRequestRef } from './pull-request.ts';

/**
 * Ids are fixed, so that each is also a lock. Lower-cased: GitHub does not tell `Owner` from `owner`. Colons keep
 * owner, repository and number apart; hyphens could not.
 */
export function previewWorkflowId(ref: PullRequestRef): string {
  return `preview:${tail(ref)}`;
}

export function checkWorkflowId(ref: PullRequestRef): string {
  return `check:${tail(ref)}`;
}

export function deployWorkflowId(ref: PullRequestRef): string {
  return `deploy:${tail(ref)}`;
}

export function cleanupWorkflowId(ref: PullRequestRef): string {
  return `cleanup:${tail(ref)}`;
}

/** One queue for each pool; a pool is called like its platform. */
export function capacityWorkflowId(pool: string): string {
  return `capacity:${pool}`;
}

/** The Schedule that starts the reaper of a platform. */
export function reapScheduleId(platform: string): string {
  return `reap:${platform}`;
}

/** A run of the reaper that a person starts: one at a time of each kind. A task queue serves one platform. */
export function reapWorkflowId(taskQueue: string, dryRun: boolean): string {
  return `reap:${taskQueue}:${dryRun ? 'dry-run' : 'now'}`;
}

/** The pull request, lower-cased, that a preview's workflow id names; null when it is none. */
export function parsePreviewWorkflowId(id: string): PullRequestRef | null {
  const groups =
    /^preview:(?<owner>[a-z0-9][a-z0-9_-]{0,38}):(?<repository>[a-z0-9._-]{1,100}):(?<number>[1-9]\d{0,14})$/.exec(
      id,
    )?.groups;
  if (!groups) return null;
  const { owner = '', repository = '', number } = groups;
  return { owner, repository, number: Number(number) };
}

function tail({ owner, repository, number }: PullRequestRef): string {
  return `${owner.toLowerCase()}:${repository.toLowerCase()}:${number}`;
}
