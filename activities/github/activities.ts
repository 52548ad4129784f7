import { ApplicationFailure } from '@temporalio/common';
import { log } from '@temporalio/activity';
import type { Octokit } from 'octokit';
import type { ReportInput } from '../../domain/outcome.ts';
import type { PullRequest, PullRequestRef } from '../../domain/pull-request.ts';
import { formatRef } from '../../domain/pull-request.ts';
import { repositoryProblem } from '../../domain/served-repositories.ts';
import type { StartPolicy } from '../../domain/start.ts';
import { failure, moreHopeful } from '../failure.ts';
import { withHeartbeat } from '../heartbeat.ts';
import { createComments } from './comments.ts';
import { createDeployments } from './deployments.ts';
import { createIdentity } from './identity.ts';
import { createPullRequests } from './pull-requests.ts';
import type { ReadPullRequest } from './pull-requests.ts';
import { redeliver } from './redeliver.ts';
import type { Redelivered } from './redeliver.ts';

export interface GitHubDependencies {
  readonly octokit: Octokit;
  /** Our `platform.name`. */
  readonly platform: string;
  /** What it makes previews for, each `owner/name`. */
  readonly repositories: readonly string[];
  /** What starts a preview. */
  readonly policy: StartPolicy;
  readonly urls: {
    /** Page of a workflow in Temporal Web UI; null when there is none that people reach. */
    workflow(workflowId: string): string | null;
  };
  /** Pauses before a pull request with an unexpected head is read again. Default: 2, 5 and 10 s after the first. */
  readonly rereadAfterMs?: readonly number[];
}

export interface GitHubActivities {
  /**
   * What GitHub says of a pull request; null when its repository has none of that number. With an expected head,
   * reads again for up to 10 s until GitHub shows it. Throws `RepositoryNotAllowed` also, for a repository that GitHub
   * does not show us and that is none of the platform's.
   */
  readonly readPullRequest: (input: ReadPullRequest) => Promise<PullRequest | null>;
  /** Writes comment and deployment status; each is tried also when the other fails. */
  readonly report: (input: ReportInput) => Promise<{ commentId: number | null; deploymentId: number | null }>;
  /** Makes every deployment of the preview inactive; none there is success. */
  readonly endDeployments: (input: { ref: PullRequestRef }) => Promise<{ ended: number }>;
  /**
   * Has GitHub send again the events of the last day that did not arrive at the App's webhook; twice does no harm. Null
   * where the worker logs in by a token.
   */
  readonly redeliverFailedDeliveries: (input: { readonly dryRun: boolean }) => Promise<Redelivered | null>;
}

/**
 * Every activity here throws failure `GitHubDenied`, `GitHubNotFound`, `GitHubRefused` (permanent),
 * `GitHubUnauthorized`, `GitHubThrottled`, `GitHubUnavailable` (transient).
 */
export function createGitHubActivities(dependencies: GitHubDependencies): GitHubActivities {
  const { octokit, platform, policy, urls, rereadAfterMs = [2_000, 3_000, 5_000] } = dependencies;
  const pullRequests = createPullRequests({ octokit, policy, rereadAfterMs });
  const comments = createComments({ octokit, identity: createIdentity(octokit) });
  const workflowUrl = (workflowId: string): string | null => urls.workflow(workflowId);
  const deployments = createDeployments({ octokit, platform, workflowUrl });

  return {
    readPullRequest: (input) =>
      withHeartbeat(async (signal) => {
        try {
          return await pullRequests.readPullRequest(input, signal);
        } catch (error) {
          throw isNotFound(error) ? (foreign(dependencies, input.ref) ?? error) : error;
        }
      }),

    report: ({ ref, body, deployment }) =>
      withHeartbeat(async (signal) => {
        const [comment, deployed] = await Promise.allSettled([
          comments.upsertComment({ ref, body }, signal),
          deployment === null ? null : deployments.upsertDeployment({ ref, deployment }, signal),
        ]);
        signal.throwIfAborted();
        const failures = [comment, deployed].flatMap((one) =>
          one.status === 'rejected' ? [one.reason] : [],
        );
        if (comment.status === 'rejected' || deployed.status === 'rejected') throw moreHopeful(failures);
        return { commentId: comment.value, deploymentId: deployed.value };
      }),

    endDeployments: ({ ref }) =>
      withHeartbeat(async (signal) => {
        const ended = await deployments.endDeployments(ref, signal);
        if (ended > 0) log.info('Deployments ended on GitHub', { pullRequest: formatRef(ref), ended });
        return { ended };
      }),

    redeliverFailedDeliveries: ({ dryRun }) =>
      withHeartbeat((signal) => redeliver(octokit, { dryRun, now: Date.now() }, signal)),
  };
}

function isNotFound(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.type === 'GitHubNotFound';
}

function foreign(
  { platform, repositories }: GitHubDependencies,
  ref: PullRequestRef,
): ApplicationFailure | null {
  const problem = repositoryProblem({ name: platform, repositories }, ref);
  return problem && failure(problem.type, problem.message);
}
