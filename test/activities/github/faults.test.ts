import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { GitHubActivities } from '../../../activities/github/activities.ts';
import type { DeploymentReport } from '../../../domain/outcome.ts';
import type { PullRequestRef } from '../../../domain/pull-request.ts';
import type { Fault } from '../../../local/github/faults.ts';
import { createFixture, repository, withRetries } from './fixture.ts';
import type { Fixture } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture();
  await fixture.github.control.setPermission({ ...repository, user: 'mona', permission: 'write' });
});
afterAll(() => fixture.close());
afterEach(async () => {
  vi.useRealTimers();
  await fixture.github.control.clearFaults();
});

/** Everything that is asked in the life below. */
const requests: readonly Pick<Fault, 'method' | 'path'>[] = [
  { method: 'GET', path: '/pulls/' },
  { method: 'GET', path: '/permission$' },
  { method: 'GET', path: '/user$' },
  { method: 'GET', path: '/comments\\?' },
  { method: 'POST', path: '/comments$' },
  { method: 'PATCH', path: '/comments/' },
  { method: 'DELETE', path: '/comments/' },
  { method: 'GET', path: '/deployments\\?' },
  { method: 'POST', path: '/deployments$' },
  { method: 'GET', path: '/statuses\\?' },
  { method: 'POST', path: '/statuses$' },
];

/** Each twice, so that the second try meets it too. */
const faults: readonly [string, Omit<Fault, 'path' | 'method'>][] = [
  ['500', { status: 500 }],
  ['502 after the write', { status: 502, afterWrite: true }],
  ['a line cut before the write', { drop: true }],
  ['a line cut after the write', { drop: true, afterWrite: true }],
  ['a page of a proxy', { status: 200, body: '<html>login</html>', afterWrite: true }],
  ['403 with retry-after', { status: 403, headers: { 'retry-after': '30' } }],
  ['429', { status: 429 }],
  ['401', { status: 401 }],
];

/** A comment is written, stands there twice, and is edited; a deployment opens, succeeds and ends. */
async function live(run: GitHubActivities): Promise<{ ref: PullRequestRef; sha: string }> {
  const { ref, sha } = await fixture.pull({ author: 'mona' });
  const read = await withRetries(() => run.readPullRequest({ ref, expectSha: sha }));
  expect(read).toMatchObject({ head: { sha }, authorCanWrite: true });
  const say = (state: DeploymentReport['state']) =>
    withRetries(() =>
      run.report({
        ref,
        body: state,
        deployment: { sha, state, environmentUrl: null, workflowId: 'w', description: state },
      }),
    );
  await say('queued');
  const body = `<!-- pr-preview:example/videocall#${ref.number} -->\nlost`;
  await fixture.github.control.comment({ ...repository, number: ref.number, author: 'preview-robot', body });
  await say('success');
  await withRetries(() => run.endDeployments({ ref }));
  return { ref, sha };
}

describe.each(faults)('After %s', (_, fault) => {
  it.each(requests)('to $method $path everything is right in the end, and there once', async (request) => {
    await fixture.github.control.addFault({ ...request, ...fault, times: 2 });
    const { ref, sha } = await live(fixture.run);
    expect(await fixture.bodies(ref)).toEqual([expect.stringMatching(/-->\nsuccess$/)]);
    const made = (await fixture.github.control.deployments(repository)).filter((one) => one.sha === sha);
    expect(made.map(({ task }) => task)).toEqual([`preview:${ref.number}`]);
    const states = made.flatMap(({ statuses }) => statuses.map(({ state }) => state));
    expect(states.filter((state, index) => state !== states[index - 1])).toEqual([
      'queued',
      'success',
      'inactive',
    ]);
  });
});

it('Who is refused for a while asks once, and then not before the time', async () => {
  const { ref } = await fixture.pull();
  const run = fixture.run;
  await fixture.github.control.addFault({ path: '/pulls/', status: 429, headers: { 'retry-after': '120' } });
  await fixture.github.control.clearRequests();
  const read = () => run.readPullRequest({ ref, expectSha: null });
  const failed: unknown[] = [];
  for (let time = 0; time < 10; time += 1) failed.push(await read().catch((error: unknown) => error));
  await run.report({ ref, body: 'x', deployment: null }).catch((error: unknown) => failed.push(error));
  expect(failed).toHaveLength(11);
  for (const one of failed) {
    expect(one).toMatchObject({ type: 'GitHubThrottled', nonRetryable: false });
    const { nextRetryDelay } = one as { nextRetryDelay: number };
    expect(nextRetryDelay).toBeGreaterThan(115_000);
  }
  expect(await fixture.github.control.requests()).toHaveLength(1);
  await withRetries(read);
});
