import type { PlanReference } from '../../domain/plan.ts';
import { failure } from '../failure.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { Plans } from '../plan/plans.ts';
import type { ReleaseOperations } from './activities.ts';
import { fenceHolder } from './activities.ts';
import { HelmError } from './failure.ts';
import type { Helm } from './helm.ts';

export interface RemoveReleaseActivities {
  /** Uninstalls a release that the preview no longer has; one that is not there is success. */
  removeRelease(input: { readonly plan: PlanReference; readonly release: string }): Promise<void>;
}

export function createRemoveReleaseActivities(deps: {
  readonly helm: Pick<Helm, 'uninstall'>;
  readonly plans: Plans;
  readonly operations: Pick<ReleaseOperations, 'acquireFence'>;
}): RemoveReleaseActivities {
  return {
    removeRelease: ({ plan: reference, release }) =>
      withHeartbeat(async (signal) => {
        const { plan } = await deps.plans.load(reference, signal);
        const where = { namespace: plan.names.namespace, release };
        const fence = await deps.operations.acquireFence(
          { namespace: where.namespace, name: `helm-${release}`, holder: fenceHolder() },
          signal,
        );
        try {
          await deps.helm.uninstall(where, fence.signal);
        } catch (error) {
          if (!(error instanceof HelmError)) throw error;
          throw failure(error.type, `helm uninstall of ${release} failed: ${error.message}`, {
            cause: error,
          });
        } finally {
          await fence.release();
        }
      }),
  };
}
