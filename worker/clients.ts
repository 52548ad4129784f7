import { WorkflowClient } from '@temporalio/client';
import type { Octokit } from 'octokit';
import { findHelm } from '../activities/helm/find-helm.ts';
import { createGitHub } from '../activities/github/clients.ts';
import type { ActivityDependencies } from '../activities/index.ts';
import type { ServiceAccountName } from '../activities/kubernetes/clients.ts';
import type { ClusterAccess } from '../activities/kubernetes/cluster-access.ts';
import type { Connect } from '../activities/postgres/clients.ts';
import { createConnect } from '../activities/postgres/clients.ts';
import { loadRegistryLogins } from '../activities/registry/logins.ts';
import type { PlatformConfig } from '../domain/config.ts';
import { refuse } from './refusal.ts';
import type { WorkerSettings } from './config.ts';
import type { TemporalConnection } from './temporal.ts';

export interface ClientSources {
  readonly settings: WorkerSettings;
  readonly platform: PlatformConfig;
  readonly cluster: ClusterAccess;
  readonly account: ServiceAccountName;
  readonly temporal: TemporalConnection;
  readonly env: NodeJS.ProcessEnv;
}

/** Clients of all outside systems, as activities want them. @throws {Refusal} when one cannot be made. */
export async function createClients(sources: ClientSources): Promise<ActivityDependencies> {
  const { settings, platform, cluster, account, temporal, env } = sources;
  const { executable } = await findHelm(env).catch(refuse);
  const octokit = createGitHub({ ...settings.gitHub, baseUrl: settings.gitHubApiUrl });
  return {
    platform,
    kubeConfig: cluster.config,
    account,
    octokit,
    packages: createPackagesClient(settings, octokit),
    connect: createDatabaseConnect(settings.databaseAdminUrl),
    helm: { executable, kubeconfig: cluster.file },
    cacheFolder: settings.cacheFolder,
    registryCredentials: await loadRegistryLogins(settings.registryAuthFile).catch(refuse),
    workflows: new WorkflowClient({ connection: temporal.connection, namespace: temporal.namespace }),
    workflowUrl: (workflowId) => workflowUrl(settings.temporalUiUrl, temporal.namespace, workflowId),
  };
}

/** GitHub deletes packages for classic tokens only, which nothing else should be done with. */
function createPackagesClient(
  { gitHubPackagesToken: token, gitHubApiUrl: baseUrl }: WorkerSettings,
  octokit: Octokit,
): ActivityDependencies['packages'] {
  return { octokit: token === null ? octokit : createGitHub({ token, baseUrl }), token };
}

/** Without databases on the platform, nobody asks for a connection. */
function createDatabaseConnect(adminUrl: string | null): Connect {
  if (adminUrl !== null) {
    try {
      return createConnect(adminUrl);
    } catch (cause) {
      refuse(cause);
    }
  }
  return () => Promise.reject(new TypeError('this platform has no databases'));
}

function workflowUrl(uiUrl: string | null, namespace: string, workflowId: string): string | null {
  if (uiUrl === null) return null;
  return `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
}
