import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGitHubActivities } from '../../activities/github/activities.ts';
import { createGitHub } from '../../activities/github/clients.ts';
import type { GitHubLogin } from '../../activities/github/login.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import type { PreviewStatus } from '../../domain/status.ts';
import type { Fault } from '../../local/github/faults.ts';
import type { GitHubStandIn } from '../../local/github/server.ts';
import { startGitHub } from '../../local/github/server.ts';
import { connect, endAll, ownPullRequest, sender, until, withWorker } from './environment.ts';
import type { Sender, WorkflowTests } from './environment.ts';
import type { FakeWorld } from './fake-world.ts';
import { createFakeWorld, fakeActivities } from './fake-world.ts';

let tests: WorkflowTests;
let github: GitHubStandIn;
beforeAll(async () => {
  [tests, github] = await Promise.all([connect(), startGitHub({ port: 0 })]);
});
afterAll(async () => {
  await Promise.all([tests.close(), github.close()]);
});

/** A preview whose GitHub is the stand-in, asked by our own code; cluster, database and Helm are a world in memory. */
interface Play extends Sender {
  readonly world: FakeWorld;
  readonly at: { readonly owner: string; readonly repo: string; readonly number: number };
  readonly pushCommit: () => Promise<string>;
  readonly phase: (phase: PreviewStatus['phase']) => Promise<PreviewStatus>;
  /** Waits until the only comment says it, and answers with it. */
  readonly told: (words: string) => Promise<string>;
  /** Waits until the deployments, oldest first, are in these states. */
  readonly deployed: (...states: string[]) => Promise<unknown>;
  /** Orders faults of requests to this repository. */
  readonly break: (...faults: Fault[]) => Promise<void>;
}

async function play(login: GitHubLogin, scene: (play: Play) => Promise<void>): Promise<void> {
  const { ref, taskQueue } = ownPullRequest();
  const world = createFakeWorld(ref);
  const send = sender(tests.client, { ref, taskQueue });
  const at = await openPullRequest(ref);
  const activities = { ...fakeActivities(world), ...gitHubActivities(login, world) };
  const pull = async () => await github.control.pullRequest(at);
  const comments = async () => (await github.control.comments(at)).map(({ body = '' }) => body);
  try {
    await withWorker({ activities, taskQueue }, () =>
      scene({
        ...send,
        world,
        at,
        pushCommit: async () => {
          const { head } = await pull();
          const { sha } = await github.control.pushToPullRequest({ ...at, files: { 'a.txt': head.sha } });
          await send.push({ sha });
          return sha;
        },
        phase: (phase) =>
          until(send.status, (status) => status.phase === phase && status.looking !== true, `phase ${phase}`),
        told: async (words) => {
          const said = (all: string[]): boolean => all.length === 1 && (all[0] ?? '').includes(words);
          return (await until(comments, said, `one comment that says "${words}"`))[0] ?? '';
        },
        deployed: (...states) =>
          until(
            async () => (await github.control.deployments(at)).map(({ statuses }) => statuses.at(-1)?.state),
            (seen) => seen.join() === states.join(),
            `deployments that are ${states.join()}`,
          ),
        break: async (...faults) => {
          for (const fault of faults) await github.control.addFault(fault);
        },
      }),
    );
  } finally {
    await github.control.clearFaults();
    await endAll(tests.client, ref);
  }
}

async function openPullRequest({ owner, repository: repo, number }: PullRequestRef): Promise<Play['at']> {
  const { control } = github;
  await control.createRepository({ owner, name: repo });
  await control.setPermission({ owner, repo, user: 'alice', permission: 'write' });
  await control.commit({ owner, repo, files: { 'a.txt': 'a' } });
  await control.commit({ owner, repo, branch: 'change', files: { 'a.txt': 'b' } });
  await control.openPullRequest({ owner, repo, number, head: 'change', title: 'A change', author: 'alice' });
  return { owner, repo, number };
}

/** The real activities; what they read of the pull request is what the world knows. */
function gitHubActivities(login: GitHubLogin, world: FakeWorld): ReturnType<typeof createGitHubActivities> {
  const activities = createGitHubActivities({
    octokit: createGitHub({ ...login, baseUrl: github.url, timeoutMs: 2_000 }),
    platform: 'pr-preview',
    repositories: ['example/videocall'],
    policy: { trigger: 'auto', label: 'preview' },
    urls: { workflow: (id) => `http://temporal.localhost/${id}` },
    rereadAfterMs: [],
  });
  return {
    ...activities,
    readPullRequest: async (input) => {
      world.pullRequest = await activities.readPullRequest(input);
      return world.pullRequest;
    },
  };
}

const lost = { drop: true, afterWrite: true };
const late = { delayMs: 10_000, afterWrite: true };
const wait = (status: number) => ({ status, headers: { 'retry-after': '1' } });

describe('a preview whose GitHub is unwell', () => {
  it('is deployed, updated and taken away all the same, and tells it in one comment and true records', async () => {
    await play({ token: github.token }, async (play) => {
      await play.break(
        { path: '/pulls/7$', status: 502 },
        { path: '/permission$', status: 500 },
        { method: 'GET', path: '/comments', ...wait(429) },
        { method: 'POST', path: '/comments$', status: 500, afterWrite: true },
        { method: 'POST', path: '/deployments$', ...lost },
        { method: 'POST', path: '/statuses$', ...late },
      );
      await play.push();
      await play.phase('ready');
      await play.told('Preview is ready');
      await play.deployed('success');

      await play.break(
        { path: '/pulls/7$', ...wait(403) },
        { method: 'PATCH', path: '/comments/', ...late },
        { method: 'PATCH', path: '/comments/', status: 502 },
        { method: 'GET', path: '/statuses', status: 500, times: 2 },
        { method: 'POST', path: '/statuses$', ...lost },
      );
      const second = await play.pushCommit();
      await until(
        () => play.world.releases.get('ui'),
        (served) => served === second,
        'the second commit',
      );
      await play.told(second.slice(0, 7));
      await play.phase('ready');
      await play.told('Preview is ready');
      await play.deployed('inactive', 'success');

      await play.break(
        { method: 'GET', path: '/deployments\\?', ...wait(429) },
        { method: 'PATCH', path: '/comments/', status: 500, afterWrite: true },
        { path: '/pulls/7$', drop: true },
      );
      await github.control.closePullRequest(play.at);
      await play.close();
      await play.handle.result();
      await play.told('Preview is gone');
      await play.deployed('inactive', 'inactive');
      expect(play.world.seen.deploys).toHaveLength(2);
      expect(play.world).toMatchObject({ namespace: false, database: false });
    });
  });

  it('goes on when a GitHub App loses its tokens, and somebody its comment', async () => {
    const app = await github.control.createApp({ slug: 'pr-preview', owner: 'example' });
    await github.control.installApp({ appId: app.id, account: 'example' });
    const login = { app: { id: String(app.id), privateKey: app.privateKey, installationId: null } };
    await play(login, async (play) => {
      await play.push();
      await play.phase('ready');
      await play.told('Preview is ready');
      await github.control.expireInstallationTokens();
      const [comment] = await github.control.comments(play.at);
      expect(comment?.user).toMatchObject({ login: app.bot });
      const headers = { authorization: `token ${github.token}` };
      expect((await fetch(comment?.url ?? '', { method: 'DELETE', headers })).status).toBe(204);

      const second = await play.pushCommit();
      await play.told(second.slice(0, 7));
      await play.phase('ready');
      await play.told('Preview is ready');
      expect(play.world.seen.deploys).toHaveLength(2);
    });
  });

  it('serves although no comment may be written, and tells it once one may', async () => {
    await play({ token: github.token }, async (play) => {
      await play.break({ method: 'POST', path: '/comments$', status: 403, times: 1_000 });
      await play.push();
      await play.phase('ready');
      expect(await github.control.comments(play.at)).toEqual([]);
      await github.control.clearFaults();
      await play.pushCommit();
      await play.told('Preview is ready');
      await play.deployed('inactive', 'success');
    });
  });
});
