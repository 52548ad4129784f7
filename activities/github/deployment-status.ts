import type { Octokit } from 'octokit';
import type { DeploymentReport } from '../../domain/outcome.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import { formatRef } from '../../domain/pull-request.ts';
import { deploymentStatusAnswer } from './answers.ts';
import { ask, statusOf } from './failure.ts';

export interface Status {
  readonly state: DeploymentReport['state'];
  /** Empty for none, as in GitHub's answers. */
  readonly environmentUrl: string;
  readonly logUrl: string;
  readonly description: string;
}

interface NewStatus {
  readonly ref: PullRequestRef;
  /** The deployment's. */
  readonly id: number;
  readonly status: Status;
  /** Whether it is said over this newest state (null: none yet). Default: over any. */
  readonly over?: (state: string | null) => boolean;
}

/**
 * Adds a status to a deployment. `unchanged`: its newest says the same, or both say `inactive`, or is not to be said
 * over. `gone`: there is no such deployment (any more).
 */
export async function saySo(
  octokit: Octokit,
  { ref, id, status, over = () => true }: NewStatus,
  signal: AbortSignal,
): Promise<'said' | 'unchanged' | 'gone'> {
  const which = { owner: ref.owner, repo: ref.repository, deployment_id: id, request: { signal } };
  return ask(signal, `set a deployment of ${formatRef(ref)} to ${status.state}`, async () => {
    try {
      const { data } = await octokit.rest.repos.listDeploymentStatuses({ ...which, per_page: 1 });
      const newest = data[0] === undefined ? null : deploymentStatusAnswer.parse(data[0]);
      if (newest !== null && same(newest, status)) return 'unchanged';
      if (!over(newest?.state ?? null)) return 'unchanged';
      await octokit.rest.repos.createDeploymentStatus({
        ...which,
        state: status.state,
        environment_url: status.environmentUrl,
        log_url: status.logUrl,
        description: status.description,
        auto_inactive: false,
      });
      return 'said';
    } catch (error) {
      if (statusOf(error) === 404) return 'gone';
      throw error;
    }
  });
}

function same(newest: (typeof deploymentStatusAnswer)['_output'], status: Status): boolean {
  if (newest.state !== status.state) return false;
  if (status.state === 'inactive') return true;
  return (
    (newest.description ?? '') === status.description &&
    (newest.environment_url ?? '') === status.environmentUrl &&
    (newest.log_url ?? '') === status.logUrl
  );
}
