import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readGitHubLogin } from '../activities/github/login.ts';
import type { GitHubLogin } from '../activities/github/login.ts';
import type { Address, LogLevel } from '../config/environment.ts';
import { readEnvironment } from '../config/environment.ts';

/** What the worker's environment says; secrets included. Temporal's own variables are read by `connections.ts`. */
export interface WorkerSettings {
  /** `PREVIEW_PLATFORM_CONFIG`: the operator's file. */
  readonly platformFile: string;
  /** `DATABASE_ADMIN_URL`; null where the platform has no databases. */
  readonly databaseAdminUrl: string | null;
  /** `GITHUB_TOKEN`, or a GitHub App by `GITHUB_APP_ID` and its key. */
  readonly gitHub: GitHubLogin;
  /** `GITHUB_PACKAGES_TOKEN`, for deleting images of GitHub's registry; null: `gitHub` is tried. */
  readonly gitHubPackagesToken: string | null;
  /** `GITHUB_API_URL`. Default `https://api.github.com`. */
  readonly gitHubApiUrl: string;
  /** `KUBECONFIG`; null inside a cluster. */
  readonly kubeconfig: string | null;
  /** `REGISTRY_AUTH_FILE`: a Docker `config.json` with logins; null: anonymous. */
  readonly registryAuthFile: string | null;
  /** `PREVIEW_CACHE_DIR`: charts and sources. Default `pr-preview/worker` in the user's cache folder. */
  readonly cacheFolder: string;
  /** `TEMPORAL_UI_URL`, for links in comments; null: no links. */
  readonly temporalUiUrl: string | null;
  /** `PREVIEW_TASK_QUEUE`, free of what Temporal's queries cannot quote; null: the workflows' own. */
  readonly taskQueue: string | null;
  /** `PREVIEW_HEALTH_ADDRESS` as `host:port`; null: no health endpoint. */
  readonly healthAddress: Address | null;
  /** `PREVIEW_METRICS_ADDRESS` as `host:port`, where Prometheus reads; null: no metrics. */
  readonly metricsAddress: Address | null;
  /** `PREVIEW_WORKFLOW_BUNDLE`, or the built one with `NODE_ENV=production`; null: bundled at start. */
  readonly workflowBundle: string | null;
  /** `PREVIEW_LOG_LEVEL`. Default `info`. */
  readonly logLevel: LogLevel;
  /** `PREVIEW_START_PATIENCE`: how long Temporal and the cluster may take to answer at the start. Default 1 min. */
  readonly startPatienceMs: number;
  readonly limits: WorkerLimits;
  /**
   * `TEMPORAL_DEPLOYMENT_NAME` and `TEMPORAL_WORKER_BUILD_ID`, as Temporal's Worker Controller sets them: Worker
   * Versioning by these; null: none.
   */
  readonly deploymentVersion: { readonly deploymentName: string; readonly buildId: string } | null;
}

export interface WorkerLimits {
  /**
   * `PREVIEW_MAX_ACTIVITIES`. Default 400: a deploy holds one for its watch while its services need one each, so too
   * few would let watches keep services waiting. They are waiting most of the time and cost little.
   */
  readonly activities: number;
  /** `PREVIEW_MAX_WORKFLOW_TASKS`. Default 20. */
  readonly workflowTasks: number;
  /** `PREVIEW_MAX_CACHED_WORKFLOWS`. Default 150; about 0.4 MB each, so give V8 the heap for them. */
  readonly cachedWorkflows: number;
  /** `PREVIEW_SHUTDOWN_GRACE`: activities may end by themselves. Default 10 s. */
  readonly shutdownGraceMs: number;
  /** `PREVIEW_SHUTDOWN_FORCE`: then they are cancelled, and this is the end of it. Default 2 min; Helm may need 90 s. */
  readonly shutdownForceMs: number;
}

const root = fileURLToPath(new URL('..', import.meta.url));

/** Where `bundle-workflows.ts` puts its work. */
export const builtBundle = join(root, 'dist', 'workflow-bundle.js');

/** Reads the environment; every problem comes at once. */
export function readSettings(
  env: NodeJS.ProcessEnv,
):
  | { readonly ok: true; readonly value: WorkerSettings }
  | { readonly ok: false; readonly problems: string[] } {
  const problems: string[] = [];
  const { required, whole, duration, url, address, logLevel, taskQueue } = readEnvironment(env, problems);
  const value: WorkerSettings = {
    platformFile: required('PREVIEW_PLATFORM_CONFIG', 'the path of the platform config'),
    gitHub: readGitHubLogin(env, problems),
    gitHubPackagesToken: env['GITHUB_PACKAGES_TOKEN'] || null,
    databaseAdminUrl: env['DATABASE_ADMIN_URL'] || null,
    gitHubApiUrl: url('GITHUB_API_URL', 'https://api.github.com'),
    kubeconfig: env['KUBECONFIG'] || null,
    registryAuthFile: env['REGISTRY_AUTH_FILE'] || null,
    cacheFolder: resolve(env['PREVIEW_CACHE_DIR'] || defaultCache(env)),
    temporalUiUrl: url('TEMPORAL_UI_URL', null),
    taskQueue: taskQueue('PREVIEW_TASK_QUEUE'),
    healthAddress: address('PREVIEW_HEALTH_ADDRESS', null),
    metricsAddress: address('PREVIEW_METRICS_ADDRESS', null),
    workflowBundle: env['PREVIEW_WORKFLOW_BUNDLE'] || (env['NODE_ENV'] === 'production' ? builtBundle : null),
    logLevel: logLevel('PREVIEW_LOG_LEVEL'),
    startPatienceMs: duration('PREVIEW_START_PATIENCE', '1m'),
    limits: {
      activities: whole('PREVIEW_MAX_ACTIVITIES', 400),
      workflowTasks: whole('PREVIEW_MAX_WORKFLOW_TASKS', 20),
      cachedWorkflows: whole('PREVIEW_MAX_CACHED_WORKFLOWS', 150),
      shutdownGraceMs: duration('PREVIEW_SHUTDOWN_GRACE', '10s'),
      shutdownForceMs: duration('PREVIEW_SHUTDOWN_FORCE', '2m'),
    },
    deploymentVersion: readDeploymentVersion(env, problems),
  };
  return problems.length === 0 ? { ok: true, value } : { ok: false, problems };
}

function readDeploymentVersion(
  env: NodeJS.ProcessEnv,
  problems: string[],
): WorkerSettings['deploymentVersion'] {
  const { TEMPORAL_DEPLOYMENT_NAME: deploymentName = '', TEMPORAL_WORKER_BUILD_ID: buildId = '' } = env;
  if (deploymentName === '' && buildId === '') return null;
  if (deploymentName === '' || buildId === '')
    problems.push(
      'TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID belong together: set both for Worker Versioning, or neither',
    );
  return { deploymentName, buildId };
}

function defaultCache(env: NodeJS.ProcessEnv): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'pr-preview', 'worker');
}
