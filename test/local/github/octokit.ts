import { Octokit } from 'octokit';

/** GitHub's own client, which neither waits nor retries, so that a test sees each answer. */
export function plainOctokit({ url, token }: { url: string; token: string }): Octokit {
  return new Octokit({
    baseUrl: url,
    auth: token,
    throttle: { enabled: false },
    retry: { enabled: false },
    // Expected refusals would fill the output.
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
}
