import { vi } from 'vitest';
import { activityEnvironment } from '../environment.ts';
import { ApplicationFailure } from '@temporalio/common';
import { createGitHubActivities } from '../../../activities/github/activities.ts';
import type { GitHubActivities } from '../../../activities/github/activities.ts';
import { createGitHub } from '../../../activities/github/clients.ts';
import type { GitHubApp } from '../../../activities/github/login.ts';
import { startGitHub } from '../../../local/github/server.ts';
import type { GitHubStandIn } from '../../../local/github/server.ts';
import type { StartPolicy } from '../../../domain/start.ts';
import type { PullRequestRef } from '../../../domain/pull-request.ts';

export const repository = { owner: 'example', repo: 'videocall' };

export interface Fixture {
  github: GitHubStandIn;
  /**
   * The activities, each run in an activity's context of its own. They come with a client of their own each time: one
   * that GitHub told to hold back does so for all who use it.
   */
  readonly run: GitHubActivities;
  /** As `run`, with another login, or another idea of patience. */
  runAs(options: {
    token?: string;
    app?: GitHubApp;
    url?: string;
    timeoutMs?: number;
    platform?: string;
    repositories?: readonly string[];
    policy?: StartPolicy;
  }): GitHubActivities;
  /** A pull request of its own for one test. */
  pull(more?: { author?: string; draft?: boolean }): Promise<{ ref: PullRequestRef; sha: string }>;
  /** Commits on the pull request's branch; answers with the new head. */
  push(ref: PullRequestRef): Promise<string>;
  bodies(ref: PullRequestRef): Promise<(string | undefined)[]>;
  close(): Promise<void>;
}

export async function createFixture(): Promise<Fixture> {
  const github = await startGitHub({ port: 0 });
  const { control } = github;
  await control.createRepository({ owner: repository.owner, name: repository.repo });
  await control.commit({ ...repository, files: { 'preview.yaml': 'services: {}\n' } });
  const at = ({ number }: PullRequestRef) => ({ ...repository, number });
  let count = 0;

  const runAs: Fixture['runAs'] = ({
    token = github.token,
    app,
    url = github.url,
    timeoutMs,
    platform,
    repositories = [`${repository.owner}/${repository.repo}`, 'example/private-one'],
    policy = { trigger: 'auto', label: 'preview' },
  }) =>
    inActivities(
      createGitHubActivities({
        octokit: createGitHub({
          ...(app === undefined ? { token } : { app }),
          baseUrl: url,
          ...(timeoutMs === undefined ? {} : { timeoutMs }),
        }),
        platform: platform ?? 'pr-preview',
        repositories,
        policy,
        urls: { workflow: (id) => `http://temporal.localhost/${id}` },
        rereadAfterMs: [20, 30, 50],
      }),
    );
  return {
    github,
    get run() {
      return runAs({});
    },
    runAs,
    pull: async (more = {}) => {
      count += 1;
      const branch = `topic-${String(count)}`;
      const { sha } = await control.commit({ ...repository, branch, files: { [`${branch}.txt`]: branch } });
      const { number } = await control.openPullRequest({
        ...repository,
        head: branch,
        title: branch,
        ...more,
      });
      return { ref: { owner: repository.owner, repository: repository.repo, number }, sha };
    },
    push: async (ref) => {
      count += 1;
      const files = { 'pushed.txt': String(count) };
      return (await control.pushToPullRequest({ ...at(ref), files })).sha;
    },
    bodies: async (ref) => (await control.comments(at(ref))).map(({ body }) => body),
    close: () => github.close(),
  };
}

/**
 * Tries again what fails for a time, as Temporal does, at most five times; where the failure says when, the clock is put
 * there (`vi.useRealTimers()` puts it right).
 */
export async function withRetries<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const retryable = error instanceof ApplicationFailure && !error.nonRetryable;
      if (!retryable || attempt === 5) throw error;
      const waitMs = Number(error.nextRetryDelay ?? 0);
      if (waitMs > 0) vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + waitMs });
    }
  }
}

function inActivities(activities: GitHubActivities): GitHubActivities {
  return {
    readPullRequest: (input) => activityEnvironment().run(activities.readPullRequest, input),
    report: (input) => activityEnvironment().run(activities.report, input),
    endDeployments: (input) => activityEnvironment().run(activities.endDeployments, input),
    redeliverFailedDeliveries: (input) =>
      activityEnvironment().run(activities.redeliverFailedDeliveries, input),
  };
}
