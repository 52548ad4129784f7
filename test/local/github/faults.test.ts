import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startGitHub } from '../../../local/github/server.ts';
import type { GitHubStandIn } from '../../../local/github/server.ts';
import { plainOctokit } from './octokit.ts';

const there = { owner: 'example', repo: 'app' };
let github: GitHubStandIn;
let number: number;

beforeAll(async () => {
  github = await startGitHub({ port: 0 });
  await github.control.createRepository({ owner: 'example', name: 'app' });
  await github.control.commit({ ...there, files: { 'a.txt': 'a' } });
  await github.control.commit({ ...there, branch: 'topic', files: { 'a.txt': 'b' } });
  ({ number } = await github.control.openPullRequest({ ...there, head: 'topic', title: 'Topic' }));
});
afterAll(() => github.close());
afterEach(() => github.control.clearFaults());

const create = (body: string, signal?: AbortSignal) =>
  plainOctokit(github).rest.issues.createComment({
    ...there,
    issue_number: number,
    body,
    ...(signal === undefined ? {} : { request: { signal } }),
  });
const bodies = async () => (await github.control.comments({ ...there, number })).map(({ body }) => body);

test('A fault answers as often as it was ordered, with its status and headers, and writes nothing', async () => {
  const headers = { 'retry-after': '7' };
  await github.control.addFault({ method: 'POST', path: '/comments$', status: 429, headers, times: 2 });
  for (const body of ['one', 'two']) {
    await expect(create(body)).rejects.toMatchObject({
      status: 429,
      response: { headers: { 'retry-after': '7' } },
    });
  }
  await create('three');
  expect(await bodies()).toEqual(['three']);
});

test('A fault after the write answers badly and keeps what was written', async () => {
  await github.control.addFault({ path: '/comments$', status: 502, afterWrite: true });
  await expect(create('written all the same')).rejects.toMatchObject({ status: 502 });
  expect(await bodies()).toContain('written all the same');
});

test('A client that does not wait for a late answer finds its write done', async () => {
  await github.control.addFault({ path: '/comments$', delayMs: 60_000, afterWrite: true });
  await expect(create('late', AbortSignal.timeout(300))).rejects.toThrow(/abort|timeout/i);
  expect(await bodies()).toContain('late');
});

test('A cut line gives no answer at all', async () => {
  await github.control.addFault({ path: '/user', drop: true });
  const { users } = plainOctokit(github).rest;
  await expect(users.getAuthenticated()).rejects.toMatchObject({
    status: 500,
    message: expect.stringMatching(/other side closed|socket/i) as unknown,
  });
  expect((await users.getAuthenticated()).status).toBe(200);
});

test('The log of requests says who asked what and what they were told, and never a token', async () => {
  await github.control.clearRequests();
  await plainOctokit(github).rest.users.getAuthenticated();
  await fetch(`${github.url}/user`);
  const requests = await github.control.requests();
  expect(requests).toEqual([
    { method: 'GET', path: '/user', status: 200, login: 'preview-robot' },
    { method: 'GET', path: '/user', status: 401 },
  ]);
  expect(JSON.stringify(requests)).not.toContain(github.token);
});

test('The control API takes nothing from a web page', async () => {
  const url = `${github.url}/_control/faults`;
  const body = JSON.stringify({ path: '/', status: 500 });
  const simple = await fetch(url, { method: 'POST', body });
  const foreign = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', origin: 'https://evil.example' },
  });
  expect([simple.status, foreign.status]).toEqual([403, 403]);
});
