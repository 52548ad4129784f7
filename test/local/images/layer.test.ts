import { execa } from 'execa';
import { mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf, layerOf } from '../../../local/images/layer.ts';

const program = { path: '/program', content: Buffer.from('#!/bin/sh\n'), executable: true };
const page = { path: '/page/index.html', content: Buffer.alloc(1024, 'x') };

describe('A layer', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pr-preview-layers-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('is the same whatever the order of its files, and wherever it is built', async () => {
    const one = await layerOf([program, page], join(folder, 'one'));
    const other = await layerOf([page, program], join(folder, 'other'));
    expect(other).toEqual({ ...one, file: other.file });
  });

  test('is another when a file, its mode or its path is another', async () => {
    const layers = await Promise.all([
      layerOf([program], folder),
      layerOf([{ ...program, executable: false }], folder),
      layerOf([{ ...program, path: '/other' }], folder),
      layerOf([{ ...program, content: Buffer.from('#!/bin/bash\n') }], folder),
    ]);
    expect(new Set(layers.map(({ digest }) => digest)).size).toBe(4);
  });

  test('has the digests that registries and container runtimes compute', async () => {
    const layer = await layerOf([program, page], folder);
    const data = await readFile(layer.file);
    const tar = await execa('gzip', ['-dc', layer.file], { encoding: 'buffer', stripFinalNewline: false });
    expect(layer).toMatchObject({
      size: data.length,
      digest: digestOf(data),
      diffId: digestOf(Buffer.from(tar.stdout)),
    });
  });

  test('unpacks by the system’s tar to files of root, of 1970, with their modes', async () => {
    const { file } = await layerOf([program, page], folder);
    const { stdout } = await execa('tar', ['--utc', '--full-time', '-tvzf', file]);
    expect(stdout.split('\n').map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
      '-rw-r--r-- 0/0 1024 1970-01-01 00:00:00 page/index.html',
      '-rwxr-xr-x 0/0 10 1970-01-01 00:00:00 program',
    ]);
  });

  test('is built again when what the cache holds is cut short', async () => {
    const first = await layerOf([program, page], folder);
    await truncate(first.file, 10);
    expect(await layerOf([program, page], folder)).toEqual(first);
    expect((await readFile(first.file)).length).toBe(first.size);
  });

  test('is whole when two build it at once', async () => {
    const own = join(folder, 'twice');
    const [one, other] = await Promise.all([layerOf([program], own), layerOf([program], own)]);
    expect(one).toEqual(other);
    expect(digestOf(await readFile(one.file))).toBe(one.digest);
  });

  test('refuses a path that a plain tar header cannot hold', async () => {
    const path = `/${'long'.repeat(30)}`;
    await expect(layerOf([{ ...program, path }], folder)).rejects.toThrow('too long');
  });
});
