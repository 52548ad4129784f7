import { join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import type { WorkflowClient } from '@temporalio/client';
import type { Octokit } from 'octokit';
import type { PlatformConfig } from '../domain/config.ts';
import { renderComment } from '../domain/report.ts';
import type { CapacityActivities } from './capacity/activities.ts';
import { createCapacityActivities } from './capacity/activities.ts';
import type { GitHubActivities } from './github/activities.ts';
import { createGitHubActivities } from './github/activities.ts';
import type { BuildActivities } from './github/builds.ts';
import { createBuildActivities } from './github/builds.ts';
import { createComments } from './github/comments.ts';
import { createIdentity } from './github/identity.ts';
import { createPullRequests } from './github/pull-requests.ts';
import type { HelmActivities } from './helm/activities.ts';
import { createHelmActivities } from './helm/activities.ts';
import type { RegistryCredentials } from './helm/chart-tools.ts';
import { createCharts } from './helm/charts.ts';
import { createHelm } from './helm/helm.ts';
import { isIntact } from './helm/intact.ts';
import { createReleases } from './helm/releases.ts';
import { remembering } from './helm/remembered.ts';
import type { RemoveReleaseActivities } from './helm/remove-release.ts';
import { createRemoveReleaseActivities } from './helm/remove-release.ts';
import type { KubernetesActivities } from './kubernetes/activities.ts';
import { createKubernetesActivities } from './kubernetes/activities.ts';
import type { ServiceAccountName } from './kubernetes/clients.ts';
import { createKubernetesClients } from './kubernetes/clients.ts';
import { createKubernetesOperations } from './kubernetes/operations.ts';
import type { PlanActivities } from './plan/activities.ts';
import { createPlanActivities } from './plan/activities.ts';
import { createPlans } from './plan/loader.ts';
import type { PostgresActivities } from './postgres/activities.ts';
import { createPostgresActivities } from './postgres/activities.ts';
import type { Connect } from './postgres/clients.ts';
import { createPostgres } from './postgres/postgres.ts';
import type { ProbeActivities } from './probe/activities.ts';
import { createProbeActivities } from './probe/activities.ts';
import type { ReapActivities } from './reap/activities.ts';
import { createReapActivities } from './reap/activities.ts';
import type { RegistryActivities } from './registry/activities.ts';
import { createRegistryActivities } from './registry/activities.ts';
import type { ImageWaitActivities } from './registry/await-images.ts';
import { createImageWaitActivities } from './registry/await-images.ts';
import type { DeleteImagesActivities } from './registry/delete-images.ts';
import { createDeleteImagesActivities } from './registry/delete-images.ts';
import { createIsMergeOf } from './registry/merge-commits.ts';
import { createSource } from './source/source.ts';
import type { TemporalActivities } from './temporal.ts';
import { createTemporalActivities } from './temporal.ts';

/** Everything the workflows may ask of the world, by the name Temporal knows it under. */
export type Activities = BuildActivities &
  CapacityActivities &
  DeleteImagesActivities &
  GitHubActivities &
  HelmActivities &
  ImageWaitActivities &
  KubernetesActivities &
  PlanActivities &
  PostgresActivities &
  ProbeActivities &
  ReapActivities &
  RegistryActivities &
  RemoveReleaseActivities &
  TemporalActivities;

/** Clients of the outside systems, and what the operator configured. */
export interface ActivityDependencies {
  readonly platform: PlatformConfig;
  readonly kubeConfig: KubeConfig;
  /** The worker's own account; it is bound in each preview's namespace. */
  readonly account: ServiceAccountName;
  readonly octokit: Octokit;
  /** Deletes from GitHub's packages: `octokit`, or a client with the token for that alone. */
  readonly packages: { readonly octokit: Octokit; readonly token: string | null };
  /** Opens a connection to Postgres as the admin role. */
  readonly connect: Connect;
  readonly helm: {
    /** Absolute path of Helm, 4.3 or later. */
    readonly executable: string;
    /** File with the worker's access to the cluster. */
    readonly kubeconfig: string;
  };
  /** Folder of ours alone for charts and sources. */
  readonly cacheFolder: string;
  readonly registryCredentials: RegistryCredentials;
  readonly workflows: WorkflowClient;
  /** Page of a workflow in Temporal Web UI; null when there is none that people reach. */
  readonly workflowUrl: (workflowId: string) => string | null;
}

/** Puts every outside system's activities together. */
export function createActivities(dependencies: ActivityDependencies): Activities {
  const { platform, octokit, connect, cacheFolder, registryCredentials: credentials } = dependencies;
  const { registries } = platform;
  const clients = createKubernetesClients(dependencies.kubeConfig);
  const operations = createKubernetesOperations(clients);
  const source = createSource({ octokit, cacheFolder: join(cacheFolder, 'sources') });
  const helm = remembering(createHelm({ ...dependencies.helm, cacheFolder }));
  const charts = createCharts({
    executable: dependencies.helm.executable,
    cacheFolder,
    registries,
    credentials,
  });
  const plans = createPlans({ platform, source, charts });
  const releases = createReleases(clients.worker);
  const postgres = createPostgres(connect);
  const comments = createComments({ octokit, identity: createIdentity(octokit) });
  const pullRequests = createPullRequests({ octokit, policy: platform.access, rereadAfterMs: [] });
  const registry = createRegistryActivities({
    registries,
    fetch: globalThis.fetch,
    credentials,
    isMergeOf: createIsMergeOf(octokit),
  });
  return {
    ...createBuildActivities({ octokit }),
    ...createCapacityActivities({ platform, workflows: dependencies.workflows, operations }),
    ...createGitHubActivities({
      octokit,
      platform: platform.name,
      repositories: platform.repositories,
      policy: platform.access,
      urls: { workflow: dependencies.workflowUrl },
    }),
    ...createHelmActivities({
      helm,
      releases,
      isIntact: (namespace, record, signal) => isIntact(clients.worker, { namespace, record }, signal),
      plans,
      operations,
    }),
    ...createRemoveReleaseActivities({ helm, releases, plans, operations }),
    ...createKubernetesActivities({
      clients,
      plans,
      worker: dependencies.account,
      render: (loaded, name, signal) => {
        const service = loaded.plan.services.find((candidate) => candidate.name === name);
        const chart = loaded.charts[name];
        if (!service || !chart) throw new TypeError(`the plan has no service ${name}`);
        const { release, values } = service;
        return helm.template({ chart, release, namespace: loaded.plan.names.namespace, values }, signal);
      },
      renderComment,
      writeComment: async (ref, body, signal) => {
        await comments.upsertComment({ ref, body }, signal);
      },
    }),
    ...createPlanActivities({
      platform,
      source,
      charts,
      helm,
      readPullRequest: (input, signal) => pullRequests.readPullRequest(input, signal),
      isByMember: (pullRequest, signal) => pullRequests.isByMember(pullRequest, signal),
      checkCluster: (question, signal) => operations.checkCluster(question, signal),
      checkDatabase: postgres.check,
      readNamespace: (target, signal) => operations.readNamespace(target, signal),
      readDatabase: postgres.read,
    }),
    ...createPostgresActivities({
      connect,
      plans,
      applySecret: (secret, signal) => operations.applySecret(secret, signal),
      readSecret: (secret, signal) => operations.readSecret(secret, signal),
    }),
    ...createProbeActivities({
      plans,
      probe: platform.probe,
      runningDigests: (place, signal) => operations.runningDigests(place, signal),
    }),
    ...createReapActivities({
      platform,
      workflows: dependencies.workflows,
      octokit,
      connect,
      operations,
    }),
    ...registry,
    ...createDeleteImagesActivities({
      registries,
      fetch: globalThis.fetch,
      credentials,
      packages: dependencies.packages,
    }),
    ...createImageWaitActivities({ resolve: (input) => registry.resolveImages(input) }),
    ...createTemporalActivities({ workflows: dependencies.workflows }),
  };
}
