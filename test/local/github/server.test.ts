import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Octokit } from 'octokit';
import { extract } from 'tar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGitHub } from '../../../local/github/server.ts';
import type { GitHubStandIn } from '../../../local/github/server.ts';
import { plainOctokit } from './octokit.ts';

const there = { owner: 'example', repo: 'videocall' };
let github: GitHubStandIn;
let octokit: Octokit;
let folder: string;
let firstSha: string;

beforeAll(async () => {
  github = await startGitHub({ port: 0 });
  octokit = plainOctokit(github);
  folder = await mkdtemp(join(tmpdir(), 'github-test-'));
  await mkdir(join(folder, 'app', 'helm'), { recursive: true });
  await writeFile(join(folder, 'app', 'preview.yaml'), 'services: {}\n');
  await writeFile(join(folder, 'app', 'helm', 'Chart.yaml'), 'name: a chart with ä\n');
  await writeFile(join(folder, 'app', 'logo.bin'), new Uint8Array([0, 255, 1, 254]));
  await github.control.createRepository({ owner: there.owner, name: there.repo });
  const folderOfApp = join(folder, 'app');
  ({ sha: firstSha } = await github.control.commit({ ...there, folder: folderOfApp, message: 'First' }));
});

afterAll(async () => {
  await github.close();
  await rm(folder, { recursive: true, force: true });
});

/** A pull request with a branch and a commit of its own. */
async function openPull(name: string, more: { author?: string; draft?: boolean } = {}) {
  await github.control.commit({ ...there, branch: name, files: { [`${name}.txt`]: name }, message: name });
  return github.control.openPullRequest({ ...there, head: name, title: `Add ${name}`, ...more });
}

describe('repositories and their contents', () => {
  test('A repository says its default branch, and the path is read in any case', async () => {
    const { data } = await octokit.rest.repos.get({ owner: 'EXAMPLE', repo: 'Videocall' });
    expect(data).toMatchObject({ full_name: 'example/videocall', default_branch: 'main', fork: false });
    expect(data.owner).toMatchObject({ login: 'example', type: 'Organization' });
  });

  test('A file comes as base64 with the bytes it has on disk, and raw where that is asked for', async () => {
    const { data } = await octokit.rest.repos.getContent({ ...there, path: 'logo.bin' });
    expect(data).toMatchObject({ type: 'file', size: 4, encoding: 'base64', path: 'logo.bin' });
    expect([...Buffer.from((data as { content: string }).content, 'base64')]).toEqual([0, 255, 1, 254]);
    const raw = await octokit.rest.repos.getContent({
      ...there,
      path: 'helm/Chart.yaml',
      ref: firstSha,
      mediaType: { format: 'raw' },
    });
    expect(raw.data).toBe('name: a chart with ä\n');
  });

  test('A folder comes as a list, also the root', async () => {
    const root = await octokit.rest.repos.getContent({ ...there, path: '' });
    expect((root.data as { name: string; type: string }[]).map(({ name, type }) => [name, type])).toEqual([
      ['helm', 'dir'],
      ['logo.bin', 'file'],
      ['preview.yaml', 'file'],
    ]);
    const helm = await octokit.rest.repos.getContent({ ...there, path: 'helm' });
    expect((helm.data as { path: string }[]).map(({ path }) => path)).toEqual(['helm/Chart.yaml']);
  });

  test('What is not there is 404, and a path cannot leave the repository', async () => {
    for (const path of ['missing.yaml', '../../etc/passwd', 'helm/../../x']) {
      await expect(octokit.rest.repos.getContent({ ...there, path })).rejects.toMatchObject({ status: 404 });
    }
    await expect(
      octokit.rest.repos.getContent({ ...there, path: 'preview.yaml', ref: 'no-such-branch' }),
    ).rejects.toMatchObject({ status: 404, message: expect.stringContaining('No commit found for the ref') });
  });

  test('A commit is found by branch, by ref, by full and by short sha, never by a git expression', async () => {
    for (const ref of ['main', 'heads/main', 'refs/heads/main', firstSha, firstSha.slice(0, 7)]) {
      const { data } = await octokit.rest.repos.getCommit({ ...there, ref });
      expect(data.sha).toBe(firstSha);
    }
    for (const ref of ['main~0', 'no-such', '--all', 'f'.repeat(40)]) {
      await expect(octokit.rest.repos.getCommit({ ...there, ref })).rejects.toMatchObject({ status: 422 });
    }
    const { data } = await octokit.rest.repos.getBranch({ ...there, branch: 'main' });
    expect(data.commit.sha).toBe(firstSha);
  });

  test('A tree is listed whole with recursive, and one level deep without', async () => {
    const { data: flat } = await octokit.rest.git.getTree({ ...there, tree_sha: 'main' });
    expect(flat.tree.map(({ path }) => path)).toEqual(['helm', 'logo.bin', 'preview.yaml']);
    const { data: deep } = await octokit.rest.git.getTree({ ...there, tree_sha: firstSha, recursive: '1' });
    expect(deep.tree.map(({ path }) => path)).toContain('helm/Chart.yaml');
  });

  test('The tarball is a redirect to an archive with one top folder that names the commit', async () => {
    const redirect = await fetch(`${github.url}/repos/example/videocall/tarball/main`, {
      redirect: 'manual',
      headers: { authorization: `token ${github.token}` },
    });
    expect(redirect.status).toBe(302);
    const archive = await fetch(redirect.headers.get('location')!);
    const target = join(folder, 'extracted');
    await mkdir(target);
    await new Promise((resolve, reject) => {
      Readable.fromWeb(archive.body as never)
        .pipe(extract({ cwd: target }))
        .on('close', resolve)
        .on('error', reject);
    });
    const top = join(target, `example-videocall-${firstSha.slice(0, 7)}`);
    expect(await readFile(join(top, 'helm', 'Chart.yaml'), 'utf8')).toBe('name: a chart with ä\n');

    const viaOctokit = await octokit.rest.repos.downloadTarballArchive({ ...there, ref: firstSha });
    expect((viaOctokit.data as ArrayBuffer).byteLength).toBeGreaterThan(100);
    const stolen = redirect.headers.get('location')!.replace(/token=\w+/, 'token=guessed');
    expect((await fetch(stolen)).status).toBe(404);
  });
});

describe('who is asking', () => {
  test('No token and a wrong token are 401, and the token may be sent under either scheme', async () => {
    expect((await fetch(`${github.url}/user`)).status).toBe(401);
    const wrong = plainOctokit({ url: github.url, token: 'ghp_wrong' });
    await expect(wrong.rest.users.getAuthenticated()).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining('Bad credentials'),
    });
    for (const scheme of ['Bearer', 'token']) {
      const headers = { authorization: `${scheme} ${github.token}` };
      expect((await fetch(`${github.url}/user`, { headers })).status).toBe(200);
    }
  });

  test('A role is told in both of its words, and a stranger only reads', async () => {
    await github.control.setPermission({ ...there, user: 'mona', permission: 'maintain' });
    const ask = async (username: string) =>
      (await octokit.rest.repos.getCollaboratorPermissionLevel({ ...there, username })).data;
    expect(await ask('Mona')).toMatchObject({ permission: 'write', role_name: 'maintain' });
    await openPull('by-a-stranger', { author: 'stranger' });
    expect(await ask('stranger')).toMatchObject({ permission: 'read', role_name: 'read' });
    await expect(ask('nobody-ever')).rejects.toMatchObject({ status: 404 });
  });

  test('A private repository does not exist for those who may not read it', async () => {
    await github.control.createRepository({ owner: 'example', name: 'secret', private: true });
    const stranger = plainOctokit({
      url: github.url,
      token: await github.control.createToken({ login: 'stranger' }),
    });
    await expect(stranger.rest.repos.get({ owner: 'example', repo: 'secret' })).rejects.toMatchObject({
      status: 404,
    });
    expect((await octokit.rest.repos.get({ owner: 'example', repo: 'secret' })).data.private).toBe(true);
  });
});

describe('pull requests', () => {
  test('A push moves the head, closing and reopening change the state, a close freezes the head', async () => {
    const { number, head } = await openPull('moving', { draft: true });
    expect(head.sha).toMatch(/^[0-9a-f]{40}$/);
    const read = async () => (await octokit.rest.pulls.get({ ...there, pull_number: number })).data;
    expect(await read()).toMatchObject({ state: 'open', draft: true, commits: 1, mergeable: true });

    const files = { 'moving.txt': 'again' };
    const { sha } = await github.control.pushToPullRequest({ ...there, number, files });
    expect(await read()).toMatchObject({ head: { sha }, commits: 2 });
    await github.control.moveBranch({ ...there, branch: 'moving', sha: head.sha });
    expect((await read()).head.sha).toBe(head.sha);

    await github.control.closePullRequest({ ...there, number });
    await github.control.commit({ ...there, branch: 'moving', files: { 'later.txt': 'x' } });
    expect(await read()).toMatchObject({ state: 'closed', merged: false, head: { sha: head.sha } });
    await github.control.reopenPullRequest({ ...there, number });
    expect(await read()).toMatchObject({ state: 'open', closed_at: null, commits: 2 });
  });

  test('The trial merge has the head as its second parent', async () => {
    const { number, head, merge_commit_sha } = await openPull('mergeable');
    const { data } = await octokit.rest.repos.getCommit({ ...there, ref: merge_commit_sha! });
    expect(data.parents.map(({ sha }) => sha)).toEqual([expect.any(String), head.sha]);
    await github.control.closePullRequest({ ...there, number, merge: true });
    const merged = await octokit.rest.pulls.get({ ...there, pull_number: number });
    expect(merged.data).toMatchObject({ state: 'closed', merged: true });
    expect((await octokit.rest.repos.getBranch({ ...there, branch: 'main' })).data.commit.sha).toBe(
      merge_commit_sha,
    );
  });

  test('Commits that conflict make it unmergeable', async () => {
    const files = (text: string) => ({ 'preview.yaml': text });
    await github.control.commit({ ...there, branch: 'conflict', files: files('services: {a: 1}\n') });
    await github.control.commit({ ...there, files: files('services: {b: 2}\n') });
    const pull = await github.control.openPullRequest({ ...there, head: 'conflict', title: 'Conflict' });
    expect(pull).toMatchObject({ mergeable: false, mergeable_state: 'dirty', merge_commit_sha: null });
  });

  test("A fork's commit is also found in the repository that it wants to go to", async () => {
    await github.control.createFork({ ...there, by: 'outsider' });
    const files = { 'outside.txt': 'hello' };
    const fork = { owner: 'outsider', repo: 'videocall' };
    const { sha } = await github.control.commit({ ...fork, branch: 'idea', files, author: 'outsider' });
    const { number } = await github.control.openPullRequest({
      ...there,
      head: 'outsider:idea',
      title: 'An idea',
      author: 'outsider',
    });
    const { data } = await octokit.rest.pulls.get({ ...there, pull_number: number });
    expect(data.head).toMatchObject({ sha, label: 'outsider:idea', repo: { fork: true } });
    expect(data.head.repo.id).not.toBe(data.base.repo.id);
    expect(data.author_association).toBe('NONE');
    expect((await octokit.rest.repos.getCommit({ ...there, ref: sha })).data.sha).toBe(sha);
    const pushed = await github.control.pushToPullRequest({ ...there, number, files: { 'b.txt': 'b' } });
    expect((await octokit.rest.pulls.get({ ...there, pull_number: number })).data.head.sha).toBe(pushed.sha);
  });

  test('The list holds open ones, newest first, and filters', async () => {
    const { number } = await openPull('listed');
    const { data } = await octokit.rest.pulls.list({ ...there, per_page: 1 });
    expect(data.map((pull) => pull.number)).toEqual([number]);
    const byHead = await octokit.rest.pulls.list({ ...there, state: 'all', head: 'example:listed' });
    expect(byHead.data.map((pull) => pull.number)).toEqual([number]);
    const all = await octokit.paginate(octokit.rest.pulls.list, { ...there, state: 'all', per_page: 2 });
    expect(new Set(all.map((pull) => pull.number)).size).toBe(number);
  });

  test('What does not exist is 404 in the words of GitHub', async () => {
    await expect(octokit.rest.pulls.get({ ...there, pull_number: 9999 })).rejects.toMatchObject({
      status: 404,
      response: { data: { message: 'Not Found', status: '404' } },
    });
    await expect(octokit.rest.pulls.get({ ...there, repo: 'other', pull_number: 1 })).rejects.toMatchObject({
      status: 404,
    });
  });
});

describe('comments', () => {
  test('A list of 65 comes in pages of 30, and the client walks them all in order', async () => {
    const { number } = await openPull('talkative');
    const write = (index: number) =>
      github.control.comment({ ...there, number, author: 'mona', body: `comment ${String(index)}` });
    for (let index = 0; index < 65; index += 1) await write(index);
    const first = await octokit.rest.issues.listComments({ ...there, issue_number: number });
    expect(first.data).toHaveLength(30);
    expect(first.headers.link).toContain('rel="next"');
    const all = await octokit.paginate(octokit.rest.issues.listComments, { ...there, issue_number: number });
    expect(all.map(({ body }) => body)).toEqual(
      Array.from({ length: 65 }, (_, index) => `comment ${String(index)}`),
    );
  });

  test('A comment is created, read, edited, reacted to and deleted', async () => {
    const { number } = await openPull('commented');
    const created = await octokit.rest.issues.createComment({
      ...there,
      issue_number: number,
      body: '**hello**',
    });
    expect(created.status).toBe(201);
    expect(created.data.user?.login).toBe('preview-robot');
    const which = { ...there, comment_id: created.data.id };
    await octokit.rest.issues.updateComment({ ...which, body: 'edited' });
    const first = await octokit.rest.reactions.createForIssueComment({ ...which, content: 'rocket' });
    const again = await octokit.rest.reactions.createForIssueComment({ ...which, content: 'rocket' });
    expect([first.status, again.status]).toEqual([201, 200]);
    const read = await octokit.rest.issues.getComment(which);
    expect(read.data).toMatchObject({ body: 'edited', reactions: { total_count: 1, rocket: 1 } });
    const { data: reactions } = await octokit.rest.reactions.listForIssueComment(which);
    expect(reactions).toMatchObject([{ content: 'rocket', user: { login: 'preview-robot' } }]);
    const others = await octokit.rest.reactions.listForIssueComment({ ...which, content: 'eyes' });
    expect(others.data).toEqual([]);
    await octokit.rest.issues.deleteComment(which);
    await expect(octokit.rest.issues.getComment(which)).rejects.toMatchObject({ status: 404 });
    await expect(octokit.rest.issues.updateComment({ ...which, body: 'x' })).rejects.toMatchObject({
      status: 404,
    });
  });

  test('A body that is missing, empty or too long is 422 with the field; JSON that is none is 400', async () => {
    const { number } = await openPull('strict');
    const create = (body: string) =>
      octokit.rest.issues.createComment({ ...there, issue_number: number, body });
    await expect(create('  ')).rejects.toMatchObject({ status: 422 });
    await expect(create('x'.repeat(65_537))).rejects.toMatchObject({
      status: 422,
      response: { data: { message: 'Validation Failed', errors: [{ resource: 'IssueComment' }] } },
    });
    expect((await create('x'.repeat(65_536))).status).toBe(201);
    const answer = await fetch(`${github.url}/repos/example/videocall/issues/${String(number)}/comments`, {
      method: 'POST',
      headers: { authorization: `Bearer ${github.token}` },
      body: '{"body": ',
    });
    expect(answer.status).toBe(400);
  });

  test("A stranger may comment, and may not touch other people's comments", async () => {
    const { number } = await openPull('guarded');
    const token = await github.control.createToken({ login: 'stranger' });
    const stranger = plainOctokit({ url: github.url, token });
    const mine = await octokit.rest.issues.createComment({ ...there, issue_number: number, body: 'mine' });
    const which = { ...there, comment_id: mine.data.id };
    await expect(stranger.rest.issues.updateComment({ ...which, body: 'no' })).rejects.toMatchObject({
      status: 403,
    });
    await expect(stranger.rest.issues.deleteComment(which)).rejects.toMatchObject({ status: 403 });
    const theirs = await stranger.rest.issues.createComment({ ...there, issue_number: number, body: 'hi' });
    expect(theirs.data.user?.login).toBe('stranger');
  });
});

describe('deployments', () => {
  const preview = {
    ...there,
    auto_merge: false,
    required_contexts: [],
    environment: 'preview',
    transient_environment: true,
    production_environment: false,
  };

  test('A deployment goes through its states, the newest first', async () => {
    const { head } = await openPull('deployed');
    const created = await octokit.rest.repos.createDeployment({
      ...preview,
      ref: head.sha,
      task: 'preview:1',
    });
    expect(created.status).toBe(201);
    const deployment = created.data as { id: number };
    const which = { ...there, deployment_id: deployment.id };
    for (const state of ['queued', 'in_progress', 'success'] as const) {
      await octokit.rest.repos.createDeploymentStatus({
        ...which,
        state,
        environment_url: 'https://pr-1.preview.localhost:18443',
        log_url: 'http://127.0.0.1:28233/',
      });
    }
    const { data } = await octokit.rest.repos.listDeploymentStatuses(which);
    expect(data.map(({ state }) => state)).toEqual(['success', 'in_progress', 'queued']);
    expect(data[0]).toMatchObject({ environment: 'preview', log_url: 'http://127.0.0.1:28233/' });
    const byTask = await octokit.rest.repos.listDeployments({ ...there, task: 'preview:1' });
    expect(byTask.data.map(({ id }) => id)).toEqual([deployment.id]);
  });

  test('A ref that lacks commits of the default branch is refused unless auto_merge is off', async () => {
    const { head } = await openPull('behind');
    await github.control.commit({ ...there, files: { 'main-moved.txt': 'x' } });
    const { auto_merge: _, ...merging } = preview;
    await expect(octokit.rest.repos.createDeployment({ ...merging, ref: head.sha })).rejects.toMatchObject({
      status: 409,
    });
    expect((await octokit.rest.repos.createDeployment({ ...preview, ref: head.sha })).status).toBe(201);
  });

  test('Success leaves older transient deployments as they are, and ends older plain ones', async () => {
    const { head } = await openPull('twice');
    const make = async (environment: string, transient: boolean) => {
      const { data } = await octokit.rest.repos.createDeployment({
        ...preview,
        ref: head.sha,
        environment,
        transient_environment: transient,
      });
      const which = { ...there, deployment_id: (data as { id: number }).id };
      await octokit.rest.repos.createDeploymentStatus({ ...which, state: 'success' });
      return async () => (await octokit.rest.repos.listDeploymentStatuses(which)).data[0]?.state;
    };
    const transient = await make('passing', true);
    const plain = await make('staging', false);
    await make('passing', true);
    await make('staging', false);
    expect([await transient(), await plain()]).toEqual(['success', 'inactive']);
  });

  test('An unknown ref, an unknown state, a long description and a reader are refused', async () => {
    await expect(octokit.rest.repos.createDeployment({ ...preview, ref: 'nowhere' })).rejects.toMatchObject({
      status: 422,
    });
    const { data } = await octokit.rest.repos.createDeployment({ ...preview, ref: 'main' });
    const which = { ...there, deployment_id: (data as { id: number }).id };
    for (const bad of [
      { state: 'ready' as 'success' },
      { state: 'success' as const, description: 'x'.repeat(141) },
    ]) {
      await expect(octokit.rest.repos.createDeploymentStatus({ ...which, ...bad })).rejects.toMatchObject({
        status: 422,
      });
    }
    const token = await github.control.createToken({ login: 'stranger' });
    const stranger = plainOctokit({ url: github.url, token });
    await expect(stranger.rest.repos.createDeployment({ ...preview, ref: 'main' })).rejects.toMatchObject({
      status: 403,
    });
  });
});
