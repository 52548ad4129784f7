import type { Octokit } from 'octokit';
import { setTimeout as delay } from 'node:timers/promises';
import type { PullRequest, PullRequestRef } from '../../domain/pull-request.ts';
import type { StartPolicy } from '../../domain/start.ts';
import { startsByItself } from '../../domain/start.ts';
import { formatRef } from '../../domain/pull-request.ts';
import { pullRequestAnswer } from './answers.ts';
import { ask, statusOf } from './failure.ts';
import { mayWrite } from './permission.ts';

export interface ReadPullRequest {
  readonly ref: PullRequestRef;
  /** Head that somebody said there is; null when nobody did. */
  readonly expectSha: string | null;
}

export interface PullRequests {
  /**
   * What GitHub says of a pull request; null when its repository has none of that number.
   *
   * An open one whose head is not the expected one is read again a few times, as GitHub's replicas lag behind its
   * events; then GitHub is believed.
   *
   * @throws failure `GitHubNotFound` when not even the repository is to be seen: then nothing is known.
   */
  readPullRequest(input: ReadPullRequest, signal: AbortSignal): Promise<PullRequest | null>;
  /** Whether the author is a member of the organisation that owns the repository; never where a person owns it. */
  isByMember(pullRequest: Pick<PullRequest, 'ref' | 'author'>, signal: AbortSignal): Promise<boolean>;
}

export function createPullRequests({
  octokit,
  policy,
  rereadAfterMs,
}: {
  octokit: Octokit;
  policy: StartPolicy;
  /** Pauses before each further reading, in milliseconds. */
  rereadAfterMs: readonly number[];
}): PullRequests {
  return {
    readPullRequest: async ({ ref, expectSha }, signal) => {
      let answer = await read(octokit, ref, signal);
      for (const pause of rereadAfterMs) {
        if (answer?.state !== 'open' || expectSha === null || answer.head.sha === expectSha) break;
        await delay(pause, undefined, { signal }).catch(() => signal.throwIfAborted());
        answer = await read(octokit, ref, signal);
      }
      if (answer === null) return null;
      const { user } = answer;
      const person = user !== null && user.type !== 'Bot';
      const authorCanWrite = person && (await mayWrite(octokit, { ref, login: user.login }, signal));
      const labels = answer.labels.map(({ name }) => name);
      const draft = answer.draft ?? false;
      const starts = startsByItself(policy, { draft, labels });
      return { ...toPullRequest(ref, answer), authorCanWrite, startsByItself: starts };
    },
    isByMember: async ({ ref, author }, signal) =>
      await ask(signal, `read whether ${author} is a member of ${ref.owner}`, async () => {
        try {
          const member = { org: ref.owner, username: author, request: { signal } };
          await octokit.rest.orgs.checkMembershipForUser(member);
          return true;
        } catch (error) {
          // neither an organisation, nor a member of it, nor one that the token may know of
          if (statusOf(error) === 404) return false;
          throw error;
        }
      }),
  };
}

type Answer = (typeof pullRequestAnswer)['_output'];

async function read(octokit: Octokit, ref: PullRequestRef, signal: AbortSignal): Promise<Answer | null> {
  const repository = { owner: ref.owner, repo: ref.repository, request: { signal } };
  return ask(signal, `read ${formatRef(ref)}`, async () => {
    try {
      const { data } = await octokit.rest.pulls.get({ ...repository, pull_number: ref.number });
      return pullRequestAnswer.parse(data);
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
      // A token that lost its access is answered 404 as well: only in a repository that is seen is it a no.
      await octokit.rest.repos.get(repository);
      return null;
    }
  });
}

function toPullRequest(
  ref: PullRequestRef,
  answer: Answer,
): Omit<PullRequest, 'authorCanWrite' | 'startsByItself'> {
  return {
    ref,
    repositoryId: answer.base.repo.id,
    state: answer.state,
    merged: answer.merged,
    draft: answer.draft ?? false,
    title: answer.title,
    author: answer.user?.login ?? 'ghost',
    fromFork: answer.head.repo?.id !== answer.base.repo.id,
    head: { sha: answer.head.sha, branch: answer.head.ref },
    base: { branch: answer.base.ref },
    url: answer.html_url,
  };
}
