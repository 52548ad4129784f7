import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { controlOf } from '../../../local/github/control.ts';
import { startGitHub } from '../../../local/github/server.ts';
import { plainOctokit } from './octokit.ts';

const there = { owner: 'example', repo: 'app' };
const main = fileURLToPath(new URL('../../../local/github/main.ts', import.meta.url));
const processes: ChildProcess[] = [];
let folder: string;
let stateFile: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'github-restart-'));
  stateFile = join(folder, 'github.json');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const child of processes.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Starts the stand-in as a process of its own; answers with its URL. */
async function startProcess(port = '0'): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [main, '--port', port, '--state', stateFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  processes.push(child);
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, url };
}

test('What was acknowledged survives kill -9, under the same token', async () => {
  const first = await startProcess();
  const control = controlOf(first.url);
  await control.createRepository({ owner: 'example', name: 'app' });
  await control.commit({ ...there, files: { 'a.txt': 'a' } });
  const { sha } = await control.commit({ ...there, branch: 'topic', files: { 'a.txt': 'b' } });
  const { number } = await control.openPullRequest({ ...there, head: 'topic', title: 'Topic' });
  const { token } = await control.about();
  const octokit = plainOctokit({ url: first.url, token });
  const comment = await octokit.rest.issues.createComment({ ...there, issue_number: number, body: 'kept' });
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');

  const second = await startProcess(new URL(first.url).port);
  const after = plainOctokit({ url: second.url, token });
  expect((await after.rest.pulls.get({ ...there, pull_number: number })).data.head.sha).toBe(sha);
  const read = await after.rest.issues.getComment({ ...there, comment_id: comment.data.id });
  expect(read.data.body).toBe('kept');
  expect((await after.rest.repos.getContent({ ...there, path: 'a.txt', ref: sha })).status).toBe(200);
  expect((await stat(stateFile)).mode & 0o077).toBe(0);

  second.child.kill('SIGTERM');
  expect(await once(second.child, 'exit')).toEqual([0, null]);
});

test('A port that is taken is one clear line, and the process ends with 1 and leaves nothing', async () => {
  const first = await startGitHub({ port: 0 });
  try {
    const child = spawn(process.execPath, [main, '--port', new URL(first.url).port], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, TMPDIR: folder },
    });
    processes.push(child);
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
    expect((await once(child, 'close'))[0]).toBe(1);
    expect(complaint).toMatch(/^GitHub stand-in: .*EADDRINUSE.*\n$/);
    expect((await readdir(folder)).filter((name) => name.startsWith('github-'))).toEqual([]);
  } finally {
    await first.close();
  }
});

test('Without a state file nothing is left on disk', async () => {
  vi.stubEnv('TMPDIR', folder);
  const github = await startGitHub({ port: 0, token: 'ghp_given' });
  const octokit = plainOctokit({ url: github.url, token: 'ghp_given' });
  expect((await octokit.rest.users.getAuthenticated()).status).toBe(200);
  expect(await readdir(folder)).toHaveLength(1);
  await github.close();
  expect(await readdir(folder)).toEqual([]);
});
