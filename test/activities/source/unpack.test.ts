import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { Header } from 'tar';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unpack } from '../../../activities/source/unpack.ts';

const limits = { bytes: 1_000_000, entries: 100 };
const signal = new AbortController().signal;
let scratch: string;
let folder: string;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'unpack-test-'));
  folder = join(scratch, 'inner', 'folder');
  await mkdir(folder, { recursive: true });
});
afterEach(() => rm(scratch, { recursive: true, force: true }));

type Entry = {
  path: string;
  type?: 'File' | 'Link' | 'SymbolicLink' | 'FIFO';
  text?: string;
  linkpath?: string;
};

/** An archive that no git would make. */
function archive(entries: Entry[]): Buffer {
  return gzipSync(tarOf(entries));
}

function tarOf(entries: Entry[]): Buffer {
  const blocks = entries.flatMap(({ path, type = 'File', text = '', linkpath }) => {
    const header = new Header({
      path,
      mode: 0o644,
      size: Buffer.byteLength(text),
      type,
      ...(linkpath === undefined ? {} : { linkpath }),
    });
    const block = Buffer.alloc(512);
    header.encode(block);
    const body = Buffer.alloc(Math.ceil(Buffer.byteLength(text) / 512) * 512);
    body.write(text);
    return [block, body];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

const open = (entries: Entry[]) => unpack(Readable.from([archive(entries)]), { folder, limits, signal });

test('An honest archive is laid out', async () => {
  expect(await open([{ path: 'top/a/b.txt', text: 'hello' }])).toBe('whole');
  expect(await readFile(join(folder, 'a/b.txt'), 'utf8')).toBe('hello');
});

test.each([
  ['a path upwards', [{ path: 'top/../../../escaped', text: 'x' }]],
  ['an absolute path', [{ path: '/tmp/unpack-escaped-absolutely/escaped', text: 'x' }]],
  [
    'a file through a link',
    [
      { path: 'top/out', type: 'SymbolicLink', linkpath: '../../..' },
      { path: 'top/out/escaped', text: 'x' },
    ],
  ],
  [
    'a file through links that look harmless one by one',
    [
      { path: 'top/a/b/c.txt', text: 'x' },
      { path: 'top/a/b/up', type: 'SymbolicLink', linkpath: '../..' },
      { path: 'top/sly', type: 'SymbolicLink', linkpath: 'a/b/up/../..' },
      { path: 'top/sly/escaped', text: 'x' },
    ],
  ],
  ['a hard link', [{ path: 'top/escaped', type: 'Link', linkpath: '/etc/hostname' }]],
  ['a pipe', [{ path: 'top/escaped', type: 'FIFO' }]],
] as [string, Entry[]][])('Nothing gets out by %s', async (_, entries) => {
  await open(entries).catch(() => undefined);
  // With types, as `readdir` follows links otherwise.
  const found = await readdir(scratch, { recursive: true, withFileTypes: true });
  const outside = found.filter(({ parentPath, name }) => {
    const path = join(parentPath, name);
    return !folder.startsWith(path) && !path.startsWith(`${folder}/`);
  });
  expect(outside).toEqual([]);
  expect(existsSync('/tmp/unpack-escaped-absolutely')).toBe(false);
});

test('An archive that is cut short, or damaged, is an error and not half a folder', async () => {
  const entries = [
    { path: 'top/a.txt', text: 'x'.repeat(50_000) },
    { path: 'top/b.txt', text: 'b' },
  ];
  const whole = archive(entries);
  const tar = tarOf(entries);
  const damaged = Buffer.from(tar);
  damaged.write('garbage', 512 + 50_176 + 100);
  const broken = {
    'cut on the way': whole.subarray(0, whole.length - 40),
    'cut before it was compressed': gzipSync(tar.subarray(0, 20_000)),
    'with a damaged header': gzipSync(damaged),
    'no archive': Buffer.from('not an archive'),
    nothing: Buffer.alloc(0),
  };
  for (const [what, bytes] of Object.entries(broken)) {
    await expect(unpack(Readable.from([bytes]), { folder, limits, signal }), what).rejects.toThrow();
  }
});

test('An archive of many zeros stops at the limit', async () => {
  const bomb = archive([{ path: 'top/zeros', text: '0'.repeat(2_000_000) }]);
  expect(bomb.length).toBeLessThan(20_000);
  expect(await unpack(Readable.from([bomb]), { folder, limits, signal })).toBe('bytes');
});

test('An abort passes through', async () => {
  const stop = new AbortController();
  stop.abort(new Error('stop'));
  const given = Readable.from([archive([{ path: 'top/a.txt' }])]);
  await expect(unpack(given, { folder, limits, signal: stop.signal })).rejects.toThrow(/abort/i);
});
