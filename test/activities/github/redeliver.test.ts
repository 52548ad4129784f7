import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createGitHub } from '../../../activities/github/clients.ts';
import type { GitHubApp } from '../../../activities/github/login.ts';
import { redeliver } from '../../../activities/github/redeliver.ts';
import { createFixture } from './fixture.ts';
import type { Fixture } from './fixture.ts';

const minute = 60_000;
const signal = new AbortController().signal;
let fixture: Fixture;
let app: GitHubApp;
let appId: number;
beforeAll(async () => {
  fixture = await createFixture();
});
afterAll(() => fixture.close());
/** An App of its own for each test: it has no deliveries yet. */
beforeEach(async ({ task }) => {
  const slug = `hooks-${task.id.replaceAll('_', '-')}`;
  const made = await fixture.github.control.createApp({ slug, owner: 'example' });
  appId = made.id;
  app = { id: String(made.id), privateKey: made.privateKey, installationId: null };
  await fixture.github.control.clearRequests();
});
afterEach(async () => {
  vi.useRealTimers();
  await fixture.github.control.clearFaults();
});

const run = () => fixture.runAs({ app }).redeliverFailedDeliveries({ dryRun: false });
const delivered = (
  guid: string,
  statusCode: number,
  more: { ageMs?: number; nextStatusCode?: number } = {},
) => fixture.github.control.addHookDelivery({ appId, guid, statusCode, ...more });
/** Status codes of the attempts at each event, oldest first. */
const seen = async () => {
  const mine = (await fixture.github.control.hookDeliveries()).filter((one) => one.appId === appId);
  const groups = Map.groupBy(mine, ({ guid }) => guid);
  return Object.fromEntries([...groups].map(([guid, all]) => [guid, all.map((one) => one.statusCode)]));
};

test('What did not arrive is sent again, and what did is left alone', async () => {
  await delivered('away', 0);
  await delivered('sick', 502);
  await delivered('fine', 202);
  await delivered('old', 500, { ageMs: 25 * 60 * minute });
  expect(await run()).toEqual({ due: 2, redelivered: 2 });
  expect(await seen()).toEqual({ away: [0, 200], sick: [502, 200], fine: [202], old: [500] });
});

test('Twice, or twice at once, leads to what once does, when the event was taken', async () => {
  await delivered('sick', 502);
  await run();
  expect(await run()).toEqual({ due: 0, redelivered: 0 });
  expect(await seen()).toEqual({ sick: [502, 200] });
});

test('An event that fails again is tried again later, not at once', async () => {
  await delivered('sick', 502, { nextStatusCode: 503 });
  expect(await run()).toEqual({ due: 1, redelivered: 1 });
  expect(await run()).toEqual({ due: 0, redelivered: 0 });
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11 * minute });
  expect(await run()).toEqual({ due: 1, redelivered: 1 });
});

test('Where all is well, one request tells so', async () => {
  await delivered('fine', 200);
  expect(await run()).toEqual({ due: 0, redelivered: 0 });
  const requests = await fixture.github.control.requests();
  expect(requests.map(({ path }) => path)).toEqual(['/app/hook/deliveries?per_page=100&status=failure']);
});

test('All pages of the day are read, and none before it', async () => {
  for (let index = 0; index < 60; index += 1)
    await delivered(`old-${index}`, 200, { ageMs: 26 * 60 * minute });
  for (let index = 0; index < 130; index += 1) await delivered(`${index}`, index % 2 === 0 ? 500 : 200);
  expect(await fixture.runAs({ app }).redeliverFailedDeliveries({ dryRun: true })).toEqual({
    due: 65,
    redelivered: 0,
  });
  const lists = (await fixture.github.control.requests()).filter(({ path }) => !path.includes('status='));
  expect(lists).toHaveLength(2);
  expect((await seen())['0']).toEqual([500]);
});

test('So many as fit are sent again, the oldest first, and the rest the next time', async () => {
  for (let index = 0; index < 62; index += 1)
    await delivered(`${index}`, 500, { ageMs: (100 - index) * minute });
  expect(await run()).toEqual({ due: 62, redelivered: 60 });
  expect(await seen()).toMatchObject({ 0: [500, 200], 61: [500] });
  expect(await run()).toEqual({ due: 2, redelivered: 2 });
});

test('A failure half way is told, and the next try goes on with the rest', async () => {
  for (const guid of ['a', 'b', 'c']) await delivered(guid, 500, { ageMs: minute });
  await fixture.github.control.addFault({ method: 'POST', path: '/attempts$', drop: true, afterWrite: true });
  await expect(run()).rejects.toMatchObject({ type: 'GitHubUnavailable', nonRetryable: false });
  expect(await run()).toEqual({ due: 2, redelivered: 2 });
  expect(await seen()).toEqual({ a: [500, 200], b: [500, 200], c: [500, 200] });
});

test('An attempt that GitHub will not make is passed over', async () => {
  for (const guid of ['a', 'b']) await delivered(guid, 500, { ageMs: minute });
  await fixture.github.control.addFault({ method: 'POST', path: '/attempts$', status: 422 });
  expect(await run()).toEqual({ due: 2, redelivered: 1 });
});

test('A token has no webhook: nothing is asked, and nothing said', async () => {
  expect(await fixture.run.redeliverFailedDeliveries({ dryRun: false })).toBeNull();
  expect(await fixture.github.control.requests()).toEqual([]);
});

test('A number of a delivery that is too large for a number arrives as it is', async () => {
  const id = '9007199254740993123';
  const at = new Date().toISOString();
  const listed = `[{"id":${id},"guid":"g","delivered_at":"${at}","redelivery":false,"status_code":500}]`;
  const asked: string[] = [];
  const octokit = createGitHub({
    app,
    baseUrl: fixture.github.url,
    fetch: async (input) => {
      const url = input instanceof Request ? input.url : input.toString();
      asked.push(new URL(url).pathname);
      const headers = { 'content-type': 'application/json' };
      return url.endsWith('/attempts')
        ? Response.json({}, { status: 202 })
        : new Response(listed, { headers });
    },
  });
  const now = Date.now();
  expect(await redeliver(octokit, { dryRun: false, now }, signal)).toEqual({ due: 1, redelivered: 1 });
  expect(asked.at(-1)).toBe(`/app/hook/deliveries/${id}/attempts`);
});
