import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GitHubStandIn } from '../../../local/github/server.ts';
import { startGitHub } from '../../../local/github/server.ts';
import type { Scene } from '../scene.ts';
import { scenes } from '../scene.ts';
import { commentEvent } from './events.ts';
import type { Ran } from './run-action.ts';
import { runAction } from './run-action.ts';

const { scene, clientOf, served } = scenes();

/** Whose a job's own token is. */
const job = 'github-actions[bot]';
let github: GitHubStandIn;
let token: string;
let own: Scene;
let number: number;

beforeAll(async () => {
  github = await startGitHub({ port: 0 });
  token = await github.control.createToken({ login: job });
  const headers = { authorization: `Bearer ${token}` };
  const account: unknown = await (await fetch(`${github.url}/user`, { headers })).json();
  // a job's own token is an installation's, which may not ask whose it is
  const message = 'Resource not accessible by integration';
  await github.control.addFault({ path: '^/user$', status: 403, body: { message }, times: 1_000 });
  await github.control.addFault({ path: '^/users/github-actions', status: 200, body: account, times: 1_000 });
});

afterAll(async () => {
  await github.close();
});

beforeEach(async () => {
  own = scene();
  const { owner, repository } = own.ref;
  const there = { owner, repo: repository };
  await github.control.createRepository({ owner, name: repository });
  await github.control.setPermission({ ...there, user: job, permission: 'write' });
  await github.control.setPermission({ ...there, user: 'alice', permission: 'write' });
  await github.control.commit({ ...there, files: { 'a.txt': 'a' } });
  await github.control.commit({ ...there, branch: 'change', files: { 'a.txt': 'b' } });
  ({ number } = await github.control.openPullRequest({
    ...there,
    head: 'change',
    title: 'A change',
    number: own.ref.number,
  }));
});

interface Commented extends Ran {
  readonly written: Parameters<typeof commentEvent>[1];
  /** To the comment, oldest first. */
  readonly reactions: readonly string[];
  /** Comments of the job's own. */
  readonly answers: readonly string[];
}

/** Somebody comments, and the action runs in a job whose token may do what the workflow says. */
async function comment(author: string, body: string): Promise<Commented> {
  const { owner, repository: repo } = own.ref;
  const { id } = await github.control.comment({ owner, repo, number, author, body });
  return await runFor({ id: Number(id), author, body });
}

async function runFor(written: Commented['written']): Promise<Commented> {
  const there = { owner: own.ref.owner, repo: own.ref.repository, number };
  const { TEMPORAL_ADDRESS = '', TEMPORAL_NAMESPACE = '' } = own.env;
  const ran = await runAction({
    repository: own.repository,
    event: commentEvent(own.ref, written),
    inputs: {
      'temporal-address': TEMPORAL_ADDRESS,
      'temporal-namespace': TEMPORAL_NAMESPACE,
      'task-queue': own.taskQueue,
      'github-token': token,
      wait: '2m',
    },
    env: { GITHUB_API_URL: github.url },
  });
  expect(ran.log + ran.summary).not.toContain(token);
  const path = `/repos/${there.owner}/${there.repo}/issues/comments/${written.id}/reactions`;
  const response = await fetch(github.url + path, { headers: { authorization: `Bearer ${github.token}` } });
  const reactions = (await response.json()) as { content: string }[];
  const comments = await github.control.comments(there);
  return {
    ...ran,
    written,
    reactions: reactions.map(({ content }) => content),
    answers: comments.flatMap(({ user, body = '' }) => (user?.login === job ? [body] : [])),
  };
}

describe('a command in a comment, straight to Temporal', () => {
  it('of somebody with write permission is done, with a reaction', async () => {
    await own.withWorker(async () => {
      const { code, reactions, answers, outputs } = await comment('alice', 'And now:\n\n/preview');
      expect(code).toBe(0);
      expect(reactions).toEqual(['rocket', '+1']);
      expect(answers).toEqual([]);
      expect(outputs['phase']).toBe('ready');
    });
  });

  it('of a stranger starts nothing and gets a reaction', async () => {
    const { code, reactions, annotations } = await comment('mallory', '/preview');
    expect(annotations).toEqual([['warning', expect.stringContaining('mallory has no write permission')]]);
    expect(code).toBe(0);
    expect(reactions).toEqual(['-1']);
    expect(await clientOf(own).status(own.ref)).toEqual({ kind: 'absent' });
  });

  it('that only asks is answered in a comment, once however often the job runs', async () => {
    await own.withWorker(async () => {
      await served(own);
      const { code, answers, log, written } = await comment('alice', '/preview status');
      expect(log).toContain('/preview status is answered in a comment');
      expect(code).toBe(0);
      expect(answers).toEqual([expect.stringContaining('**ready**')]);
      const again = await runFor(written);
      expect(again.code).toBe(0);
      expect(again.annotations).toEqual([['notice', expect.stringContaining('was done before')]]);
      expect(again.answers).toEqual(answers);
    });
  });

  it('that is none is left alone', async () => {
    const { code, reactions, annotations } = await comment('alice', 'I like this preview');
    expect(code).toBe(0);
    expect(reactions).toEqual([]);
    expect(annotations).toEqual([['notice', expect.stringContaining('it is no command')]]);
  });

  it('is tried again where GitHub is ill for a moment', async () => {
    await github.control.addFault({ path: '/collaborators/', status: 502, times: 1 });
    await own.withWorker(async () => {
      const { code, reactions } = await comment('alice', '/preview');
      expect(code).toBe(0);
      expect(reactions).toEqual(['rocket', '+1']);
    });
  });

  it('fails where the token may not even ask, and says what the job needs', async () => {
    await github.control.addFault({ path: '/collaborators/', status: 403, times: 1 });
    const { code, annotations } = await comment('alice', '/preview');
    expect(code).toBe(1);
    expect(annotations).toEqual([['error', expect.stringContaining('permissions: pull-requests: write')]]);
    expect(await clientOf(own).status(own.ref)).toEqual({ kind: 'absent' });
  });
});
