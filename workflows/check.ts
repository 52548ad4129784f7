import { ApplicationFailure, isCancellation } from '@temporalio/workflow';
import type { FailureReport } from '../domain/failures.ts';
import { problemsReport } from '../domain/failures.ts';
import type { CheckOutcome } from '../domain/outcome.ts';
import type { ReportedImage } from '../domain/messages.ts';
import type { PullRequestRef } from '../domain/pull-request.ts';
import { quickActivities } from './activity-proxies.ts';
import { reportOf } from './failure-report.ts';

export interface CheckInput {
  readonly ref: PullRequestRef;
  /** Head commit to check; the pull request is read again first. */
  readonly commit: string;
  /** The wait for images is over: fallbacks may be used. */
  readonly waitOver: boolean;
  /** What CI said of this commit; empty: nothing. */
  readonly reported: readonly ReportedImage[];
  /** This commit of an outsider's pull request was approved. */
  readonly approved: boolean;
  /** The granted place in a pool of fixed stems; null before the grant and in other pools. */
  readonly place: string | null;
}

/**
 * Finds out whether a commit can be deployed, and with which digests. Creates nothing. Tells every problem of the
 * run in one answer.
 */
export async function check(input: CheckInput): Promise<CheckOutcome> {
  try {
    return await inspect(input);
  } catch (error) {
    if (isCancellation(error)) return { outcome: 'stopped' };
    return { outcome: 'refused', failure: reportOf(error), exists: null };
  }
}

async function inspect(input: CheckInput): Promise<CheckOutcome> {
  const { ref, commit, waitOver } = input;
  const config = await quickActivities(
    `read pull request and preview config of ${commit.slice(0, 7)}`,
  ).readConfig(input);
  if (config.outcome === 'refused') return { ...config, exists: null };
  if (config.outcome !== 'read') return config;
  const { inputs, requests } = config;
  const [resolving, finding] = await Promise.allSettled([
    quickActivities(`resolve ${requests.length} images`).resolveImages({
      requests,
      commit,
      source: { owner: ref.owner, repository: ref.repository },
    }),
    quickActivities('look at cluster and database').preflight({ inputs }),
  ]);
  if (resolving.status === 'rejected') throw resolving.reason;
  if (finding.status === 'rejected') throw finding.reason;
  const { value: resolved } = resolving;
  const { value: found } = finding;
  const rendered = await quickActivities('render the plan without cluster access').renderPlan({
    inputs: { ...inputs, images: resolved.images },
    missing: resolved.missing,
  });
  const waitMs = waitOver ? 0 : config.imageWaitMs;
  const problems = [
    ...config.problems,
    ...resolved.problems,
    ...found.problems,
    ...rendered.problems,
    // an image that is not waited for stands in the way like everything else
    ...(waitMs === 0 ? rendered.missingProblems : []),
  ];
  const warnings = [...config.warnings, ...found.warnings, ...rendered.warnings];
  const { exists } = found;
  if (problems.length > 0) return { outcome: 'refused', failure: problemsReport(problems), warnings, exists };
  if (resolved.missing.length > 0) {
    const failure: FailureReport = problemsReport(rendered.missingProblems);
    const { missing } = resolved;
    const { build } = config;
    return { outcome: 'images-missing', missing, requests, waitMs, build, failure, warnings, exists };
  }
  if (rendered.plan === null)
    throw ApplicationFailure.nonRetryable('a plan without problems is missing', 'Bug');
  return { outcome: 'ready', plan: rendered.plan, warnings, exists };
}
