import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { activityEnvironment } from '../environment.ts';
import { createBuildActivities } from '../../../activities/github/builds.ts';
import type { DispatchBuildInput } from '../../../activities/github/builds.ts';
import { createGitHub } from '../../../activities/github/clients.ts';
import { startGitHub } from '../../../local/github/server.ts';
import type { GitHubStandIn } from '../../../local/github/server.ts';

const there = { owner: 'example', repo: 'videocall' };
const commit = 'a'.repeat(40);
const input: DispatchBuildInput = {
  ref: { owner: 'example', repository: 'videocall', number: 7 },
  workflow: 'build.yaml',
  branch: 'main',
  commit,
};
let github: GitHubStandIn;

const inputsOf = (inputs: string): string =>
  `on: {workflow_dispatch: {inputs: {${inputs}}}}\njobs: {build: {runs-on: x, steps: []}}\n`;

beforeAll(async () => {
  github = await startGitHub({ port: 0 });
  await github.control.createRepository({ owner: there.owner, name: there.repo });
  await github.control.commit({
    ...there,
    files: {
      '.github/workflows/build.yaml': inputsOf('number: {required: true}, commit: {type: string}'),
      '.github/workflows/push.yaml': 'on: push\n',
      '.github/workflows/plain.yaml': 'on:\n  workflow_dispatch:\n',
      '.github/workflows/more.yaml': inputsOf('number:, commit:, registry: {required: true}'),
    },
  });
});
afterAll(() => github.close());

async function dispatch(more: Partial<DispatchBuildInput> = {}, token = github.token): Promise<void> {
  const activities = createBuildActivities({
    octokit: createGitHub({ token, baseUrl: github.url }),
  });
  await activityEnvironment().run(() => activities.dispatchBuild({ ...input, ...more }));
}

test('The base branch’s workflow is started with number and commit, as strings', async () => {
  await dispatch();
  expect(await github.control.dispatches(there)).toMatchObject([
    {
      workflow: 'build.yaml',
      ref: 'main',
      inputs: { number: '7', commit },
      by: 'preview-robot',
    },
  ]);
});

describe('What cannot be started fails for good, and says what is wanted', () => {
  const wanted = 'with the trigger workflow_dispatch, its inputs number and commit';

  test.each([
    {
      name: 'no such workflow',
      more: { workflow: 'biuld.yaml' },
      type: 'GitHubNotFound',
      words: ['Not Found', '.github/workflows/biuld.yaml on the default branch and on main', 'Actions'],
    },
    {
      name: 'no such branch',
      more: { branch: 'gone' },
      type: 'GitHubRefused',
      words: ['No ref found for: gone', '.github/workflows/build.yaml on gone'],
    },
    {
      name: 'a workflow without the trigger',
      more: { workflow: 'push.yaml' },
      type: 'GitHubRefused',
      words: ["does not have 'workflow_dispatch' trigger", wanted],
    },
    {
      name: 'a workflow without these inputs',
      more: { workflow: 'plain.yaml' },
      type: 'GitHubRefused',
      words: ['Unexpected inputs provided: ["number","commit"]', wanted],
    },
    {
      name: 'a workflow that wants another input',
      more: { workflow: 'more.yaml' },
      type: 'GitHubRefused',
      words: ["Required input 'registry' not provided", 'no other input that is required'],
    },
  ])('$name', async ({ more, type, words }) => {
    const failing = dispatch(more);
    await expect(failing).rejects.toMatchObject({ type, nonRetryable: true });
    for (const word of words)
      await expect(failing).rejects.toMatchObject({ message: expect.stringContaining(word) });
    await expect(failing).rejects.toMatchObject({
      message: expect.stringMatching(
        new RegExp(`could not start the workflow .* for example/videocall#7: .* Wanted: .*[^.]\\.$`),
      ),
    });
  });

  test('a token that may only read', async () => {
    const token = await github.control.createToken({ login: 'reader' });
    await expect(dispatch({}, token)).rejects.toMatchObject({
      type: 'GitHubDenied',
      nonRetryable: true,
      message: expect.stringMatching(/Resource not accessible.*Wanted: .*"Actions: write"/),
    });
  });
});

test.each([
  { fault: { status: 502 }, type: 'GitHubUnavailable' },
  { fault: { drop: true }, type: 'GitHubUnavailable' },
  { fault: { status: 403, headers: { 'retry-after': '30' } }, type: 'GitHubThrottled' },
  { fault: { status: 401 }, type: 'GitHubUnauthorized' },
])('What passes is left to Temporal: $fault', async ({ fault, type }) => {
  const before = (await github.control.dispatches(there)).length;
  await github.control.addFault({ path: '/dispatches$', ...fault });
  await expect(dispatch()).rejects.toMatchObject({ type, nonRetryable: false });
  await dispatch();
  expect(await github.control.dispatches(there)).toHaveLength(before + 1);
});
