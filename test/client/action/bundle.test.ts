import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { bundleAction } from '../../../client/action/bundle.ts';
import { checkout } from '../../../local/folders.ts';

async function committed(name: string): Promise<string> {
  return await readFile(join(checkout, 'dist', name), 'utf8');
}

/** Says no more than what to do: the texts are megabytes. */
function expectSame(one: string, other: string): void {
  if (one !== other) expect.fail('dist/ is older than its sources: "npm run bundle:action", and commit it');
}

test('what is committed is what its sources give', async () => {
  const bundle = await bundleAction();
  expectSame(bundle['action.js'], await committed('action.js'));
  expectSame(bundle['licenses.txt'], await committed('licenses.txt'));
});

test('another checkout gives the same bytes, and no path of a machine is in them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pr-preview-bundle-'));
  try {
    const sources = ['activities', 'client', 'config', 'domain', 'workflows', 'package.json'];
    for (const name of sources) await cp(join(checkout, name), join(folder, name), { recursive: true });
    await symlink(join(checkout, 'node_modules'), join(folder, 'node_modules'));
    await execa(process.execPath, [join(folder, 'client/bundle-action.ts')], { cwd: tmpdir() });
    for (const name of ['action.js', 'licenses.txt'])
      expectSame(await readFile(join(folder, 'dist', name), 'utf8'), await committed(name));
  } finally {
    await rm(folder, { recursive: true });
  }
  expect((await committed('action.js')).includes(checkout)).toBe(false);
});

test('nothing of the worker is in it, whose core is native', async () => {
  const script = await committed('action.js');
  expect(script.match(/^\/\/ .*(?:@temporalio\/(?:worker|core-bridge|testing)|\.node$).*$/gm)).toBeNull();
  expect(
    script.match(/^\/\/ (?:worker|local|test|workflows\/(?!messages|search-attributes)).*$/gm),
  ).toBeNull();
});

test('the licenses of what is in it go along', async () => {
  const licenses = await committed('licenses.txt');
  for (const name of ['@actions/core', '@grpc/grpc-js', '@temporalio/client', 'octokit', 'protobufjs', 'zod'])
    expect(licenses).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+: [\\w.-]+$`, 'm'));
  const kinds = [...licenses.matchAll(/^\S+ \d+\.\d+\.\d+: (.+)$/gm)].map(([, kind]) => kind);
  expect(new Set(kinds)).toEqual(new Set(['Apache-2.0', 'BSD-3-Clause', 'ISC', 'MIT']));
});
