import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { DeploymentReport } from '../../../domain/outcome.ts';
import type { PullRequestRef } from '../../../domain/pull-request.ts';
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

const report = (ref: PullRequestRef, sha: string, state: DeploymentReport['state']) => ({
  ref,
  body: state,
  deployment: {
    sha,
    state,
    environmentUrl: 'https://pr-1.preview.localhost',
    workflowId: 'preview:example:videocall:1',
    description: `It is ${state}`,
  },
});
/** Commit and states of each deployment of a pull request, oldest first. */
async function seen(ref: PullRequestRef): Promise<[string, string[]][]> {
  const all = await fixture.github.control.deployments(repository);
  return all
    .filter(({ task }) => task === `preview:${ref.number}`)
    .map(({ sha, statuses }) => [sha, statuses.map(({ state }) => state)]);
}

test('One deployment goes through its states and says where the preview and its log are', async () => {
  const { ref, sha } = await fixture.pull();
  const ids = new Set<number | null>();
  for (const state of ['queued', 'in_progress', 'in_progress', 'success'] as const) {
    ids.add((await fixture.run.report(report(ref, sha, state))).deploymentId);
  }
  expect(ids.size).toBe(1);
  expect(await seen(ref)).toEqual([[sha, ['queued', 'in_progress', 'success']]]);
  const made = (await fixture.github.control.deployments(repository)).find(({ id }) => ids.has(id));
  expect(made).toMatchObject({
    environment: 'preview',
    transientEnvironment: true,
    productionEnvironment: false,
    payload: { platform: 'pr-preview' },
  });
  expect(made?.statuses.at(-1)).toMatchObject({
    environmentUrl: 'https://pr-1.preview.localhost',
    targetUrl: 'http://temporal.localhost/preview:example:videocall:1',
  });
});

test('The next commit gets its own, and its success ends the one before, not its start or its failure', async () => {
  const { ref, sha } = await fixture.pull();
  await fixture.run.report(report(ref, sha, 'success'));
  const broken = await fixture.push(ref);
  await fixture.run.report(report(ref, broken, 'in_progress'));
  await fixture.run.report(report(ref, broken, 'failure'));
  expect(await seen(ref)).toEqual([
    [sha, ['success']],
    [broken, ['in_progress', 'failure']],
  ]);
  const fixed = await fixture.push(ref);
  await fixture.run.report(report(ref, fixed, 'success'));
  expect(await seen(ref)).toEqual([
    [sha, ['success', 'inactive']],
    [broken, ['in_progress', 'failure', 'inactive']],
    [fixed, ['success']],
  ]);
});

test('A newer commit ends the one that is under way before it, and leaves the one that serves', async () => {
  const { ref, sha } = await fixture.pull();
  await fixture.run.report(report(ref, sha, 'success'));
  const superseded = await fixture.push(ref);
  await fixture.run.report(report(ref, superseded, 'in_progress'));
  const newest = await fixture.push(ref);
  await fixture.run.report(report(ref, newest, 'queued'));
  await fixture.run.report(report(ref, newest, 'failure'));
  expect(await seen(ref)).toEqual([
    [sha, ['success']],
    [superseded, ['in_progress', 'inactive']],
    [newest, ['queued', 'failure']],
  ]);
});

test('A deployment whose first status was lost is ended like one under way', async () => {
  const { ref, sha } = await fixture.pull();
  await fixture.github.control.addFault({ method: 'POST', path: '/statuses$', status: 500 });
  await expect(fixture.run.report(report(ref, sha, 'queued'))).rejects.toMatchObject({
    type: 'GitHubUnavailable',
  });
  const next = await fixture.push(ref);
  await fixture.run.report(report(ref, next, 'queued'));
  expect(await seen(ref)).toEqual([
    [sha, ['inactive']],
    [next, ['queued']],
  ]);
});

test('A commit that is behind its base can be deployed', async () => {
  const { ref, sha } = await fixture.pull();
  await fixture.github.control.commit({ ...repository, files: { 'main.txt': sha } });
  await fixture.run.report(report(ref, sha, 'in_progress'));
  expect(await seen(ref)).toEqual([[sha, ['in_progress']]]);
});

test('A commit that is deployed again after its end lives again', async () => {
  const { ref, sha } = await fixture.pull();
  await fixture.run.report(report(ref, sha, 'success'));
  await fixture.run.report(report(ref, sha, 'inactive'));
  await fixture.run.report(report(ref, sha, 'success'));
  expect(await seen(ref)).toEqual([[sha, ['success', 'inactive', 'success']]]);
});

test('An end without a deployment makes none', async () => {
  const { ref, sha } = await fixture.pull();
  const { deploymentId } = await fixture.run.report(report(ref, sha, 'inactive'));
  expect(deploymentId).toBeNull();
  expect(await seen(ref)).toEqual([]);
});

test('Ends are complete, counted, and nothing the second time', async () => {
  const { ref, sha } = await fixture.pull();
  await fixture.run.report(report(ref, sha, 'success'));
  await fixture.run.report(report(ref, await fixture.push(ref), 'in_progress'));
  const other = await fixture.pull();
  await fixture.run.report(report(other.ref, other.sha, 'success'));
  expect(await fixture.run.endDeployments({ ref })).toEqual({ ended: 2 });
  expect(await fixture.run.endDeployments({ ref })).toEqual({ ended: 0 });
  expect((await seen(ref)).map(([, states]) => states.at(-1))).toEqual(['inactive', 'inactive']);
  expect(await seen(other.ref)).toEqual([[other.sha, ['success']]]);
});

test('More deployments than one page are all ended', async () => {
  const { ref, sha } = await fixture.pull();
  const octokit = fixture.runAs({});
  for (let index = 0; index < 105; index += 1) {
    await fetch(`${fixture.github.url}/repos/example/videocall/deployments`, {
      method: 'POST',
      headers: { authorization: `token ${fixture.github.token}` },
      body: JSON.stringify({
        ref: sha,
        task: `preview:${ref.number}`,
        environment: 'preview',
        auto_merge: false,
        payload: JSON.stringify({ platform: 'pr-preview' }),
      }),
    });
  }
  expect(await octokit.endDeployments({ ref })).toEqual({ ended: 105 });
});

test("Another platform's deployments of the same pull request are left alone", async () => {
  const { ref, sha } = await fixture.pull();
  const staging = fixture.runAs({ platform: 'staging' });
  await staging.report(report(ref, sha, 'success'));
  expect(await fixture.run.endDeployments({ ref })).toEqual({ ended: 0 });
  await fixture.run.report(report(ref, sha, 'success'));
  expect((await seen(ref)).map(([, states]) => states)).toEqual([['success'], ['success']]);
});

test.each([
  ['the deployment was created', /\/deployments$/],
  ['its status was set', /\/statuses$/],
])('An answer lost after %s leads to no second one', async (_, path) => {
  const { ref, sha } = await fixture.pull();
  await fixture.github.control.addFault({ method: 'POST', path: path.source, status: 502, afterWrite: true });
  await expect(fixture.run.report(report(ref, sha, 'success'))).rejects.toMatchObject({
    type: 'GitHubUnavailable',
  });
  await withRetries(() => fixture.run.report(report(ref, sha, 'success')));
  expect(await seen(ref)).toEqual([[sha, ['success']]]);
});

test('Two reports at once leave at most one deployment active after the next', async () => {
  const { ref, sha } = await fixture.pull();
  await fixture.github.control.addFault({ method: 'GET', path: '/deployments\\?', delayMs: 200, times: 2 });
  await Promise.all([
    fixture.run.report(report(ref, sha, 'in_progress')),
    fixture.run.report(report(ref, sha, 'in_progress')),
  ]);
  await fixture.run.report(report(ref, sha, 'success'));
  const states = (await seen(ref)).map(([, all]) => all.at(-1));
  expect(states.filter((state) => state === 'success')).toHaveLength(1);
  expect(states.filter((state) => state === 'in_progress')).toHaveLength(0);
});

test('The comment is written also when the deployment fails, and the other way round', async () => {
  const { ref, sha } = await fixture.pull();
  await fixture.github.control.addFault({ method: 'POST', path: '/deployments$', status: 403 });
  await expect(fixture.run.report(report(ref, sha, 'success'))).rejects.toMatchObject({
    type: 'GitHubDenied',
  });
  expect(await fixture.bodies(ref)).toHaveLength(1);

  const other = await fixture.pull();
  await fixture.github.control.addFault({ method: 'POST', path: '/comments$', status: 500 });
  await expect(fixture.run.report(report(other.ref, other.sha, 'success'))).rejects.toMatchObject({
    type: 'GitHubUnavailable',
  });
  expect(await seen(other.ref)).toEqual([[other.sha, ['success']]]);
});

test('When one of the two can never succeed and the other may, it is tried again', async () => {
  const { ref, sha } = await fixture.pull();
  await fixture.github.control.addFault({ method: 'POST', path: '/comments$', status: 403 });
  await fixture.github.control.addFault({ method: 'POST', path: '/deployments$', status: 502 });
  await expect(fixture.run.report(report(ref, sha, 'success'))).rejects.toMatchObject({
    type: 'GitHubUnavailable',
    nonRetryable: false,
  });
});
