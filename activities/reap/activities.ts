import type { WorkflowClient } from '@temporalio/client';
import type { Octokit } from 'octokit';
import type { PlatformConfig } from '../../domain/config.ts';
import type { ReapAction } from '../../domain/reconcile.ts';
import type {
  DescribedPreview,
  ReapScope,
  SeenDatabase,
  SeenLease,
  SeenNamespace,
  SeenPullRequest,
} from '../../domain/reconcile-world.ts';
import { listOpenPullRequests } from '../github/open-pull-requests.ts';
import { pagesUrl } from '../github/pages-url.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { KubernetesOperations } from '../kubernetes/operations.ts';
import type { Connect } from '../postgres/clients.ts';
import { listDatabases } from '../postgres/list-databases.ts';
import { createLeases } from './leases.ts';
import { createPreviews } from './previews.ts';
import { createTell } from './tell.ts';

export interface ReapDependencies {
  readonly platform: PlatformConfig;
  readonly workflows: WorkflowClient;
  readonly octokit: Octokit;
  readonly connect: Connect;
  readonly operations: Pick<KubernetesOperations, 'listPreviewNamespaces'>;
}

/** What the reaper asks and tells. Lists are whole or fail: what one lacks, its system does not have. */
export interface ReapActivities {
  /** What the operator configured. */
  readonly reapScope: () => Promise<ReapScope>;
  /** Ids of the open previews on this task queue, as Temporal lists them. @throws failure `TemporalUnavailable`. */
  readonly listOpenPreviews: () => Promise<readonly string[]>;
  /** @param input.repository `owner/name`. @throws the failures of GitHub. */
  readonly listOpenPullRequests: (input: {
    readonly repository: string;
  }) => Promise<readonly SeenPullRequest[]>;
  /** @throws the failures of the cluster. */
  readonly listPreviewNamespaces: () => Promise<readonly SeenNamespace[]>;
  /** None where the platform has no databases. @throws the failures of Postgres. */
  readonly listPreviewDatabases: () => Promise<readonly SeenDatabase[]>;
  /** Places that are held; none while the pool has no workflow. @throws failure `TemporalUnavailable`. */
  readonly listLeases: () => Promise<readonly SeenLease[]>;
  /** Whether the pool of places has an open workflow. @throws failure `TemporalUnavailable`. */
  readonly isPoolOpen: () => Promise<boolean>;
  /** Asks Temporal for each workflow by its id. One that it does not answer for is `unknown`; never fails. */
  readonly describePreviews: (input: {
    readonly workflowIds: readonly string[];
  }) => Promise<readonly DescribedPreview[]>;
  /**
   * Sends one message; twice does no harm. False: what it was meant for ended in between.
   * @throws failure `TemporalUnavailable`.
   */
  readonly tellPreview: (action: ReapAction) => Promise<{ readonly told: boolean }>;
}

export function createReapActivities(dependencies: ReapDependencies): ReapActivities {
  const { platform, workflows, octokit, connect, operations } = dependencies;
  const previews = createPreviews(workflows);
  const leases = createLeases(workflows, platform.name);
  const config = { size: platform.capacity, holdMs: platform.lifetime.default };
  const tell = createTell({ workflows, pool: platform.name, config, gitHubUrl: pagesUrl(octokit) });
  return {
    reapScope: async () => scopeOf(platform),
    listOpenPreviews: () => withHeartbeat(() => previews.listOpen()),
    listOpenPullRequests: ({ repository }) =>
      withHeartbeat((signal) => {
        const [owner = '', name = ''] = repository.split('/');
        return listOpenPullRequests(octokit, { owner, name, policy: platform.access }, signal);
      }),
    listPreviewNamespaces: () =>
      withHeartbeat(async (signal) => {
        const found = await operations.listPreviewNamespaces({ platform: platform.name }, signal);
        return found.map(({ name, owner, createdAt, terminating }) => ({
          name,
          owner,
          createdAt,
          terminating,
        }));
      }),
    listPreviewDatabases: () =>
      withHeartbeat(async (signal) =>
        platform.database === null ? [] : await listDatabases(connect, { platform: platform.name }, signal),
      ),
    listLeases: () => withHeartbeat(() => leases.list()),
    isPoolOpen: () => withHeartbeat(() => leases.isOpen()),
    describePreviews: ({ workflowIds }) => withHeartbeat((signal) => previews.describe(workflowIds, signal)),
    tellPreview: (action) => withHeartbeat(() => tell(action)),
  };
}

function scopeOf({ name, repositories, access, database }: PlatformConfig): ReapScope {
  return { platform: name, repositories, outsiders: access.outsiders, databases: database !== null };
}
