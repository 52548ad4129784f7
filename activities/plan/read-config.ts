import { ApplicationFailure } from '@temporalio/common';
import { imageRequests } from '../../config/image-requests.ts';
import type { PlatformConfig } from '../../domain/config.ts';
import type { FailureReport, Problem } from '../../domain/failures.ts';
import { problemsReport } from '../../domain/failures.ts';
import type { BuildWorkflow, ImageRequest } from '../../domain/image.ts';
import type { PlanInputs } from '../../domain/plan.ts';
import type { ReportedImage } from '../../domain/messages.ts';
import type { PullRequest, PullRequestRef } from '../../domain/pull-request.ts';
import { formatRef, isOutsider } from '../../domain/pull-request.ts';
import { repositoryProblem } from '../../domain/served-repositories.ts';
import type { Source } from '../source/source.ts';
import { configAt } from './config-at.ts';

export interface ReadConfigInput {
  readonly ref: PullRequestRef;
  /** Head that is to be checked. */
  readonly commit: string;
  /** The wait for images is over: fallbacks may be used. */
  readonly waitOver: boolean;
  /** What CI said of this commit; empty: nothing. */
  readonly reported: readonly ReportedImage[];
  /** Somebody with write permission approved this commit of an outsider's pull request. */
  readonly approved: boolean;
  /** The granted place in a pool of fixed stems; null otherwise. */
  readonly place: string | null;
}

export type ReadConfigOutcome =
  | {
      readonly outcome: 'read';
      /** Inputs of the plan; images are resolved next. */
      readonly inputs: PlanInputs;
      readonly requests: readonly ImageRequest[];
      readonly problems: readonly Problem[];
      readonly warnings: readonly string[];
      readonly imageWaitMs: number;
      /** What starts a build of missing images; null: nothing of ours. */
      readonly build: BuildWorkflow | null;
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
  /** Whether a pull request's author is a member of the organisation that owns the repository. */
  readonly isByMember: (
    pullRequest: Pick<PullRequest, 'ref' | 'author'>,
    signal: AbortSignal,
  ) => Promise<boolean>;
}

/**
 * Reads the pull request again, then the config that applies to it. An outsider stays one when the commit is approved:
 * nothing secret is copied.
 */
export async function readConfig(
  dependencies: ReadConfigDependencies,
  input: ReadConfigInput,
  signal: AbortSignal,
): Promise<ReadConfigOutcome> {
  const { platform, source, readPullRequest } = dependencies;
  const { ref, commit, waitOver, reported, place } = input;
  const refusal = repositoryProblem(platform, ref);
  if (refusal !== null) return { outcome: 'refused', failure: problemsReport([refusal]) };
  const pullRequest = await readPullRequest({ ref, expectSha: commit }, signal);
  if (pullRequest === null || pullRequest.state === 'closed' || pullRequest.head.sha !== commit)
    return { outcome: 'outdated', pullRequest };
  const denied = await deny(dependencies, { pullRequest, approved: input.approved }, signal);
  if (denied !== null) return denied;
  const outsider = isOutsider(pullRequest);
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
    place,
  };
  const { build } = at.config.images;
  const { requests, problems, warnings } = imageRequests({ platform, preview: at.config, inputs, reported });
  return {
    outcome: 'read',
    inputs,
    requests: requests.map((request) => ({ ...request, waitOver })),
    problems,
    warnings,
    imageWaitMs: platform.images.wait,
    build: build === null ? null : { workflow: build.workflow, branch: pullRequest.base.branch },
  };
}

/** What the platform's policy has against a pull request; null: nothing. */
async function deny(
  { platform, isByMember }: ReadConfigDependencies,
  { pullRequest, approved }: { readonly pullRequest: PullRequest; readonly approved: boolean },
  signal: AbortSignal,
): Promise<ReadConfigOutcome | null> {
  const { drafts, outsiders, bases } = platform.access;
  const problems: Problem[] = [];
  if (bases.length > 0 && !bases.includes(pullRequest.base.branch))
    problems.push(noSuchBase(platform, pullRequest));
  if (pullRequest.draft && drafts === 'never') problems.push(noDrafts(platform, pullRequest));
  const outsider = isOutsider(pullRequest);
  if (outsider && outsiders === 'never') problems.push(noOutsiders(platform, pullRequest));
  if (problems.length > 0) return { outcome: 'refused', failure: problemsReport(problems) };
  if (!outsider || approved) return null;
  const reason = approvalReason(pullRequest);
  if (outsiders !== 'members') return { outcome: 'approval-needed', reason };
  try {
    if (await isByMember(pullRequest, signal)) return null;
  } catch (error) {
    if (!(error instanceof ApplicationFailure) || error.type !== 'GitHubDenied') throw error;
    const unknown = `that they are a member of the organisation could not be seen: ${error.message}`;
    return { outcome: 'approval-needed', reason: `${reason} (${unknown})` };
  }
  return { outcome: 'approval-needed', reason };
}

function noSuchBase({ name, access }: PlatformConfig, { ref, base }: PullRequest): Problem {
  return {
    type: 'PreviewNotAllowed',
    where: formatRef(ref),
    message: `it goes onto ${base.branch}, and platform "${name}" makes previews of pull requests onto ${access.bases.join(', ')} only; its operator can add a branch to \`access.bases\``,
  };
}

function noDrafts({ name }: PlatformConfig, { ref }: PullRequest): Problem {
  return {
    type: 'PreviewNotAllowed',
    where: formatRef(ref),
    message: `it is a draft, and platform "${name}" makes no previews of drafts; mark it as ready for review, or ask its operator to change \`access.drafts\``,
  };
}

function noOutsiders({ name }: PlatformConfig, pullRequest: PullRequest): Problem {
  return {
    type: 'PreviewNotAllowed',
    where: formatRef(pullRequest.ref),
    message: `${whyOutsider(pullRequest)}, and platform "${name}" makes no previews for outsiders, approved or not; its operator can change \`access.outsiders\``,
  };
}

function approvalReason(pullRequest: PullRequest): string {
  return `${whyOutsider(pullRequest)}: somebody with write permission has to approve the commit`;
}

function whyOutsider({ author, fromFork }: PullRequest): string {
  return fromFork
    ? `${author}'s pull request comes from a fork`
    : `${author} may not write to the repository`;
}
