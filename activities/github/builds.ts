import { ApplicationFailure } from '@temporalio/common';
import type { Octokit } from 'octokit';
import { isFailureType } from '../../domain/failures.ts';
import type { FailureType } from '../../domain/failures.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import { formatRef } from '../../domain/pull-request.ts';
import { failure } from '../failure.ts';
import { withHeartbeat } from '../heartbeat.ts';
import { ask } from './failure.ts';

export interface DispatchBuildInput {
  readonly ref: PullRequestRef;
  /** File name of the workflow: `build.yaml`. */
  readonly workflow: string;
  /** Whose workflow file runs: the base branch's, not the pull request's own. */
  readonly branch: string;
  /** What is to be built. */
  readonly commit: string;
}

export interface BuildActivities {
  /**
   * Starts a GitHub Actions workflow with the inputs `number` and `commit`. GitHub does not say which run that made: if
   * its answer is lost, or this is called twice, there are two runs, of which the workflow's `concurrency` keeps one.
   *
   * @throws failure `GitHubNotFound`, `GitHubDenied`, `GitHubRefused` with what the workflow or the token lacks
   *   (permanent); `GitHubUnauthorized`, `GitHubThrottled`, `GitHubUnavailable` (transient).
   */
  dispatchBuild(input: DispatchBuildInput): Promise<void>;
}

export function createBuildActivities({ octokit }: { readonly octokit: Octokit }): BuildActivities {
  return {
    dispatchBuild: (input) => withHeartbeat((signal) => dispatch(octokit, input, signal)),
  };
}

async function dispatch(
  octokit: Octokit,
  { ref, workflow, branch, commit }: DispatchBuildInput,
  signal: AbortSignal,
): Promise<void> {
  const doing = `start the workflow ${workflow} of the branch ${branch} for ${formatRef(ref)}`;
  try {
    await ask(signal, doing, () =>
      octokit.rest.actions.createWorkflowDispatch({
        owner: ref.owner,
        repo: ref.repository,
        workflow_id: workflow,
        ref: branch,
        inputs: { number: String(ref.number), commit },
        request: { signal },
      }),
    );
  } catch (error) {
    throw explained(error, { workflow, branch });
  }
}

interface Wanted {
  readonly workflow: string;
  readonly branch: string;
}

/** What is wrong for good is told with what is wanted. */
function explained(error: unknown, wanted: Wanted): unknown {
  const type = error instanceof ApplicationFailure ? (error.type ?? '') : '';
  const advice = isFailureType(type) ? adviceOn[type] : undefined;
  if (!(error instanceof Error) || !isFailureType(type) || advice === undefined) return error;
  return failure(type, `${error.message.replace(/\.?$/, '.')} Wanted: ${advice(wanted)}.`, { cause: error });
}

const adviceOn: Partial<Record<FailureType, (wanted: Wanted) => string>> = {
  GitHubNotFound: ({ workflow, branch }) =>
    `.github/workflows/${workflow} on the default branch and on ${branch}, as images.build.workflow of preview.yaml names it, and a token that sees the repository's Actions`,
  GitHubDenied: () =>
    'the right to start workflows: "Actions: write" for a GitHub App or a fine-grained token, the scope repo for a classic one',
  GitHubRefused: ({ workflow, branch }) =>
    `.github/workflows/${workflow} on ${branch} with the trigger workflow_dispatch, its inputs number and commit, both of type string, and no other input that is required`,
};
