import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createGitHub } from '../../../activities/github/clients.ts';
import { createSource } from '../../../activities/source/source.ts';
import type { Source } from '../../../activities/source/source.ts';
import { startGitHub } from '../../../local/github/server.ts';
import type { GitHubStandIn } from '../../../local/github/server.ts';

const there = { owner: 'example', repo: 'videocall' };
const repository = { owner: 'Example', repository: 'videocall' };
const never = new AbortController().signal;
let github: GitHubStandIn;
let scratch: string;
let cacheFolder: string;
let commit: string;
let source: Source;

beforeAll(async () => {
  github = await startGitHub({ port: 0 });
  await github.control.createRepository({ owner: there.owner, name: there.repo });
  const files = { 'preview.yaml': 'services: {}\n', 'helm/ui/Chart.yaml': 'name: ui\n' };
  ({ sha: commit } = await github.control.commit({ ...there, files }));
});
afterAll(() => github.close());
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'source-test-'));
  cacheFolder = join(scratch, 'cache');
  source = newSource();
});
afterEach(async () => {
  await github.control.clearFaults();
  await rm(scratch, { recursive: true, force: true });
});

function newSource(more: Partial<Parameters<typeof createSource>[0]> = {}): Source {
  const octokit = createGitHub({ token: github.token, baseUrl: github.url });
  return createSource({ octokit, cacheFolder, ...more });
}
const tarballs = async () =>
  (await github.control.requests()).filter(({ path }) => path.includes('/tarball/')).length;
/** Commits what a function writes into a folder, on a branch of its own. */
async function commitOf(branch: string, write: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(scratch, branch);
  await mkdir(folder);
  await write(folder);
  return (await github.control.commit({ ...there, branch, folder })).sha;
}

test('The head of a branch is its commit, with slashes in its name too', async () => {
  expect(await source.branchHead(repository, 'main', never)).toBe(commit);
  const { sha } = await github.control.commit({ ...there, branch: 'fix/it', files: { 'a.txt': 'a' } });
  expect(await source.branchHead(repository, 'fix/it', never)).toBe(sha);
  await expect(source.branchHead(repository, 'nowhere', never)).rejects.toMatchObject({
    type: 'GitHubNotFound',
    message: expect.stringContaining('nowhere'),
  });
});

test('A folder holds the files of the commit, without the top folder of the archive', async () => {
  const folder = await source.folder(repository, commit, never);
  expect(await readFile(join(folder, 'helm/ui/Chart.yaml'), 'utf8')).toBe('name: ui\n');
  expect((await readdir(folder)).sort()).toEqual(['helm', 'preview.yaml']);
});

test('The second time, and in another process, nothing is fetched', async () => {
  const folder = await source.folder(repository, commit, never);
  await github.control.clearRequests();
  expect(await source.folder({ owner: 'EXAMPLE', repository: 'VideoCall' }, commit, never)).toBe(folder);
  expect(await newSource().folder(repository, commit, never)).toBe(folder);
  expect(await tarballs()).toBe(0);
});

test('Many at once in one process fetch once; in several processes they do not disturb each other', async () => {
  await github.control.clearRequests();
  const others = [newSource(), newSource()];
  const asked = [source, source, source, ...others].map((one) => one.folder(repository, commit, never));
  const folders = await Promise.all(asked);
  expect(new Set(folders).size).toBe(1);
  expect(await tarballs()).toBe(3);
  expect(await readFile(join(folders[0]!, 'preview.yaml'), 'utf8')).toBe('services: {}\n');
  expect((await readdir(cacheFolder)).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('One who gives up leaves the others their files; when all give up, the download ends', async () => {
  await github.control.clearRequests();
  await github.control.addFault({ path: '/tarball/', delayMs: 300 });
  const impatient = new AbortController();
  const gone = source.folder(repository, commit, impatient.signal);
  const stays = source.folder(repository, commit, never);
  gone.catch(() => {});
  await expect.poll(tarballs).toBe(1);
  impatient.abort(new Error('gave up'));
  await expect(gone).rejects.toThrow('gave up');
  expect(existsSync(join(await stays, 'preview.yaml'))).toBe(true);

  const { sha } = await github.control.commit({ ...there, branch: 'other', files: { 'o.txt': 'o' } });
  await github.control.addFault({ path: '/tarball/', delayMs: 60_000 });
  const last = new AbortController();
  const alone = source.folder(repository, sha, last.signal);
  alone.catch(() => {});
  await expect.poll(tarballs).toBe(2);
  last.abort(new Error('nobody wants it'));
  await expect(alone).rejects.toThrow('nobody wants it');
  await expect
    .poll(async () => (await readdir(cacheFolder)).filter((name) => name.startsWith('.')))
    .toEqual([]);
  expect(existsSync(join(await source.folder(repository, sha, never), 'o.txt'))).toBe(true);
});

test('Links that stay inside are kept; those that leave, directly or by way of others, are left out', async () => {
  const sha = await commitOf('links', async (folder) => {
    await mkdir(join(folder, 'sub/deep'), { recursive: true });
    await writeFile(join(folder, 'real.txt'), 'real');
    await symlink('../../real.txt', join(folder, 'sub/deep/fine.txt'));
    await symlink('sub', join(folder, 'also-fine'));
    await symlink('/etc/passwd', join(folder, 'absolute'));
    await symlink('../../../etc/passwd', join(folder, 'sub/upwards'));
    await symlink('nothing-there', join(folder, 'dangling'));
    // By its letters it stays inside; followed, `up` is the top and `..` lies above it.
    await symlink('../..', join(folder, 'sub/deep/up'));
    await symlink('sub/deep/up/../real.txt', join(folder, 'sly'));
    await symlink('.', join(folder, 'loop'));
  });
  const folder = await source.folder(repository, sha, never);
  expect(await readFile(join(folder, 'sub/deep/fine.txt'), 'utf8')).toBe('real');
  expect((await readdir(folder)).sort()).toEqual(['also-fine', 'loop', 'real.txt', 'sub']);
  expect((await readdir(join(folder, 'sub'))).sort()).toEqual(['deep']);
});

test('A repository that is too large, or has too many files, is refused with the numbers', async () => {
  const sha = await commitOf('large', async (folder) => {
    await writeFile(join(folder, 'zeros'), Buffer.alloc(3_000_000));
    await Promise.all(
      Array.from({ length: 30 }, (_, index) => writeFile(join(folder, `f${String(index)}`), '')),
    );
  });
  const small = newSource({ limits: { bytes: 1_000_000, entries: 1_000 } });
  await expect(small.folder(repository, sha, never)).rejects.toMatchObject({
    type: 'PlanRefused',
    nonRetryable: true,
    message: expect.stringContaining('1000000 bytes'),
  });
  const few = newSource({ limits: { bytes: 10_000_000, entries: 20 } });
  await expect(few.folder(repository, sha, never)).rejects.toMatchObject({
    message: expect.stringContaining('more entries'),
  });
  expect((await readdir(cacheFolder)).filter((name) => !name.startsWith('.'))).toEqual([]);
  expect(existsSync(join(await source.folder(repository, sha, never), 'zeros'))).toBe(true);
});

test('A commit that is not there is told as that', async () => {
  await expect(source.folder(repository, 'f'.repeat(40), never)).rejects.toMatchObject({
    type: 'GitHubNotFound',
  });
});

test.each([
  ['500', { status: 500 }, 'GitHubUnavailable'],
  ['a cut line', { drop: true }, 'GitHubUnavailable'],
  ['429', { status: 429, headers: { 'retry-after': '2' } }, 'GitHubThrottled'],
  ['401', { status: 401 }, 'GitHubUnauthorized'],
  ['an answer that is no archive', { status: 200, body: 'hello' }, 'GitHubUnavailable'],
])('%s is told by its name, and leaves nothing behind', async (_, fault, type) => {
  await github.control.addFault({ path: '/tarball/', ...fault });
  await expect(source.folder(repository, commit, never)).rejects.toMatchObject({ type });
  expect(await readdir(cacheFolder)).toEqual([]);
});

test('A name or commit that could be a path is refused before anything is touched', async () => {
  const bad: [string, string, string][] = [
    ['..', 'videocall', commit],
    ['example', '../x', commit],
    ['example', 'videocall', 'main'],
    ['example', 'videocall', `../../${commit}`],
  ];
  for (const [owner, name, sha] of bad) {
    await expect(source.folder({ owner, repository: name }, sha, never)).rejects.toThrow(TypeError);
  }
  expect(existsSync(cacheFolder)).toBe(false);
});

test('What was not used for an hour is deleted beyond the newest twenty; abandoned work too', async () => {
  const longAgo = new Date(Date.now() - 2 * 60 * 60_000);
  const old: string[] = [];
  for (let index = 0; index < 25; index += 1) {
    const folder = join(cacheFolder, 'example/videocall', index.toString(16).padStart(40, '0'));
    await mkdir(folder, { recursive: true });
    const used = new Date(longAgo.getTime() + index * 1_000);
    await utimes(folder, used, used);
    old.push(folder);
  }
  const fresh = join(cacheFolder, 'example/other', 'e'.repeat(40));
  await mkdir(fresh, { recursive: true });
  const abandoned = join(cacheFolder, '.filling-by-somebody-who-was-killed');
  await mkdir(abandoned);
  await utimes(abandoned, longAgo, longAgo);

  const folder = await source.folder(repository, commit, never);
  expect([folder, fresh].every((path) => existsSync(path))).toBe(true);
  expect(old.map((path) => existsSync(path))).toEqual(Array.from({ length: 25 }, (_, index) => index >= 7));
  expect(existsSync(abandoned)).toBe(false);
});
