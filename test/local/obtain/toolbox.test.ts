import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { silentProgress } from '../../../local/progress.ts';
import { createFixture } from './fixture.ts';
import type { Fixture, FixtureName } from './fixture.ts';
import { recorded } from './recorded-progress.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await createFixture();
  vi.stubEnv('PIP_NO_INDEX', '1');
  vi.stubEnv('PIP_FIND_LINKS', path.join(fixture.folder, 'wheels'));
  vi.stubEnv('GOPROXY', 'off');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await fixture.remove();
});

const obtain = (name: FixtureName, options: { signal?: AbortSignal } = {}): Promise<string> =>
  fixture.toolbox().obtain(name, { progress: silentProgress, ...options });

const script = fileURLToPath(new URL('./obtain-fixture.ts', import.meta.url));

/** A process of its own that obtains a tool of the fixture. */
const elsewhere = (name: FixtureName) =>
  execa(process.execPath, [script, fixture.folder, name], {
    reject: false,
    cleanup: true,
  });

const said = async (file: string): Promise<string> => (await execa(file)).stdout;

describe('A Go tool', () => {
  test('is built once, with its version stamped, and answered from the cache afterwards', async () => {
    const first = recorded();
    const file = await fixture.toolbox().obtain('hello', { progress: first });
    expect(path.isAbsolute(file)).toBe(true);
    expect(await said(file)).toBe('hello-0');
    expect(first.said[0]).toBe('start: hello 0');
    expect(first.said.at(-1)).toMatch(/^done: hello 0: done in \d+ s$/);

    const second = recorded();
    const before = await stat(file);
    expect(await fixture.toolbox().obtain('hello', { progress: second })).toBe(file);
    expect(second.said).toEqual([]);
    expect((await stat(file)).mtimeMs).toBe(before.mtimeMs);
    expect(await fixture.builds()).toHaveLength(1);
  });

  test('is built anew, beside the old one, when its pin changes', async () => {
    const before = await obtain('hello');
    await writeFile(
      path.join(fixture.pins, 'hello/more.go'),
      'package main\n\nfunc init() { greeting += "!" }\n',
    );
    const after = await obtain('hello');
    expect(await said(after)).toBe('hello-0!');
    expect(await said(before)).toBe('hello-0');
  });

  test('shares one build with the others of its module', async () => {
    const progress = recorded();
    const paths = await fixture.toolbox().obtainAll(['hello', 'left', 'pair'], { progress });
    expect(await said(paths.left)).toBe('left');
    expect(await said(path.join(paths.pair, 'right'))).toBe('right');
    expect(path.dirname(paths.left)).toBe(paths.pair);
    expect(await fixture.builds()).toHaveLength(2);
    expect(progress.said.filter((line) => line.startsWith('start'))).toEqual([
      'start: hello 0 (1 of 2)',
      'start: pair 0 (2 of 2)',
    ]);
  });

  test('that consists of several is completed when a part is missing', async () => {
    const left = await obtain('left');
    const built = await stat(left);
    const folder = await obtain('pair');
    expect(await said(path.join(folder, 'right'))).toBe('right');
    expect((await stat(left)).ino).not.toBe(built.ino);
  });

  test('that does not compile is one line, and leaves nothing', async () => {
    await expect(obtain('broken')).rejects.toMatchObject({
      name: 'ObtainError',
      reason: 'build',
      message: 'could not obtain broken 0: ./main.go:3:15: undefined: undefined',
    });
    expect(await fixture.cached()).toEqual([]);
  });

  test('whose dependency go.sum does not pin is refused', async () => {
    await expect(obtain('unpinned')).rejects.toMatchObject({
      reason: 'pin',
      message: expect.stringContaining('missing go.sum entry'),
    });
    expect(await fixture.builds()).toEqual([]);
  });
});

describe('A wheel', () => {
  test('is installed alone, and answered from the cache afterwards', async () => {
    const file = await obtain('sound');
    expect(await said(file)).toBe('from the wheel');
    const progress = recorded();
    expect(await fixture.toolbox().obtain('sound', { progress })).toBe(file);
    expect(progress.said).toEqual([]);
  });

  test('that is not the pinned one is refused, and nothing of it is left', async () => {
    await expect(obtain('swapped')).rejects.toMatchObject({ reason: 'checksum' });
    expect(await fixture.cached()).toEqual([]);
  });

  test('that lacks the program it should have is one line, and nothing of it is left', async () => {
    await expect(obtain('limp')).rejects.toMatchObject({
      reason: 'build',
      message: expect.stringMatching(/^could not obtain limp-wheel 1.2.3: .*bin\/limp is no executable/),
    });
    expect(await fixture.cached()).toEqual([]);
  });

  test('is not installed where a program of that version is on PATH', async () => {
    const installed = path.join(fixture.searchPath, 'sound');
    await writeFile(installed, '#!/bin/sh\necho sound version 1.2.3\n');
    await chmod(installed, 0o755);
    expect(await obtain('sound')).toBe(installed);
    await writeFile(installed, '#!/bin/sh\necho sound version 1.2.2\n');
    expect(await said(await obtain('sound'))).toBe('from the wheel');
  });
});

describe('Two processes', () => {
  test('that want the same tool at once build it once', async () => {
    const release = await fixture.holdBuilds();
    const first = elsewhere('hello');
    await vi.waitUntil(async () => (await fixture.builds()).length === 1, { timeout: 20_000 });
    const progress = recorded();
    const second = fixture.toolbox().obtain('hello', { progress });
    // It cannot be seen from outside that the second waits, so give it a third to wait with.
    const third = elsewhere('hello');
    await vi.waitUntil(() => progress.said.length > 0, { timeout: 20_000 });
    await release();
    const file = await second;
    expect((await first).stdout).toBe(file);
    expect((await third).stdout).toBe(file);
    expect(await said(file)).toBe('hello-0');
    expect(await fixture.builds()).toHaveLength(1);
  });

  test('of which one is killed while it builds: the other takes over and completes', async () => {
    const release = await fixture.holdBuilds();
    const killed = elsewhere('hello');
    await vi.waitUntil(async () => (await fixture.builds()).length === 1, { timeout: 20_000 });
    const waiting = obtain('hello');
    killed.kill('SIGKILL');
    await killed;
    await vi.waitUntil(async () => (await fixture.builds()).length === 2, { timeout: 20_000 });
    await release();
    expect(await said(await waiting)).toBe('hello-0');
  });

  test('of which the first was killed half way: the next finds nothing that looks complete, and clears up', async () => {
    const release = await fixture.holdBuilds();
    const killed = elsewhere('pair');
    await vi.waitUntil(async () => (await fixture.builds()).length === 1, { timeout: 20_000 });
    killed.kill('SIGKILL');
    await killed;
    const [orphan] = await fixture.builds();
    if (orphan !== undefined) process.kill(orphan, 'SIGKILL');
    expect((await fixture.cached()).filter((name) => !name.includes('.partial-'))).toEqual([]);
    expect(await fixture.cached()).toHaveLength(1);

    await release();
    const folder = await obtain('pair');
    expect(await said(path.join(folder, 'left'))).toBe('left');
    expect(await fixture.cached()).toEqual([path.basename(folder)]);
  });
});

describe('A cancelled request', () => {
  test('ends its build and leaves nothing', async () => {
    await fixture.holdBuilds();
    const stop = new AbortController();
    const obtaining = obtain('hello', { signal: stop.signal });
    const ended = expect(obtaining).rejects.toMatchObject({ reason: 'cancelled' });
    await vi.waitUntil(async () => (await fixture.builds()).length === 1, { timeout: 20_000 });
    const [build] = await fixture.builds();
    stop.abort();
    await ended;
    await vi.waitUntil(() => !isRunning(build), { timeout: 20_000 });
    await vi.waitUntil(async () => (await fixture.cached()).length === 0, { timeout: 20_000 });
  });

  test('ends at once while another process builds', async () => {
    const release = await fixture.holdBuilds();
    const other = elsewhere('hello');
    await vi.waitUntil(async () => (await fixture.builds()).length === 1, { timeout: 20_000 });
    const stop = new AbortController();
    const progress = recorded();
    const obtaining = fixture.toolbox().obtain('hello', { progress, signal: stop.signal });
    const ended = expect(obtaining).rejects.toMatchObject({ reason: 'cancelled' });
    await vi.waitUntil(() => progress.said.length > 0, { timeout: 20_000 });
    stop.abort();
    await ended;
    await release();
    expect(await said((await other).stdout)).toBe('hello-0');
  });
});

test('A cache folder that cannot be is one line', async () => {
  await mkdir(path.dirname(fixture.cache), { recursive: true });
  await writeFile(fixture.cache, 'a file, not a folder');
  await expect(obtain('hello')).rejects.toMatchObject({
    name: 'ObtainError',
    message: expect.stringMatching(/^could not obtain hello 0: .*ENOTDIR|EEXIST/),
  });
});

function isRunning(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
