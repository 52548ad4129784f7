import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyState, readState, stateFile } from '../../local/state.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'state-'));
});

afterEach(() => rm(folder, { recursive: true }));

describe('the state of a stack', () => {
  it('is read as it was saved, by us alone', async () => {
    const file = stateFile(folder, emptyState('/checkout', 'v1'));
    file.state.stack.registry = { address: '10.250.0.1:25000' };
    await file.save();
    expect(await readState(folder)).toEqual(file.state);
    expect((await stat(join(folder, 'state.json'))).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(join(folder, 'stack.json'), 'utf8'))).toEqual(file.state.stack);
  });

  it('is that of the last save, however many overlap', async () => {
    const file = stateFile(folder, emptyState('/checkout', 'v1'));
    const saves = Array.from({ length: 20 }, (_, index) => {
      file.state.versions = `v${index}`;
      return file.save();
    });
    await Promise.all(saves);
    expect((await readState(folder))?.versions).toBe('v19');
  });

  it('is nothing before the first save, or when it cannot be read', async () => {
    expect(await readState(folder)).toBeUndefined();
    await writeFile(join(folder, 'state.json'), '{"half": ');
    expect(await readState(folder)).toBeUndefined();
  });

  it('is nothing after a reboot, for no process of before is alive', async () => {
    const file = stateFile(folder, { ...emptyState('/checkout', 'v1'), boot: 'another-boot' });
    await file.save();
    expect(await readState(folder)).toBeUndefined();
  });
});
