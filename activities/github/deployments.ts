import type { Octokit } from 'octokit';
import type { DeploymentReport } from '../../domain/outcome.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import { formatRef } from '../../domain/pull-request.ts';
import { deploymentAnswer } from './answers.ts';
import { saySo } from './deployment-status.ts';
import type { Status } from './deployment-status.ts';
import { ask } from './failure.ts';

export interface Deployments {
  /**
   * Makes the deployment of that commit say this; answers with its id, null when there is none to end.
   *
   * One deployment per commit: it is looked for before it is created. A new one ends those of other commits that are
   * still under way, and success ends all others, as GitHub does so by itself only for environments that stay. Nothing
   * is written when it says so already.
   */
  upsertDeployment(
    input: { ref: PullRequestRef; deployment: DeploymentReport },
    signal: AbortSignal,
  ): Promise<number | null>;
  /** Makes every deployment of the preview inactive; answers how many were not. */
  endDeployments(ref: PullRequestRef, signal: AbortSignal): Promise<number>;
}

export interface DeploymentsDependencies {
  readonly octokit: Octokit;
  /** Our `platform.name`: another platform's deployments of the same pull request are left alone. */
  readonly platform: string;
  /** The page in Temporal Web UI; null when there is none that people reach. */
  readonly workflowUrl: (workflowId: string) => string | null;
}

const environment = 'preview';

/** Once so many in a row were nothing to end, those that are older are not either: each one ended those before it. */
const inactiveInARow = 10;

export function createDeployments(dependencies: DeploymentsDependencies): Deployments {
  const { octokit, workflowUrl } = dependencies;
  return {
    upsertDeployment: async ({ ref, deployment }, signal) => {
      const all = await list(dependencies, ref, signal);
      const [oldest, ...repeated] = all.filter(({ sha }) => sha === deployment.sha).toReversed();
      if (oldest === undefined && deployment.state === 'inactive') return null;
      const status = statusOf(deployment, workflowUrl);
      const others = all.filter(({ sha }) => sha !== deployment.sha).map((one) => one.id);
      let id = oldest?.id;
      if (id === undefined || (await saySo(octokit, { ref, id, status }, signal)) === 'gone') {
        // Before: once it is there, nobody would look for them until it succeeds.
        await endNewest(octokit, { ref, others, over: isUnderWay }, signal);
        id = await create(dependencies, { ref, sha: deployment.sha }, signal);
        await saySo(octokit, { ref, id, status }, signal);
      }
      for (const { id: again } of repeated) await end(octokit, { ref, id: again }, signal);
      if (deployment.state === 'success') await endNewest(octokit, { ref, others }, signal);
      return id;
    },

    endDeployments: async (ref, signal) => {
      let ended = 0;
      for (const { id } of await list(dependencies, ref, signal)) {
        if (await end(octokit, { ref, id }, signal)) ended += 1;
      }
      return ended;
    },
  };
}

type Deployment = (typeof deploymentAnswer)['_output'];

/** Newest first, as GitHub lists them. */
async function list(
  { octokit, platform }: DeploymentsDependencies,
  ref: PullRequestRef,
  signal: AbortSignal,
): Promise<Deployment[]> {
  const found = await ask(signal, `read the deployments of ${formatRef(ref)}`, async () => {
    const all = await octokit.paginate(octokit.rest.repos.listDeployments, {
      owner: ref.owner,
      repo: ref.repository,
      environment,
      task: taskOf(ref),
      per_page: 100,
      request: { signal },
    });
    return all.map((one) => deploymentAnswer.parse(one));
  });
  return found
    .filter(({ task, payload }) => task === taskOf(ref) && platformOf(payload) === platform)
    .sort((one, other) => other.id - one.id);
}

async function create(
  { octokit, platform }: DeploymentsDependencies,
  { ref, sha }: { ref: PullRequestRef; sha: string },
  signal: AbortSignal,
): Promise<number> {
  return ask(signal, `open a deployment of ${sha.slice(0, 7)} for ${formatRef(ref)}`, async () => {
    const { data } = await octokit.rest.repos.createDeployment({
      owner: ref.owner,
      repo: ref.repository,
      ref: sha,
      task: taskOf(ref),
      environment,
      // Otherwise GitHub merges the default branch into the head, or refuses for checks that are still running.
      auto_merge: false,
      required_contexts: [],
      transient_environment: true,
      production_environment: false,
      payload: { platform },
      request: { signal },
    });
    return deploymentAnswer.parse(data).id;
  });
}

async function endNewest(
  octokit: Octokit,
  { others, ...about }: Omit<Ended, 'id'> & { others: readonly number[] },
  signal: AbortSignal,
): Promise<void> {
  let quiet = 0;
  for (const id of others) {
    quiet = (await end(octokit, { ...about, id }, signal)) ? 0 : quiet + 1;
    if (quiet === inactiveInARow) return;
  }
}

const inactive: Status = { state: 'inactive', environmentUrl: '', logUrl: '', description: '' };

type Ended = Omit<Parameters<typeof saySo>[1], 'status'>;

/** Whether there was something to end. */
async function end(octokit: Octokit, which: Ended, signal: AbortSignal): Promise<boolean> {
  return (await saySo(octokit, { ...which, status: inactive }, signal)) === 'said';
}

/** Neither what serves still, nor what failed and says so. */
function isUnderWay(state: string | null): boolean {
  return state === null || ['queued', 'in_progress', 'pending'].includes(state);
}

function statusOf(deployment: DeploymentReport, workflowUrl: DeploymentsDependencies['workflowUrl']): Status {
  return {
    state: deployment.state,
    environmentUrl: deployment.environmentUrl ?? '',
    logUrl: workflowUrl(deployment.workflowId) ?? '',
    description: deployment.description.slice(0, 140),
  };
}

function taskOf({ number }: PullRequestRef): string {
  return `preview:${number}`;
}

function platformOf(payload: unknown): unknown {
  if (typeof payload === 'object' && payload !== null && 'platform' in payload) return payload.platform;
  if (typeof payload !== 'string') return undefined;
  try {
    return platformOf(JSON.parse(payload));
  } catch {
    return undefined;
  }
}
