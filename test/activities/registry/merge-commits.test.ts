import { expect, onTestFinished, test } from 'vitest';
import { createGitHub } from '../../../activities/github/clients.ts';
import { createIsMergeOf } from '../../../activities/registry/merge-commits.ts';
import { closedUrl } from './support.ts';
import { startGitHub } from '../../../local/github/server.ts';

const { signal } = new AbortController();
const at = { owner: 'example', repo: 'videocall' };
const source = { owner: 'example', repository: 'videocall' };

async function gitHub() {
  const github = await startGitHub({ port: 0 });
  onTestFinished(() => github.close());
  await github.control.createRepository({ owner: at.owner, name: at.repo });
  await github.control.commit({ ...at, files: { a: '1' } });
  const { sha: head } = await github.control.commit({ ...at, branch: 'topic', files: { b: '1' } });
  const { number } = await github.control.openPullRequest({ ...at, head: 'topic', title: 'topic' });
  // So that the trial merge is one.
  await github.control.commit({ ...at, files: { a: '2' } });
  const octokit = createGitHub({ token: github.token, baseUrl: github.url });
  const { data } = await octokit.rest.pulls.get({ ...at, pull_number: number });
  return { octokit, head, merge: data.merge_commit_sha ?? '', base: data.base.sha };
}

test('GitHub’s trial merge of a pull request is a merge of its head, and of nothing else', async () => {
  const { octokit, head, merge, base } = await gitHub();
  const isMergeOf = createIsMergeOf(octokit);
  expect(await isMergeOf({ source, merge, head }, signal)).toBe(true);
  expect(await isMergeOf({ source, merge, head: base }, signal)).toBe(false);
  expect(await isMergeOf({ source, merge: head, head: base }, signal)).toBe(false);
});

test('a commit that the repository does not have is no merge of the head', async () => {
  const { octokit, head } = await gitHub();
  expect(await createIsMergeOf(octokit)({ source, merge: 'c'.repeat(40), head }, signal)).toBe(false);
});

test('GitHub away is a failure, and no answer', async () => {
  const octokit = createGitHub({ token: 'x', baseUrl: await closedUrl() });
  const asked = createIsMergeOf(octokit)({ source, merge: 'c'.repeat(40), head: 'd'.repeat(40) }, signal);
  await expect(asked).rejects.toMatchObject({ type: 'GitHubUnavailable' });
});
