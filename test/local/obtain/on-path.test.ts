import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { OnPath } from '../../../local/obtain/catalog.ts';
import { accepts, findAccepted, findOnPath } from '../../../local/obtain/on-path.ts';

describe('Whether the version of an installed program will do', () => {
  const answers: [rule: OnPath['accept'], wanted: string, answer: string, will: boolean][] = [
    ['same', '1.9.1', 'temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)', true],
    ['same', '1.9.1', 'temporal version 1.9.0 (Server 1.9.1, UI 2.54.1)', false],
    ['same', '1.9.1', 'temporal version 1.9.10 (Server 1.32.0)', false],
    ['same', '1.37.1', 'Client Version: v1.37.1\nKustomize Version: v5.8.1', true],
    ['same', '1.37.1', 'Client Version: v1.37.1-dispatcher', false],
    ['same', '1.37.1', 'Client Version: v1.37.2', false],
    ['same-major-or-newer', '4.3.0', 'v4.3.0+g1a2b3c4', true],
    ['same-major-or-newer', '4.3.0', 'v4.3.0', true],
    ['same-major-or-newer', '4.3.0', 'v4.10.0', true],
    ['same-major-or-newer', '4.3.0', 'v4.3.1', true],
    ['same-major-or-newer', '4.3.1', 'v4.3.0', false],
    ['same-major-or-newer', '4.3.0', 'v4.2.9', false],
    ['same-major-or-newer', '4.3.0', 'v3.18.0', false],
    ['same-major-or-newer', '4.3.0', 'v5.0.0', false],
    ['same-major-or-newer', '4.3.0', 'v4.4.0-rc.1', false],
    ['same-major-or-newer', '1.26.6', 'go version go1.26.8 linux/amd64', true],
    ['same-major-or-newer', '1.26.6', 'go version go1.25.9 linux/amd64', false],
    ['same-major-or-newer', '1.26.6', 'go version go1.27rc1 linux/amd64', false],
    ['same-major-or-newer', '1.26.6', 'go version devel go1.28-abcdef linux/amd64', false],
    ['same', '1.9.1', '', false],
    ['same', '1.9.1', 'command not found', false],
    ['same', '1.9.1', '11.9.1', false],
  ];

  test.each(answers)('%s %s against "%s": %s', (...[rule, wanted, answer, will]) => {
    expect(accepts(rule, { wanted, answer })).toBe(will);
  });
});

describe('An installed program', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'on-path-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const install = async (where: string, script: string): Promise<string> => {
    const file = path.join(folder, where, 'tool');
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
    return file;
  };
  const onPath: OnPath = { versionArguments: ['version'], accept: 'same' };
  const look = (...folders: string[]): Promise<string | undefined> => {
    const searchPath = folders.map((name) => path.join(folder, name)).join(':');
    return findAccepted('tool', onPath, { version: '1.2.3', searchPath });
  };

  test('is used when it says the right version', async () => {
    const file = await install('a', '[ "$1" = version ] && echo tool 1.2.3');
    expect(await look('a')).toBe(file);
  });

  test('is not used when it says another version, fails, or is not there', async () => {
    await install('other', 'echo tool 1.2.4');
    await install('failing', 'echo broken >&2; exit 1');
    expect(await look('other')).toBeUndefined();
    expect(await look('failing')).toBeUndefined();
    expect(await look('nowhere')).toBeUndefined();
  });

  test('is the first one on PATH, as a shell would find it', async () => {
    await install('first', 'echo tool 9.9.9');
    await install('second', 'echo tool 1.2.3');
    expect(await look('first', 'second')).toBeUndefined();
  });

  test('is never a folder, a file that cannot be executed, or one found by a relative path', async () => {
    await mkdir(path.join(folder, 'folder', 'tool'), { recursive: true });
    await chmod(await install('text', 'echo tool 1.2.3'), 0o644);
    const last = await install('last', 'echo tool 1.2.3');
    const searchPath = ['.', '', ...['folder', 'text', 'last'].map((name) => path.join(folder, name))].join(
      ':',
    );
    expect(await findOnPath('tool', searchPath)).toBe(last);
  });
});
