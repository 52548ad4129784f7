import { Octokit } from 'octokit';
import { createAppLogin } from './app-login.ts';
import { holdingBack } from './hold-back.ts';
import type { GitHubLogin } from './login.ts';

export type GitHubOptions = GitHubLogin & {
  /** Root of the REST API. Default `https://api.github.com`. */
  readonly baseUrl?: string;
  /** Milliseconds after which an unanswered request is given up. Default 20 000. */
  readonly timeoutMs?: number;
  /** Default: Node's own. */
  readonly fetch?: typeof fetch;
};

const gitHub = 'https://api.github.com';

/**
 * The one client for GitHub's REST API.
 *
 * It keeps to GitHub's pace: writes at most one a second, comments one in three seconds, for the whole process, and
 * once GitHub says that it is asked too much, nothing is asked until the time it names (`holdingBack`). It repeats
 * nothing by itself, as a repeated POST is a second comment: what fails, fails its activity, and Temporal tries that
 * again when GitHub says (`githubFailure`). An Enterprise Server, or the local stand-in, has no such limits unless it
 * says so, and is asked without a pause.
 */
export function createGitHub({ baseUrl = gitHub, timeoutMs = 20_000, ...given }: GitHubOptions): Octokit {
  const limited = /(?:^|\.)(?:github\.com|ghe\.com)$/.test(new URL(baseUrl).hostname);
  return new Octokit({
    ...('app' in given ? { authStrategy: createAppLogin, auth: given.app } : { auth: given.token }),
    baseUrl: baseUrl.replace(/\/+$/, ''),
    userAgent: 'pr-preview',
    retry: { enabled: false },
    throttle: limited ? { onRateLimit: () => false, onSecondaryRateLimit: () => false } : { enabled: false },
    // It would write requests that failed to the console; the failure says it.
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    request: { fetch: holdingBack(within(timeoutMs, given.fetch ?? fetch)) },
  });
}

/** Whether a client logs in as a GitHub App. */
export async function isApp(octokit: Octokit): Promise<boolean> {
  const { type } = (await octokit.auth()) as { type?: unknown };
  return type === 'app';
}

function nothing(): void {}

/** Archives may take longer than answers; the time includes reading the body. */
const archiveTimeoutMs = 5 * 60_000;

function within(timeoutMs: number, fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const timeout = AbortSignal.timeout(url.includes('/tarball/') ? archiveTimeoutMs : timeoutMs);
    const given = init?.signal;
    return fetch(input, { ...init, signal: given ? AbortSignal.any([given, timeout]) : timeout });
  };
}
