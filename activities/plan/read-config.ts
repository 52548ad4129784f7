import { imageRequests } from '../../config/image-requests.ts';
import type { PlatformConfig } from '../../domain/config.ts';
import type { FailureReport, Problem } from '../../domain/failures.ts';
import { problemsReport } from '../../domain/failures.ts';
import type { ImageRequest } from '../../domain/image.ts';
import type { PlanInputs } from '../../domain/plan.ts';
import type { PullRequest, PullRequestRef } from '../../domain/pull-request.ts';
import { formatRef, isOutsider } from '../../domain/pull-request.ts';
import type { Source } from '../source/source.ts';
import { configAt } from './config-at.ts';

export interface ReadConfigInput {
  readonly ref: PullRequestRef;
  /** Head that is to be checked. */
  readonly commit: string;
  /** The wait for images is over: fallbacks may be used. */
  readonly waitOver: boolean;
}

export type ReadConfigOutcome =
  | {
      readonly outcome: 'read';
      /** Inputs of the plan; images are resolved next. */
      readonly inputs: PlanInputs;
      readonly requests: readonly ImageRequest[];
      readonly problems: readonly Problem[];
      readonly imageWaitMs: number;
    }
  | { readonly outcome: 'refused'; readonly failure: FailureReport }
  | { readonly outcome: 'approval-needed'; readonly reason: string }
  | { readonly outcome: 'outdated'; readonly pullRequest: PullRequest | null };

export interface ReadConfigDependencies {
  readonly platform: PlatformConfig;
  readonly source: Source;
  readonly readPullRequest: (
    input: { readonly ref: PullRequestRef; readonly expectSha: string | null },
    signal: AbortSignal,
  ) => Promise<PullRequest | null>;
}

/** Reads the pull request again, then the config that applies to it. */
export async function readConfig(
  { platform, source, readPullRequest }: ReadConfigDependencies,
  { ref, commit, waitOver }: ReadConfigInput,
  signal: AbortSignal,
): Promise<ReadConfigOutcome> {
  const refusal = refuseRepository(platform, ref);
  if (refusal !== null) return { outcome: 'refused', failure: problemsReport([refusal]) };
  const pullRequest = await readPullRequest({ ref, expectSha: commit }, signal);
  if (pullRequest === null || pullRequest.state === 'closed' || pullRequest.head.sha !== commit)
    return { outcome: 'outdated', pullRequest };
  const outsider = isOutsider(pullRequest);
  if (outsider) return { outcome: 'approval-needed', reason: approvalReason(platform, pullRequest) };
  const fromHead = platform.access.configFrom === 'head' && !outsider;
  const configCommit = fromHead ? commit : await source.branchHead(ref, pullRequest.base.branch, signal);
  const at = await configAt(source, { ref, configCommit }, signal);
  if (!at.ok) return { outcome: 'refused', failure: problemsReport(at.problems) };
  const { number } = ref;
  const inputs: PlanInputs = {
    pullRequest: ref,
    repositoryId: pullRequest.repositoryId,
    pr: { number, author: pullRequest.author, branch: pullRequest.head.branch, draft: pullRequest.draft },
    outsider,
    commit,
    configCommit,
    images: {},
    place: null,
  };
  const { requests, problems } = imageRequests({ platform, preview: at.config, inputs });
  return {
    outcome: 'read',
    inputs,
    requests: requests.map((request) => ({ ...request, notBuilt: request.notBuilt || waitOver })),
    problems,
    imageWaitMs: platform.images.wait,
  };
}

function refuseRepository({ repositories, name }: PlatformConfig, ref: PullRequestRef): Problem | null {
  const wanted = `${ref.owner}/${ref.repository}`.toLowerCase();
  if (repositories.some((allowed) => allowed.toLowerCase() === wanted)) return null;
  return {
    type: 'RepositoryNotAllowed',
    where: formatRef(ref),
    message: `platform "${name}" makes previews for ${repositories.join(', ')} only; its operator can add ${wanted} to \`repositories\``,
  };
}

function approvalReason({ access }: PlatformConfig, { author, fromFork }: PullRequest): string {
  const who = fromFork
    ? `${author}'s pull request comes from a fork`
    : `${author} may not write to the repository`;
  if (access.outsiders === 'never') return `${who}, and this platform makes no previews for outsiders`;
  return `${who}: somebody with write permission has to approve the commit`;
}
