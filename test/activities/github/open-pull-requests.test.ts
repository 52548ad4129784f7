import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGitHub } from '../../../activities/github/clients.ts';
import { listOpenPullRequests } from '../../../activities/github/open-pull-requests.ts';
import { pagesUrl } from '../../../activities/github/pages-url.ts';
import type { SeenPullRequest } from '../../../domain/reconcile-world.ts';
import type { GitHubStandIn } from '../../../local/github/server.ts';
import { startGitHub } from '../../../local/github/server.ts';

const never = new AbortController().signal;

let github: GitHubStandIn;
beforeAll(async () => {
  github = await startGitHub({ port: 0 });
});
afterAll(async () => {
  await github.close();
});

/** A repository with pull requests of its own. */
async function repositoryWith(name: string, count: number): Promise<{ owner: string; repo: string }> {
  const repository = { owner: 'Example', repo: name };
  await github.control.createRepository({ owner: 'Example', name });
  await github.control.commit({ ...repository, files: { 'a.txt': 'a' } });
  await github.control.commit({ ...repository, branch: 'change', files: { 'b.txt': 'b' } });
  for (let index = 0; index < count; index += 1)
    await github.control.openPullRequest({ ...repository, head: 'change', title: `${index}` });
  return repository;
}

const policy = { trigger: 'auto', label: 'preview' } as const;

/** @param perPage what GitHub gives at once, whatever it is asked for. */
async function list(name: string, { token = github.token, perPage = 100 } = {}): Promise<SeenPullRequest[]> {
  const octokit = createGitHub({
    token,
    baseUrl: github.url,
    fetch: (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      return fetch(url.replace('per_page=100', `per_page=${perPage}`), init);
    },
  });
  return await listOpenPullRequests(octokit, { owner: 'example', name, policy }, never);
}

describe('the list of open pull requests', () => {
  it('has what is needed of each, spelled as GitHub spells it, and none that is closed', async () => {
    const at = await repositoryWith('Spelled', 3);
    await github.control.closePullRequest({ ...at, number: 2 });
    await github.control.setDraft({ ...at, number: 3, draft: true });
    const before = Date.now();
    const found = await list('spelled');
    expect(found.map(({ ref }) => ref.number)).toEqual([3, 1]);
    expect(found).toMatchObject([
      { ref: { owner: 'Example', repository: 'Spelled' }, startsByItself: false, outsider: false },
      { startsByItself: true },
    ]);
    for (const { sha, updatedAt } of found) {
      expect(sha).toMatch(/^[0-9a-f]{40}$/);
      expect(Math.abs(before - updatedAt)).toBeLessThan(60_000);
    }
  });

  it('knows a bot for an outsider', async () => {
    const at = await repositoryWith('bots', 0);
    await github.control.openPullRequest({ ...at, head: 'change', title: 'up', author: 'renovate[bot]' });
    expect(await list('bots')).toMatchObject([{ outsider: true }]);
  });

  it('has all pages', async () => {
    await repositoryWith('many', 5);
    const found = await list('many', { perPage: 2 });
    expect(found.map(({ ref }) => ref.number)).toEqual([5, 4, 3, 2, 1]);
  });

  it('is none at all when its second page fails', async () => {
    await github.control.addFault({ path: '/many/pulls.*[?&]page=2', status: 502 });
    const failing = list('many', { perPage: 2 });
    await expect(failing).rejects.toBeInstanceOf(ApplicationFailure);
    await expect(failing).rejects.toMatchObject({ type: 'GitHubUnavailable' });
  });

  it('fails where the repository is not to be seen, and where the token is not known', async () => {
    await expect(list('nowhere')).rejects.toMatchObject({ type: 'GitHubNotFound' });
    await expect(list('many', { token: 'wrong' })).rejects.toMatchObject({ type: 'GitHubUnauthorized' });
  });
});

describe("GitHub's pages", () => {
  it.each([
    ['https://api.github.com', 'https://github.com'],
    ['https://github.example.com/api/v3', 'https://github.example.com'],
    ['https://api.octo.ghe.com', 'https://octo.ghe.com'],
    ['http://127.0.0.1:9906', 'http://127.0.0.1:9906'],
  ])('for the API at %s are at %s', (baseUrl, url) => {
    expect(pagesUrl(createGitHub({ token: 'none', baseUrl }))).toBe(url);
  });
});
