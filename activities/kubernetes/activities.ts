import { Context, log } from '@temporalio/activity';
import { withHeartbeat } from '../heartbeat.ts';
import type { Plans } from '../plan/plans.ts';
import type { CleanupTarget, ServiceProgress } from '../../domain/outcome.ts';
import type { PlanReference } from '../../domain/plan.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import type { PreviewStatus } from '../../domain/status.ts';
import { awaitNamespaceGone, deleteNamespace, type Deletion } from './cleanup.ts';
import type { KubernetesClients, ServiceAccountName } from './clients.ts';
import { createDiscovery } from './discovery.ts';
import { clusterFailure } from './failure.ts';
import { prepareNamespace, type Render } from './prepare.ts';
import type { Baseline } from './watch/baseline.ts';
import { createComment } from './watch/comment.ts';
import { watchDeploy } from './watch/deploy.ts';

export interface KubernetesActivities {
  /**
   * Makes the preview's namespace with everything that must be there before Helm, and lets the server try the
   * rendered objects. `lease` is the lease it is made under.
   */
  prepareNamespace(input: {
    readonly plan: PlanReference;
    readonly lease?: string | null;
  }): Promise<{ uid: string }>;
  /** Watches a deploy until cancelled; fails as soon as a service cannot come up. Writes the comment meanwhile. */
  watchDeploy(input: WatchInput): Promise<void>;
  deleteNamespace(input: CleanupTarget): Promise<Deletion>;
  awaitNamespaceGone(input: CleanupTarget): Promise<void>;
}

export interface WatchInput {
  readonly plan: PlanReference;
  readonly services: readonly string[];
  /** What the comment says besides the progress. */
  readonly status: PreviewStatus;
}

/** Heartbeat details of `watchDeploy`: for people in Web UI, and for the next attempt. */
export interface WatchDetails {
  readonly progress: readonly ServiceProgress[];
  readonly baseline: Baseline;
}

export interface KubernetesDependencies {
  readonly clients: KubernetesClients;
  readonly plans: Plans;
  readonly render: Render;
  writeComment(ref: PullRequestRef, body: string, signal: AbortSignal): Promise<void>;
  renderComment(status: PreviewStatus): string;
  /** Account the worker logs in as; default `worker` in namespace `pr-preview`. */
  readonly worker?: ServiceAccountName;
  /** Least milliseconds between two edits of the comment; default 10 s. */
  readonly commentEveryMs?: number;
}

/** A deploy ends with its watch: once all is ready the cancellation must arrive soon, and it comes with a heartbeat. */
const readyBeatMs = 100;
/** A little less than a round of cleanup lasts. */
const goneMs = 4.5 * 60_000;

export function createKubernetesActivities(dependencies: KubernetesDependencies): KubernetesActivities {
  const { clients, plans, render } = dependencies;
  const worker = dependencies.worker ?? { namespace: 'pr-preview', name: 'worker' };
  const discovery = createDiscovery();
  return {
    prepareNamespace: ({ plan, lease = null }) =>
      withHeartbeat(async (signal) => {
        const loaded = await plans.load(plan, signal);
        const wanted = { ...loaded, lease };
        return await prepareNamespace({ clients, discovery, render, worker }, wanted, signal);
      }),
    watchDeploy: (input) => watch(dependencies, input),
    deleteNamespace: (target) => withHeartbeat((signal) => deleteNamespace(clients.worker, target, signal)),
    awaitNamespaceGone: (target) =>
      withHeartbeat((signal) => awaitNamespaceGone(clients.worker, { target, withinMs: goneMs }, signal)),
  };
}

async function watch(dependencies: KubernetesDependencies, input: WatchInput): Promise<void> {
  const { clients, plans } = dependencies;
  const context = Context.current();
  let details = context.info.heartbeatDetails as WatchDetails | undefined;
  const comment = createComment({
    everyMs: dependencies.commentEveryMs ?? 10_000,
    write: (body, signal) => dependencies.writeComment(input.status.ref, body, signal),
    failed: (error) => log.warn('the comment could not be written; the watch goes on', { error }),
  });
  let beating: NodeJS.Timeout | undefined;
  const isReady = (): boolean => details?.progress.every(({ state }) => state === 'ready') ?? false;
  const beat = (): void => {
    clearTimeout(beating);
    beating = isReady() ? setTimeout(beat, readyBeatMs) : undefined;
    context.heartbeat(details);
  };
  try {
    beat();
    await withHeartbeat(
      async (signal) => {
        const { plan } = await plans.load(input.plan, signal);
        await watchDeploy(
          {
            clients,
            plan,
            services: input.services,
            baseline: details?.baseline ?? null,
            onProgress: (progress, baseline) => {
              details = { progress, baseline };
              if (isReady()) beat();
              comment.offer(dependencies.renderComment({ ...input.status, progress }));
            },
          },
          signal,
        );
      },
      () => details,
    );
  } catch (error) {
    throw clusterFailure(error, 'watching the deploy');
  } finally {
    clearTimeout(beating);
    await comment.close();
  }
}
