import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGitHub } from '../../../local/github/server.ts';
import type { GitHubStandIn } from '../../../local/github/server.ts';

const publicUrl = 'http://github.example:8080';
const there = { owner: 'example', repo: 'videocall' };
let github: GitHubStandIn;

beforeAll(async () => {
  github = await startGitHub({ port: 0, host: '127.0.0.2', publicUrl });
  await github.control.createRepository({ owner: there.owner, name: there.repo });
  await github.control.commit({ ...there, files: { 'README.md': 'The base' } });
  for (const head of ['one', 'two']) {
    await github.control.commit({ ...there, branch: head, files: { [head]: head } });
    await github.control.openPullRequest({ ...there, head, title: head });
  }
});
afterAll(() => github.close());

const ask = (path: string): Promise<Response> =>
  fetch(`${github.url}/repos/example/videocall/${path}`, {
    redirect: 'manual',
    headers: { authorization: `token ${github.token}` },
  });

test('The stand-in listens where it is told to', () => {
  expect(github.url).toMatch(/^http:\/\/127\.0\.0\.2:\d+$/);
});

test('People are led to the public address', async () => {
  const pull = (await (await ask('pulls/1')).json()) as { html_url: string };
  expect(pull.html_url).toBe(`${publicUrl}/example/videocall/pull/1`);
  expect((await github.control.about()).url).toBe(publicUrl);
});

test('Programs are sent on by the address that they asked, which may be another one', async () => {
  expect((await ask('tarball/main')).headers.get('location')).toMatch(`${github.url}/_codeload/`);
  expect((await ask('pulls?per_page=1')).headers.get('link')).toMatch(`<${github.url}/repositories/`);
});
