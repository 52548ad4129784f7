import { generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createGitHub } from '../../../activities/github/clients.ts';
import { githubFailure } from '../../../activities/github/failure.ts';
import type { GitHubApp } from '../../../activities/github/login.ts';
import type { MadeApp } from '../../../local/github/control.ts';
import type { PullRequestRef } from '../../../domain/pull-request.ts';
import { createFixture, repository } from './fixture.ts';
import type { Fixture } from './fixture.ts';

const minute = 60_000;
let fixture: Fixture;
let made: MadeApp;
let app: GitHubApp;
let installationId: number;
/** Each test's client starts anew, so does its count of requests. */
beforeEach(() => fixture.github.control.clearRequests());
beforeAll(async () => {
  fixture = await createFixture();
  const { control } = fixture.github;
  made = await control.createApp({ slug: 'pr-preview', owner: 'example' });
  app = { id: String(made.id), privateKey: made.privateKey, installationId: null };
  ({ id: installationId } = await control.installApp({ appId: made.id, account: 'example' }));
});
afterAll(() => fixture.close());
afterEach(async () => {
  vi.useRealTimers();
  await fixture.github.control.clearFaults();
});

const comment = (ref: PullRequestRef, body: string) => ({ ref, body, deployment: null });
/** How often it was asked what matches. */
const asked = async (path: RegExp) =>
  (await fixture.github.control.requests()).filter((one) => path.test(`${one.method} ${one.path}`)).length;
const authors = async ({ number }: PullRequestRef) =>
  (await fixture.github.control.comments({ ...repository, number })).map(({ user }) => user?.login);
/** Lets the clocks of client and GitHub go on by so much. */
const later = (ms: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });

test("An App's comment is its bot's, is found behind a hundred others, and is edited", async () => {
  const { ref } = await fixture.pull();
  const { report } = fixture.runAs({ app });
  const chat = (index: number) =>
    fixture.github.control.comment({ ...repository, number: ref.number, author: 'mona', body: `${index}` });
  for (let index = 0; index < 105; index += 1) await chat(index);
  const { commentId } = await report(comment(ref, 'one'));
  expect(await report(comment(ref, 'two'))).toMatchObject({ commentId });
  expect((await authors(ref)).filter((author) => author !== 'mona')).toEqual(['pr-preview[bot]']);
  expect((await fixture.bodies(ref)).at(-1)).toContain('two');
});

test('A comment with our marker by another App, or by the person who made ours, is left alone', async () => {
  const { ref } = await fixture.pull();
  const body = `<!-- pr-preview:example/videocall#${ref.number} -->\nclick here`;
  for (const author of ['example', 'pr-preview-2[bot]', 'pr-preview'])
    await fixture.github.control.comment({ ...repository, number: ref.number, author, body });
  await fixture.runAs({ app }).report(comment(ref, 'ready'));
  expect(await fixture.bodies(ref)).toEqual([body, body, body, expect.stringContaining('ready')]);
});

test('Pull requests are read, and deployments made and ended', async () => {
  const { ref, sha } = await fixture.pull();
  const run = fixture.runAs({ app });
  expect(await run.readPullRequest({ ref, expectSha: sha })).toMatchObject({ head: { sha } });
  const deployment = {
    sha,
    state: 'success',
    environmentUrl: null,
    workflowId: 'w',
    description: '',
  } as const;
  await run.report({ ...comment(ref, 'ready'), deployment });
  expect(await run.endDeployments({ ref })).toEqual({ ended: 1 });
});

test('One token serves all requests of an hour, and is renewed before the hour is over', async () => {
  const { ref } = await fixture.pull();
  const run = fixture.runAs({ app });
  const read = () => run.readPullRequest({ ref, expectSha: null });
  await Promise.all([read(), read(), read()]);
  expect(await asked(/access_tokens/)).toBe(1);
  later(58 * minute);
  await read();
  expect(await asked(/access_tokens/)).toBe(1);
  later(2 * minute);
  await read();
  expect(await asked(/access_tokens/)).toBe(2);
  expect(await asked(/\/installation$/)).toBe(1);
});

test('A token that ends before its time is replaced at once, and what it was for is done once', async () => {
  const { ref } = await fixture.pull();
  const { report } = fixture.runAs({ app });
  await report(comment(ref, 'one'));
  later(10 * minute);
  await fixture.github.control.expireInstallationTokens();
  await report(comment(ref, 'two'));
  expect(await fixture.bodies(ref)).toEqual([expect.stringContaining('two')]);
});

test('Where GitHub refuses the new token too, that is told, and not one token after another asked for', async () => {
  const { ref } = await fixture.pull();
  const run = fixture.runAs({ app });
  const read = () => run.readPullRequest({ ref, expectSha: null });
  await read();
  later(10 * minute);
  await fixture.github.control.clearRequests();
  await fixture.github.control.addFault({ path: '/pulls/', status: 401, times: 20 });
  // Right after a token was made, the client waits a little for GitHub's replicas.
  vi.setSystemTime(Date.now() + minute);
  const first = read();
  first.catch(() => {});
  await expect.poll(() => asked(/access_tokens/)).toBe(1);
  vi.setSystemTime(Date.now() + 10_000);
  await expect(first).rejects.toMatchObject({ type: 'GitHubUnauthorized', nonRetryable: false });
  await expect(read()).rejects.toMatchObject({ type: 'GitHubUnauthorized' });
  expect(await asked(/access_tokens/)).toBe(1);
});

test('Each owner has an installation of its own, looked for once', async () => {
  const { control } = fixture.github;
  const other = { owner: 'Elsewhere', repo: 'app' };
  await control.createRepository({ owner: 'Elsewhere', name: 'app', private: true });
  await control.commit({ ...other, files: { 'a.txt': 'a' } });
  await control.commit({ ...other, branch: 'topic', files: { 'a.txt': 'b' } });
  const { number } = await control.openPullRequest({ ...other, head: 'topic', title: 'Topic' });
  await control.installApp({ appId: made.id, account: 'Elsewhere', repositories: ['app'] });
  await control.clearRequests();
  const { ref } = await fixture.pull();
  const run = fixture.runAs({ app });
  const foreign = { owner: 'elsewhere', repository: 'app', number };
  for (const one of [ref, foreign, ref, { ...foreign, owner: 'Elsewhere' }])
    await run.report(comment(one, 'x'));
  expect(await asked(/\/installation$/)).toBe(2);
  expect(await control.comments({ ...other, number })).toMatchObject([
    { user: { login: 'pr-preview[bot]' } },
  ]);
});

test('Where the App is for one of two repositories, it may use that one, whichever is asked first', async () => {
  const { control } = fixture.github;
  for (const name of ['in', 'out'])
    await control.createRepository({ owner: 'chooser', name, private: name === 'out' });
  await control.installApp({ appId: made.id, account: 'chooser', repositories: ['in'] });
  const octokit = createGitHub({ app, baseUrl: fixture.github.url });
  const read = (repo: string) => octokit.rest.repos.get({ owner: 'chooser', repo });
  const outside = read('out');
  const inside = read('in');
  await expect(outside).rejects.toMatchObject({ status: 404 });
  expect((await inside).status).toBe(200);
  await expect(read('out')).rejects.toMatchObject({ status: 404 });
});

test('What is asked of an organisation is asked by its own installation', async () => {
  const { control } = fixture.github;
  await control.createRepository({ owner: 'members-only', name: 'app' });
  await control.installApp({ appId: made.id, account: 'members-only' });
  await control.addMember({ organization: 'members-only', user: 'mona' });
  const octokit = createGitHub({ app, baseUrl: fixture.github.url });
  await octokit.rest.repos.get({ ...repository });
  await control.clearRequests();
  const check = (org: string) => octokit.rest.orgs.checkMembershipForUser({ org, username: 'mona' });
  expect((await check('Members-Only')).status).toBe(204);
  expect(await asked(/ \/orgs\/Members-Only\/installation$/)).toBe(1);
  await octokit.rest.repos.get({ owner: 'members-only', repo: 'app' });
  expect(await asked(/installation$/)).toBe(1);
  await expect(check('nobody')).rejects.toMatchObject({ status: 404 });
});

test('An installation that is given is not looked for', async () => {
  const { ref } = await fixture.pull();
  await fixture.runAs({ app: { ...app, installationId } }).report(comment(ref, 'ready'));
  expect(await authors(ref)).toEqual(['pr-preview[bot]']);
  expect(await asked(/installation/)).toBe(await asked(/access_tokens/));
});

test('An App that was taken away says so, and one that is installed again goes on', async () => {
  const { control } = fixture.github;
  const { ref } = await fixture.pull();
  const { report } = fixture.runAs({ app });
  await report(comment(ref, 'one'));
  await control.uninstallApp({ installationId });
  later(10 * minute);
  const gone = report(comment(ref, 'two'));
  await expect(gone).rejects.toMatchObject({
    type: 'GitHubNotFound',
    message: expect.stringContaining('the GitHub App is not installed for example/videocall'),
  });
  ({ id: installationId } = await control.installApp({ appId: made.id, account: 'example' }));
  await report(comment(ref, 'three'));
  expect(await fixture.bodies(ref)).toEqual([expect.stringContaining('three')]);
});

test("Another App's key is a login that is refused, and the key is in no failure", async () => {
  const { ref } = await fixture.pull();
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const failed: unknown = await fixture
    .runAs({ app: { ...app, privateKey } })
    .report(comment(ref, 'ready'))
    .catch((error: unknown) => error);
  expect(failed).toMatchObject({
    type: 'GitHubUnauthorized',
    message: expect.stringContaining("the GitHub App's id and present key"),
  });
  const { message, stack, cause } = failed as Error;
  const shown = [message, stack, JSON.stringify(failed), (cause as Error).stack].join('\n');
  expect(shown).not.toContain('PRIVATE KEY');
  expect(shown).not.toMatch(/eyJ|ghs_/);
});

/** The client as it is for another address, whose calls reach the stand-in. */
const elsewhere = (baseUrl: string) =>
  createGitHub({
    app,
    baseUrl,
    fetch: (input, init) => {
      const url = input instanceof Request ? input.url : input.toString();
      return fetch(url.replace(baseUrl, fixture.github.url), init);
    },
  });

test('Towards api.github.com a crowd of first requests does not wait for each other', async () => {
  const octokit = elsewhere('https://api.github.com');
  const reads = Array.from({ length: 30 }, () =>
    octokit.rest.repos.get({ owner: repository.owner, repo: repository.repo }),
  );
  expect(await Promise.all(reads)).toHaveLength(30);
  expect(await asked(/\/installation$/)).toBe(1);
  expect(await asked(/access_tokens/)).toBe(1);
});

test('An Enterprise Server is asked below its own root', async () => {
  const octokit = elsewhere('https://github.example.com/api/v3');
  expect((await octokit.rest.apps.getAuthenticated()).data).toMatchObject({ slug: 'pr-preview' });
  expect((await octokit.rest.repos.get({ ...repository })).status).toBe(200);
});

test('A limit of one installation holds back that one only', async () => {
  const { control } = fixture.github;
  await control.createRepository({ owner: 'third', name: 'app' });
  await control.installApp({ appId: made.id, account: 'third' });
  await control.addFault({ path: '/repos/third/app$', status: 429, headers: { 'retry-after': '600' } });
  const octokit = createGitHub({ app, baseUrl: fixture.github.url });
  const third = () => octokit.rest.repos.get({ owner: 'third', repo: 'app' });
  const limited: unknown = await third().catch((error: unknown) => githubFailure(error, 'read'));
  expect(limited).toMatchObject({ type: 'GitHubThrottled' });
  await expect(third()).rejects.toMatchObject({ status: 429 });
  expect((await octokit.rest.repos.get({ ...repository })).status).toBe(200);
  expect(await asked(/ \/repos\/third\/app$/)).toBe(1);
});
