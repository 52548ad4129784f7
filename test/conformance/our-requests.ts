import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Octokit } from 'octokit';
import { expect } from 'vitest';
import { createGitHubActivities } from '../../activities/github/activities.ts';
import type { GitHubActivities } from '../../activities/github/activities.ts';
import { createBuildActivities } from '../../activities/github/builds.ts';
import { createCommands } from '../../activities/github/commands.ts';
import { createIdentity } from '../../activities/github/identity.ts';
import { listOpenPullRequests } from '../../activities/github/open-pull-requests.ts';
import { createPackages } from '../../activities/github/packages.ts';
import { createPullRequests } from '../../activities/github/pull-requests.ts';
import { createIsMergeOf } from '../../activities/registry/merge-commits.ts';
import { createSource } from '../../activities/source/source.ts';
import type { DeploymentReport } from '../../domain/outcome.ts';
import { activityEnvironment } from '../activities/environment.ts';
import { startRegistry } from './registry.ts';
import { at } from './stage.ts';
import type { Stage } from './stage.ts';

const policy = { trigger: 'auto', label: 'preview' } as const;
const signal = new AbortController().signal;

/**
 * Everything that our code asks GitHub, by each way to log in. Whoever adds a request to the code adds it here: a test
 * looks for each one that the sources have.
 */
export async function askAllOfOurs(stage: Stage): Promise<void> {
  const { id, privateKey } = stage.app;
  await askForPackages(stage);
  const app = { app: { id: String(id), privateKey, installationId: null } };
  await ask(stage, stage.ours());
  await ask(stage, stage.ours(app));
  // Before it was at any repository, an App's client asks where it may ask.
  await createIdentity(stage.ours(app))(signal);
  const first = createPullRequests({ octokit: stage.ours(app), policy, rereadAfterMs: [] });
  await first.isByMember({ ref: stage.ref, author: 'mona' }, signal);
}

async function ask(stage: Stage, octokit: Octokit): Promise<void> {
  const { ref, sha, github } = stage;
  const run = inActivities(octokit);
  await run.readPullRequest({ ref, expectSha: sha });
  await run.readPullRequest({ ref: { ...ref, number: 4711 }, expectSha: null });
  await writeComments(stage, run);
  await obeyCommand(stage, octokit);
  await writeDeployments(stage, run);
  await listOpenPullRequests(octokit, { owner: at.owner, name: at.repo, policy }, signal);
  const pullRequests = createPullRequests({ octokit, policy, rereadAfterMs: [] });
  for (const author of ['mona', 'mallory']) await pullRequests.isByMember({ ref, author }, signal);
  await readFiles(stage, octokit);
  const { merge_commit_sha: merge } = await github.control.pullRequest({ ...at, number: ref.number });
  const source = { owner: at.owner, repository: at.repo };
  await createIsMergeOf(octokit)({ source, merge: merge ?? sha, head: sha }, signal);
  // as `preview doctor` does, which makes a client of its own
  await octokit.request('GET /rate_limit');
  await redeliver(stage, run);
  const builds = createBuildActivities({ octokit });
  const build = { ref, workflow: 'build.yaml', branch: 'main', commit: sha };
  await activityEnvironment().run(() => builds.dispatchBuild(build));
}

/** The first, an edit of it, and the removal of a second one; over more than one page. */
async function writeComments({ ref, github, app }: Stage, { report }: GitHubActivities): Promise<void> {
  const here = { ...at, number: ref.number };
  for (let index = 0; index < 60; index += 1)
    await github.control.comment({ ...here, author: 'mona', body: `${index}` });
  await report({ ref, body: 'first', deployment: null });
  for (const author of ['preview-robot', app.bot])
    await github.control.comment({
      ...here,
      author,
      body: `<!-- pr-preview:example/videocall#${ref.number} -->`,
    });
  await report({ ref, body: 'second', deployment: null });
}

async function obeyCommand({ ref, github }: Stage, octokit: Octokit): Promise<void> {
  const commands = createCommands({ octokit, identity: createIdentity(octokit) });
  const { id } = await github.control.comment({
    ...at,
    number: ref.number,
    author: 'mona',
    body: '/preview',
  });
  const comment = { ref, commentId: Number(id) };
  await commands.readComment(comment);
  await commands.mayWrite(ref, 'mona');
  for (const answer of ['first', 'again']) expect(await commands.react(comment, 'rocket')).toBe(answer);
  expect(await commands.hasReaction(comment, ['rocket'])).toBe(true);
  await commands.answer(comment, 'done');
}

async function writeDeployments({ ref, sha }: Stage, run: GitHubActivities): Promise<void> {
  const say = (state: DeploymentReport['state'], environmentUrl: string | null) =>
    run.report({
      ref,
      body: state,
      deployment: {
        sha,
        state,
        environmentUrl,
        workflowId: 'deploy:example:videocall:1',
        description: state,
      },
    });
  await say('queued', null);
  await say('success', 'https://pr-1.preview.example.com');
  await run.endDeployments({ ref });
}

async function readFiles({ sha }: Stage, octokit: Octokit): Promise<void> {
  const cacheFolder = await mkdtemp(join(tmpdir(), 'pr-preview-conformance-'));
  try {
    const source = createSource({ octokit, cacheFolder });
    const repository = { owner: at.owner, repository: at.repo };
    await source.branchHead(repository, 'topic/one', signal);
    await source.folder(repository, sha, signal);
  } finally {
    await rm(cacheFolder, { recursive: true, force: true });
  }
}

async function redeliver({ app, github }: Stage, run: GitHubActivities): Promise<void> {
  await github.control.addHookDelivery({ appId: app.id, guid: crypto.randomUUID(), statusCode: 502 });
  await run.redeliverFailedDeliveries({ dryRun: false });
}

/** An organisation's, and a person's. */
async function askForPackages({ github, ours }: Stage): Promise<void> {
  const packages = createPackages(ours());
  for (const owner of [at.owner, 'mona']) {
    const registry = await startRegistry();
    try {
      const of = { owner, name: 'videocall/ui' };
      await github.control.showPackage({ ...of, ...registry, visibility: 'public' });
      for (const { id, tags } of (await packages.list(of, signal)) ?? []) {
        await packages.read(of, id, signal);
        // The last one with a tag, which GitHub keeps, and the other.
        expect(await packages.remove(of, id, signal)).toEqual(tags.length > 0 ? expect.any(String) : null);
      }
    } finally {
      registry.close();
    }
  }
}

function inActivities(octokit: Octokit): GitHubActivities {
  const activities = createGitHubActivities({
    octokit,
    platform: 'pr-preview',
    repositories: [],
    policy,
    urls: { workflow: (id) => `https://temporal.example.com/${id}` },
    rereadAfterMs: [],
  });
  return {
    readPullRequest: (input) => activityEnvironment().run(activities.readPullRequest, input),
    report: (input) => activityEnvironment().run(activities.report, input),
    endDeployments: (input) => activityEnvironment().run(activities.endDeployments, input),
    redeliverFailedDeliveries: (input) =>
      activityEnvironment().run(activities.redeliverFailedDeliveries, input),
  };
}
