import { CancelledFailure } from '@temporalio/common';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { createGitHubActivities } from '../../../activities/github/activities.ts';
import { createGitHub } from '../../../activities/github/clients.ts';
import type { PullRequestRef } from '../../../domain/pull-request.ts';
import { activityEnvironment } from '../environment.ts';
import { createFixture, repository, withRetries } from './fixture.ts';
import type { Fixture } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture();
});
afterAll(() => fixture.close());
afterEach(async () => {
  vi.useRealTimers();
  await fixture.github.control.clearFaults();
});

const said = (ref: PullRequestRef, body: string) =>
  `<!-- pr-preview:example/videocall#${ref.number} -->\n${body}`;
const comment = (ref: PullRequestRef, body: string) => ({ ref, body, deployment: null });
/** The writing requests since the log was cleared. */
const writes = async () =>
  (await fixture.github.control.requests())
    .filter(({ method }) => method !== 'GET')
    .map(({ method }) => method);

test('The first report creates the comment, the next one edits it, and the same again writes nothing', async () => {
  const { ref } = await fixture.pull();
  const first = await fixture.run.report(comment(ref, 'deploying'));
  expect(first).toEqual({ commentId: expect.any(Number), deploymentId: null });
  const second = await fixture.run.report(comment(ref, 'ready'));
  expect(second.commentId).toBe(first.commentId);
  await fixture.github.control.clearRequests();
  expect(await fixture.run.report(comment(ref, 'ready'))).toEqual(second);
  expect(await writes()).toEqual([]);
  expect(await fixture.bodies(ref)).toEqual([said(ref, 'ready')]);
});

test('The comment is found behind a hundred others', async () => {
  const { ref } = await fixture.pull();
  const chat = (body: string) =>
    fixture.github.control.comment({ ...repository, number: ref.number, author: 'mona', body });
  for (let index = 0; index < 60; index += 1) await chat(`before ${String(index)}`);
  await fixture.run.report(comment(ref, 'one'));
  for (let index = 0; index < 60; index += 1) await chat(`after ${String(index)}`);
  await fixture.run.report(comment(ref, 'two'));
  const ours = (await fixture.bodies(ref)).filter((body) => body?.startsWith('<!--'));
  expect(ours).toEqual([said(ref, 'two')]);
});

test('A comment with our marker by somebody else is neither used nor touched', async () => {
  const { ref } = await fixture.pull();
  const spoof = said(ref, 'approved, click here');
  await fixture.github.control.comment({ ...repository, number: ref.number, author: 'mallory', body: spoof });
  await fixture.run.report(comment(ref, 'ready'));
  await fixture.run.report(comment(ref, 'gone'));
  expect(await fixture.bodies(ref)).toEqual([spoof, said(ref, 'gone')]);
});

test('A comment of ours without the marker, or with the marker of another pull request, is left alone', async () => {
  const { ref } = await fixture.pull();
  const foreign = ['a note', `quoting ${said(ref, 'x')}`, said({ ...ref, number: ref.number * 10 }, 'other')];
  for (const body of foreign) {
    const { robot: author } = await fixture.github.control.about();
    await fixture.github.control.comment({ ...repository, number: ref.number, author, body });
  }
  await fixture.run.report(comment(ref, 'ready'));
  expect(await fixture.bodies(ref)).toEqual([...foreign, said(ref, 'ready')]);
});

test('A deleted comment comes back', async () => {
  const { ref } = await fixture.pull();
  const { commentId } = await fixture.run.report(comment(ref, 'one'));
  const url = `${fixture.github.url}/repos/example/videocall/issues/comments/${String(commentId)}`;
  const headers = { authorization: `Bearer ${fixture.github.token}` };
  expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(204);
  const again = await fixture.run.report(comment(ref, 'one'));
  expect(again.commentId).not.toBe(commentId);
  expect(await fixture.bodies(ref)).toEqual([said(ref, 'one')]);
});

test('A comment deleted between looking and editing is created anew', async () => {
  const { ref } = await fixture.pull();
  await fixture.run.report(comment(ref, 'one'));
  await fixture.github.control.addFault({ method: 'PATCH', path: '/issues/comments/', status: 410 });
  await fixture.run.report(comment(ref, 'two'));
  expect(await fixture.bodies(ref)).toContain(said(ref, 'two'));
});

test('Two reports at once end on one comment', async () => {
  const { ref } = await fixture.pull();
  // Both have looked, and seen nothing, before either writes.
  await fixture.github.control.addFault({
    method: 'GET',
    path: '/issues/.*/comments',
    delayMs: 200,
    times: 2,
  });
  const results = await Promise.all([
    fixture.run.report(comment(ref, 'ready')),
    fixture.run.report(comment(ref, 'ready')),
  ]);
  expect(await fixture.bodies(ref)).toEqual([said(ref, 'ready')]);
  expect(results[0]).toEqual(results[1]);
});

test('Of duplicates that are there already the oldest stays and says the newest', async () => {
  const { ref } = await fixture.pull();
  const { robot: author } = await fixture.github.control.about();
  const ids: (number | bigint)[] = [];
  for (const body of ['a', 'b', 'c']) {
    const made = await fixture.github.control.comment({
      ...repository,
      number: ref.number,
      author,
      body: said(ref, body),
    });
    ids.push(made.id);
  }
  const { commentId } = await fixture.run.report(comment(ref, 'd'));
  expect(commentId).toBe(ids[0]);
  expect(await fixture.bodies(ref)).toEqual([said(ref, 'd')]);
});

test.each([
  ['500 before the write', { status: 500 }],
  ['502 before the write', { status: 502 }],
  ['500 after the write', { status: 500, afterWrite: true }],
  ['a line cut after the write', { drop: true, afterWrite: true }],
  ['a page of a proxy instead of the answer', { status: 200, body: '<html>login</html>', afterWrite: true }],
])('After %s the report fails for a time, and tried again leaves one comment', async (_, fault) => {
  const { ref } = await fixture.pull();
  await fixture.github.control.addFault({ method: 'POST', path: '/comments$', ...fault });
  await expect(fixture.run.report(comment(ref, 'ready'))).rejects.toMatchObject({
    type: 'GitHubUnavailable',
    nonRetryable: false,
  });
  await fixture.run.report(comment(ref, 'ready'));
  expect(await fixture.bodies(ref)).toEqual([said(ref, 'ready')]);
});

test('An answer that comes too late counts as none, and tried again leaves one comment', async () => {
  const { ref } = await fixture.pull();
  const { report } = fixture.runAs({ timeoutMs: 300 });
  await fixture.github.control.addFault({
    method: 'POST',
    path: '/comments$',
    delayMs: 60_000,
    afterWrite: true,
  });
  await expect(report(comment(ref, 'ready'))).rejects.toMatchObject({ type: 'GitHubUnavailable' });
  await report(comment(ref, 'ready'));
  expect(await fixture.bodies(ref)).toEqual([said(ref, 'ready')]);
});

test('A report that is cancelled during its write passes the cancellation on, and the next one leaves one comment', async () => {
  const { ref } = await fixture.pull();
  await fixture.github.control.addFault({
    method: 'POST',
    path: '/comments$',
    delayMs: 60_000,
    afterWrite: true,
  });
  const environment = activityEnvironment();
  const octokit = createGitHub({ token: fixture.github.token, baseUrl: fixture.github.url });
  const activities = createGitHubActivities({
    octokit,
    platform: 'pr-preview',
    repositories: [],
    policy: { trigger: 'auto', label: 'preview' },
    urls: { workflow: () => null },
  });
  const cancelled = environment.run(activities.report, comment(ref, 'ready'));
  cancelled.catch(() => {});
  await expect.poll(() => fixture.bodies(ref)).toHaveLength(1);
  environment.cancel();
  await expect(cancelled).rejects.toBeInstanceOf(CancelledFailure);
  await fixture.run.report(comment(ref, 'again'));
  expect(await fixture.bodies(ref)).toEqual([said(ref, 'again')]);
});

test.each([
  ['403 with retry-after', { status: 403, headers: { 'retry-after': '7' } }, 7_000],
  ['429 with retry-after', { status: 429, headers: { 'retry-after': '3' } }, 3_000],
  ['429 without a word when', { status: 429 }, 60_000],
  [
    'a secondary limit',
    { status: 403, body: { message: 'You have exceeded a secondary rate limit.' } },
    60_000,
  ],
])('%s says when to try again, and that is heeded', async (_, fault, waitMs) => {
  const { ref } = await fixture.pull();
  await fixture.github.control.addFault({ path: '/comments', ...fault });
  const failed = fixture.run.report(comment(ref, 'ready'));
  await expect(failed).rejects.toMatchObject({ type: 'GitHubThrottled', nonRetryable: false });
  const { nextRetryDelay } = (await failed.catch((error: unknown) => error)) as { nextRetryDelay: number };
  expect(nextRetryDelay).toBeGreaterThanOrEqual(waitMs);
  expect(nextRetryDelay).toBeLessThanOrEqual(waitMs * 1.1);
});

test("When the hour's budget is spent, the next try comes when it starts anew", async () => {
  const { ref } = await fixture.pull();
  const reset = Math.ceil(Date.now() / 1000) + 600;
  const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) };
  await fixture.github.control.addFault({ path: '/comments', status: 403, headers });
  const error = await fixture.run.report(comment(ref, 'ready')).catch((one: unknown) => one);
  expect(error).toMatchObject({ type: 'GitHubThrottled' });
  const { nextRetryDelay } = error as { nextRetryDelay: number };
  expect(nextRetryDelay).toBeGreaterThan(590_000);
  expect(nextRetryDelay).toBeLessThan(670_000);
});

test('A token that is not accepted is a failure that a new token heals', async () => {
  const { ref } = await fixture.pull();
  const refused = fixture.runAs({ token: 'ghp_expired' }).report(comment(ref, 'ready'));
  await expect(refused).rejects.toMatchObject({
    type: 'GitHubUnauthorized',
    nonRetryable: false,
    message: expect.stringContaining('GITHUB_TOKEN'),
  });
  await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('ghp_expired') });
  await fixture.run.report(comment(ref, 'ready'));
  expect(await fixture.bodies(ref)).toEqual([said(ref, 'ready')]);
});

test('A token that may not comment is a permanent failure that names what it needs', async () => {
  const { ref } = await fixture.pull();
  const headers = { 'x-accepted-github-permissions': 'issues=write; pull_requests=write' };
  await fixture.github.control.addFault({ method: 'POST', path: '/comments$', status: 403, headers });
  await expect(fixture.run.report(comment(ref, 'ready'))).rejects.toMatchObject({
    type: 'GitHubDenied',
    nonRetryable: true,
    message: expect.stringContaining('issues=write; pull_requests=write'),
  });
});

test('GitHub away is a failure that passes', async () => {
  const { ref } = await fixture.pull();
  const away = fixture.runAs({ url: 'http://127.0.0.1:9' });
  await expect(away.report(comment(ref, 'ready'))).rejects.toMatchObject({
    type: 'GitHubUnavailable',
    nonRetryable: false,
  });
});

test('A mixture of everything ends with one comment that says the last word', async () => {
  const { ref } = await fixture.pull();
  const { control } = fixture.github;
  await control.addFault({ method: 'POST', path: '/comments$', status: 502, afterWrite: true });
  await control.addFault({ method: 'GET', path: '/comments', status: 500 });
  await control.addFault({
    method: 'PATCH',
    path: '/comments',
    status: 429,
    headers: { 'retry-after': '1' },
  });
  await control.addFault({ method: 'PATCH', path: '/comments', drop: true, afterWrite: true });
  const { report } = fixture.run;
  for (const body of ['queued', 'deploying', 'ready']) await withRetries(() => report(comment(ref, body)));
  expect(await fixture.bodies(ref)).toEqual([said(ref, 'ready')]);
});

test('A body longer than GitHub takes is cut, and still found and edited', async () => {
  const { ref } = await fixture.pull();
  await fixture.run.report(
    comment(ref, `<details>\n\n\`\`\`\n${'log line\n'.repeat(10_000)}\`\`\`\n</details>`),
  );
  await fixture.run.report(comment(ref, 'short again'));
  expect(await fixture.bodies(ref)).toEqual([said(ref, 'short again')]);
});
