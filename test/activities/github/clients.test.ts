import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createGitHub } from '../../../activities/github/clients.ts';
import { githubFailure } from '../../../activities/github/failure.ts';
import { startGitHub } from '../../../local/github/server.ts';
import type { GitHubStandIn } from '../../../local/github/server.ts';

const there = { owner: 'example', repo: 'app' };
let github: GitHubStandIn;
beforeAll(async () => {
  github = await startGitHub({ port: 0 });
  await github.control.createRepository({ owner: 'example', name: 'app' });
  await github.control.commit({ ...there, files: { 'a.txt': 'a' } });
});
afterAll(() => github.close());
afterEach(() => github.control.clearFaults());

/** The client as it is for api.github.com, whose calls reach the stand-in. */
function publicClient(calls: { method: string | undefined; at: number }[] = []) {
  return createGitHub({
    token: github.token,
    fetch: (input, init) => {
      calls.push({ method: init?.method, at: performance.now() });
      const url = input instanceof Request ? input.url : input.toString();
      return fetch(url.replace('https://api.github.com', github.url), init);
    },
  });
}

test('Towards api.github.com reads go at once, and writes keep a second between them', async () => {
  const calls: { method: string | undefined; at: number }[] = [];
  const octokit = publicClient(calls);
  const deploy = () => octokit.rest.repos.createDeployment({ ...there, ref: 'main', environment: 'x' });
  const read = () => octokit.rest.repos.get(there);
  await Promise.all([deploy(), deploy(), read(), read()]);
  const [first, second] = calls.filter(({ method }) => method === 'POST');
  expect(second!.at - first!.at).toBeGreaterThan(900);
  const reads = calls.filter(({ method }) => method === 'GET').map(({ at }) => at - first!.at);
  expect(Math.max(...reads)).toBeLessThan(900);
});

test('A limit is not waited out inside of the client: Temporal is told, and asks nothing of a worker meanwhile', async () => {
  const headers = { 'retry-after': '40' };
  const body = { message: 'You have exceeded a secondary rate limit' };
  await github.control.addFault({ path: '/repos', status: 403, headers, body, times: 5 });
  const calls: { method: string | undefined; at: number }[] = [];
  const error: unknown = await publicClient(calls)
    .rest.repos.get(there)
    .catch((one: unknown) => one);
  expect(calls).toHaveLength(1);
  expect(githubFailure(error, 'read')).toMatchObject({ type: 'GitHubThrottled' });
});

test('A failure carries neither token nor the body that was sent', async () => {
  await github.control.addFault({ path: '/comments', status: 422, body: { message: 'Validation Failed' } });
  const sent = publicClient().rest.issues.createComment({ ...there, issue_number: 1, body: 'a long story' });
  const failed = githubFailure(await sent.catch((error: unknown) => error), 'comment on example/app#1');
  const { cause } = failed as { cause: Error };
  const shown = [failed.message, failed.stack, cause.message, cause.stack, JSON.stringify(failed)].join('\n');
  expect(failed).toMatchObject({
    type: 'GitHubRefused',
    message: 'GitHub: could not comment on example/app#1: Validation Failed (HTTP 422).',
  });
  expect(shown).not.toContain(github.token);
  expect(shown).not.toContain('a long story');
});
