import { log } from '@temporalio/activity';
import type { PlanReference } from '../../domain/plan.ts';
import { failure } from '../failure.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { Plans } from '../plan/plans.ts';
import type { ReleaseOperations } from './activities.ts';
import { fenceHolder } from './activities.ts';
import { HelmError } from './failure.ts';
import type { Helm } from './helm.ts';
import type { ReleaseName, Releases } from './releases.ts';

export interface RemoveReleaseInput {
  readonly plan: PlanReference;
  readonly release: string;
  /** Waits until the last of its pods is gone, or for two minutes. Default false. */
  readonly untilGone?: boolean;
}

export interface RemoveReleaseActivities {
  /** Uninstalls a release of the preview; one that is not there is success. */
  removeRelease(input: RemoveReleaseInput): Promise<void>;
  /**
   * Uninstalls every release in the preview's namespace that the plan does not have, finished or not: the namespace
   * is the preview's alone, and so is what Helm has in it.
   *
   * @returns what was removed.
   */
  removeStrayReleases(input: { readonly plan: PlanReference }): Promise<{ removed: readonly string[] }>;
}

export interface RemoveReleaseDependencies {
  readonly helm: Pick<Helm, 'uninstall' | 'endLeftovers'>;
  readonly releases: Pick<Releases, 'names'>;
  readonly plans: Plans;
  readonly operations: Pick<ReleaseOperations, 'acquireFence'> & {
    awaitOrphansGone(
      orphans: { readonly namespace: string; readonly withinMs: number },
      signal: AbortSignal,
    ): Promise<boolean>;
  };
}

/** As long as a cleanup waits for pods before it drops their database. */
const goneMs = 120_000;

/** Makes the activities that take releases away. */
export function createRemoveReleaseActivities(deps: RemoveReleaseDependencies): RemoveReleaseActivities {
  return {
    removeRelease: ({ plan: reference, release, untilGone = false }) =>
      withHeartbeat(async (signal) => {
        const { plan } = await deps.plans.load(reference, signal);
        const { namespace } = plan.names;
        await remove(deps, { namespace, release }, signal);
        if (!untilGone) return;
        const gone = await deps.operations.awaitOrphansGone({ namespace, withinMs: goneMs }, signal);
        if (!gone) log.warn('pods of a removed release are still there', { namespace, release });
      }),
    removeStrayReleases: ({ plan: reference }) =>
      withHeartbeat(async (signal) => {
        const { plan } = await deps.plans.load(reference, signal);
        const { namespace } = plan.names;
        const kept = new Set(plan.services.map(({ release }) => release));
        const names = await deps.releases.names(namespace, signal);
        const removed = names.filter((release) => !kept.has(release));
        const removals = removed.map((release) => remove(deps, { namespace, release }, signal));
        const failed = (await Promise.allSettled(removals)).find(({ status }) => status === 'rejected');
        if (failed?.status === 'rejected') throw failed.reason;
        if (removed.length > 0) log.info('Releases that the plan does not have were removed', { removed });
        return { removed };
      }),
  };
}

async function remove(
  { helm, releases, operations }: RemoveReleaseDependencies,
  where: ReleaseName,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, release } = where;
  const fence = await operations.acquireFence(
    { namespace, name: `helm-${release}`, holder: fenceHolder() },
    signal,
  );
  try {
    // one that a killed worker left would go on installing what is removed here
    await helm.endLeftovers(where, fence.signal);
    await helm.uninstall(where, fence.signal);
  } catch (error) {
    if (!(error instanceof HelmError)) throw error;
    // another took it away meanwhile
    if (!(await releases.names(namespace, signal)).includes(release)) return;
    throw failure(error.type, `helm uninstall of ${release} failed: ${error.message}`, { cause: error });
  } finally {
    await fence.release();
  }
}
