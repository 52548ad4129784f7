import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createGitHub } from '../../../activities/github/clients.ts';
import { createPullRequests } from '../../../activities/github/pull-requests.ts';
import { createFixture, repository } from './fixture.ts';
import type { Fixture } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture();
});
afterAll(() => fixture.close());
afterEach(() => fixture.github.control.clearFaults());

test('A pull request is told as it is', async () => {
  await fixture.github.control.setPermission({ ...repository, user: 'mona', permission: 'write' });
  const { ref, sha } = await fixture.pull({ author: 'mona', draft: true });
  expect(await fixture.run.readPullRequest({ ref, expectSha: null })).toEqual({
    ref,
    repositoryId: expect.any(Number),
    state: 'open',
    merged: false,
    draft: true,
    title: expect.any(String),
    author: 'mona',
    fromFork: false,
    authorCanWrite: true,
    startsByItself: false,
    head: { sha, branch: expect.any(String) },
    base: { branch: 'main' },
    url: `${fixture.github.url}/example/videocall/pull/${String(ref.number)}`,
  });
});

test.each([
  ['reads', 'read', false],
  ['triages', 'triage', false],
  ['writes', 'write', true],
  ['maintains', 'maintain', true],
  ['administers', 'admin', true],
] as const)('Somebody who %s may write: %s is %s', async (author, permission, may) => {
  await fixture.github.control.setPermission({ ...repository, user: author, permission });
  const { ref } = await fixture.pull({ author });
  expect(await fixture.run.readPullRequest({ ref, expectSha: null })).toMatchObject({ authorCanWrite: may });
});

test('Whether a preview starts by itself goes by draft and label', async () => {
  const { ref } = await fixture.pull();
  const { control } = fixture.github;
  const at = { ...repository, number: ref.number };
  const run = fixture.runAs({ policy: { trigger: 'label', label: 'preview' } });
  const starts = async () => (await run.readPullRequest({ ref, expectSha: null }))?.startsByItself;
  expect(await starts()).toBe(false);
  await control.setLabels({ ...at, labels: ['bug', 'Preview'] });
  expect(await starts()).toBe(true);
  await control.setDraft({ ...at, draft: true });
  expect(await starts()).toBe(false);
});

test('Who is a member of the organisation is known, and of a person nobody is', async () => {
  await fixture.github.control.addMember({ organization: 'example', user: 'mia' });
  const octokit = createGitHub({ token: fixture.github.token, baseUrl: fixture.github.url });
  const policy = { trigger: 'auto', label: 'preview' } as const;
  const pulls = createPullRequests({ octokit, policy, rereadAfterMs: [] });
  const isByMember: typeof pulls.isByMember = (of, aborted) => pulls.isByMember(of, aborted);
  const { signal } = new AbortController();
  const ref = { owner: 'Example', repository: 'videocall', number: 1 };
  expect(await isByMember({ ref, author: 'Mia' }, signal)).toBe(true);
  expect(await isByMember({ ref, author: 'mona' }, signal)).toBe(false);
  expect(await isByMember({ ref: { ...ref, owner: 'mia' }, author: 'mia' }, signal)).toBe(false);
  await fixture.github.control.addFault({ path: '/members/', status: 500 });
  await expect(isByMember({ ref, author: 'Mia' }, signal)).rejects.toMatchObject({
    type: 'GitHubUnavailable',
  });
});

test('A bot is an outsider, whatever its permission', async () => {
  await fixture.github.control.setPermission({ ...repository, user: 'renovate[bot]', permission: 'admin' });
  const { ref } = await fixture.pull({ author: 'renovate[bot]' });
  expect(await fixture.run.readPullRequest({ ref, expectSha: null })).toMatchObject({
    authorCanWrite: false,
  });
});

test('A pull request from a fork says so, and so does one whose fork is gone', async () => {
  const { control } = fixture.github;
  await control.createFork({ ...repository, by: 'outsider' });
  const files = { 'idea.txt': 'idea' };
  await control.commit({ owner: 'outsider', repo: repository.repo, branch: 'idea', files });
  const head = 'outsider:idea';
  const { number } = await control.openPullRequest({
    ...repository,
    head,
    title: 'Idea',
    author: 'outsider',
  });
  const ref = { owner: 'example', repository: 'videocall', number };
  const read = () => fixture.run.readPullRequest({ ref, expectSha: null });
  expect(await read()).toMatchObject({ fromFork: true, authorCanWrite: false });

  const pull = await control.pullRequest({ ...repository, number });
  const body = { ...pull, user: null, head: { ...pull.head, repo: null } };
  await control.addFault({ path: '/pulls/', status: 200, body });
  expect(await read()).toMatchObject({ fromFork: true, authorCanWrite: false, author: 'ghost' });
});

test('A closed and a merged one say so', async () => {
  const { ref } = await fixture.pull();
  const at = { ...repository, number: ref.number };
  await fixture.github.control.closePullRequest(at);
  const read = () => fixture.run.readPullRequest({ ref, expectSha: null });
  expect(await read()).toMatchObject({ state: 'closed', merged: false });
  await fixture.github.control.reopenPullRequest(at);
  await fixture.github.control.closePullRequest({ ...at, merge: true });
  expect(await read()).toMatchObject({ state: 'closed', merged: true });
});

test('A number that is not there is null; a repository that is not seen is a failure, as nothing is known then', async () => {
  const nowhere = { owner: 'example', repository: 'videocall', number: 4711 };
  expect(await fixture.run.readPullRequest({ ref: nowhere, expectSha: null })).toBeNull();
  const unseen = { ...nowhere, repository: 'private-one' };
  await expect(fixture.run.readPullRequest({ ref: unseen, expectSha: null })).rejects.toMatchObject({
    type: 'GitHubNotFound',
  });
});

test('A repository that is not seen and that the platform does not serve is said to be that', async () => {
  const ref = { owner: 'example', repository: 'other', number: 1 };
  await expect(fixture.run.readPullRequest({ ref, expectSha: null })).rejects.toMatchObject({
    type: 'RepositoryNotAllowed',
    message: expect.stringMatching(
      /makes previews for .* only; its operator can add example\/other/,
    ) as string,
  });
});

test('A pull request of a repository that the platform serves no longer is still read: its preview must end', async () => {
  const { ref } = await fixture.pull();
  const run = fixture.runAs({ repositories: [] });
  expect(await run.readPullRequest({ ref, expectSha: null })).toMatchObject({ state: 'open' });
});

test('An old head is read again until GitHub shows the expected one', async () => {
  const { ref, sha: old } = await fixture.pull();
  const stale = await fixture.github.control.pullRequest({ ...repository, number: ref.number });
  const sha = await fixture.push(ref);
  expect(sha).not.toBe(old);
  await fixture.github.control.addFault({ path: '/pulls/', status: 200, body: stale, times: 2 });
  await fixture.github.control.clearRequests();
  expect(await fixture.run.readPullRequest({ ref, expectSha: sha })).toMatchObject({ head: { sha } });
  const reads = (await fixture.github.control.requests()).filter(({ path }) => path.includes('/pulls/'));
  expect(reads).toHaveLength(3);
});

test('A head that never comes is given up, and GitHub is believed', async () => {
  const { ref, sha } = await fixture.pull();
  await fixture.github.control.clearRequests();
  const read = await fixture.run.readPullRequest({ ref, expectSha: 'f'.repeat(40) });
  expect(read).toMatchObject({ head: { sha } });
  const reads = (await fixture.github.control.requests()).filter(({ path }) => path.includes('/pulls/'));
  expect(reads).toHaveLength(4);
});

test.each([
  ['500', { status: 500 }, 'GitHubUnavailable'],
  ['a page instead of data', { status: 200, body: '<html>' }, 'GitHubUnavailable'],
  ['403', { status: 403 }, 'GitHubDenied'],
  ['429', { status: 429, headers: { 'retry-after': '5' } }, 'GitHubThrottled'],
  ['401', { status: 401 }, 'GitHubUnauthorized'],
  ['a cut line', { drop: true }, 'GitHubUnavailable'],
])('%s is told by its name', async (_, fault, type) => {
  const { ref } = await fixture.pull();
  await fixture.github.control.addFault({ path: '/pulls/', ...fault });
  await expect(fixture.run.readPullRequest({ ref, expectSha: null })).rejects.toMatchObject({ type });
});
