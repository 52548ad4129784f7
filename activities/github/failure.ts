import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { FailureType } from '../../domain/failures.ts';
import { failure } from '../failure.ts';
import type { LimitAnswer } from './limits.ts';
import { isLimit, saidWaitMs, unsaidWaitMs } from './limits.ts';

/**
 * Asks GitHub something: on abort rejects with `signal.reason`, else with the failure that GitHub's answer means.
 *
 * @param doing what is being done, for the message: `comment on o/r#1`.
 */
export async function ask<T>(signal: AbortSignal, doing: string, question: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  // The question may stand in the client's queue, which knows of no signal.
  const abort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([question(), aborted]);
  } catch (error) {
    signal.throwIfAborted();
    throw githubFailure(error, doing);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/**
 * What an error of GitHub, or of the way to it, means for us. Our own failures and cancellation pass untouched.
 *
 * A limit becomes `GitHubThrottled`, to be tried again when GitHub says: by `retry-after`, or when the hour's budget
 * starts anew, or after one minute.
 */
export function githubFailure(error: unknown, doing: string): Error {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  const answer = readAnswer(error);
  const type = classify(answer);
  const status = answer.status === null ? '' : ` (HTTP ${answer.status})`;
  const hint = advice(type, answer);
  const message = `GitHub: could not ${doing}: ${answer.message}${status}.${hint === '' ? '' : ` ${hint}`}`;
  return failure(type, message, {
    // The error of the client holds the whole request and answer.
    cause: new Error(answer.message),
    ...(type === 'GitHubThrottled' ? { retryAfterMs: waitMs(answer.headers) } : {}),
    ...(type === 'GitHubUnauthorized' ? { retryAfterMs: 60_000 } : {}),
  });
}

/** The status with which GitHub refused; null where there was no answer, or the error is none of GitHub's. */
export function statusOf(error: unknown): number | null {
  return readAnswer(error).status;
}

/** The client says 500 also where no answer came: only an error with a response is GitHub's. */
function readAnswer(error: unknown): LimitAnswer {
  const { status, response } = (error instanceof Error ? error : {}) as {
    status?: number;
    response?: { headers?: LimitAnswer['headers'] };
  };
  return {
    status: response === undefined ? null : (status ?? null),
    message: wordsOf(error).replace(/\s+/g, ' ').slice(0, 500),
    headers: response?.headers ?? {},
  };
}

/** What GitHub says, without the address of a page about it. */
export function wordsOf(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  return said.split(' - https://docs.github.com', 1)[0] ?? '';
}

function classify(answer: LimitAnswer): FailureType {
  const { status } = answer;
  if (status === null || status >= 500) return 'GitHubUnavailable';
  if (isLimit(answer)) return 'GitHubThrottled';
  if (status === 401) return 'GitHubUnauthorized';
  if (status === 403 || status === 451) return 'GitHubDenied';
  if (status === 404 || status === 410) return 'GitHubNotFound';
  return 'GitHubRefused';
}

function waitMs(headers: LimitAnswer['headers']): number {
  // Apart from each other, or all that were refused come back in the same moment.
  return Math.round((saidWaitMs(headers) ?? unsaidWaitMs) * (1 + Math.random() / 10));
}

function advice(type: FailureType, { headers }: LimitAnswer): string {
  if (type === 'GitHubUnauthorized') {
    return "The login was revoked, has expired, or is another server's: give a valid GITHUB_TOKEN, or the GitHub App's id and present key";
  }
  if (type === 'GitHubDenied') {
    const wanted = headers['x-accepted-github-permissions'] ?? headers['x-accepted-oauth-scopes'];
    return wanted ? `The token needs: ${wanted}` : 'The token may not do this';
  }
  if (type === 'GitHubNotFound') return 'It is not there, or the token may not see it';
  return '';
}
