import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAlive, markedProcesses, startDetached, stopProcess } from '../../local/process.ts';
import { waitFor } from '../../local/wait.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'process-'));
});

afterAll(async () => {
  for (const process of markedProcesses(folder)) await stopProcess(process, { signal: 'SIGKILL' });
  await rm(folder, { recursive: true });
});

function start(script: string, env: Record<string, string> = {}) {
  const spec = { name: 'shell', command: '/bin/sh', args: ['-c', script], env };
  return startDetached(spec, { log: join(folder, 'shell.log'), marker: folder });
}

describe('a detached process', () => {
  it('has its output in its log and nothing of our environment', async () => {
    process.env['SECRET_OF_THE_SHELL'] = 'leaked';
    try {
      const started = await start('echo "secret=<$SECRET_OF_THE_SHELL> own=<$OWN>"', { OWN: 'yes' });
      await waitFor(async () => !isAlive(started), { what: 'The end of the shell', timeoutMs: 10_000 });
      expect(await readFile(join(folder, 'shell.log'), 'utf8')).toContain('secret=<> own=<yes>');
    } finally {
      delete process.env['SECRET_OF_THE_SHELL'];
    }
  });

  it('is found by its marker and stops when told', async () => {
    const started = await start('exec sleep 600');
    expect(isAlive(started)).toBe(true);
    expect(markedProcesses(folder)).toContainEqual(started);
    expect(markedProcesses(`${folder}-other`)).toEqual([]);
    await stopProcess(started);
    expect(isAlive(started)).toBe(false);
    expect(markedProcesses(folder)).toEqual([]);
  });

  it('that ignores SIGTERM is killed after its grace', async () => {
    const ready = join(folder, 'ignoring');
    const started = await start(`trap "" TERM; touch ${ready}; while :; do sleep 0.05; done`);
    await waitFor(async () => existsSync(ready), { what: 'The trap', timeoutMs: 10_000 });
    await stopProcess(started, { graceMs: 200 });
    expect(isAlive(started)).toBe(false);
  });

  it('is not mistaken for another one that got its pid later', async () => {
    const started = await start('exec sleep 600');
    const recycled = { ...started, startTime: `${Number(started.startTime) - 1}` };
    expect(isAlive(recycled)).toBe(false);
    await stopProcess(recycled, { signal: 'SIGKILL' });
    expect(isAlive(started)).toBe(true);
    await stopProcess(started);
  });

  it('that cannot be started is named with its command', async () => {
    const spec = { name: 'etcd', command: join(folder, 'missing'), args: [] };
    const starting = startDetached(spec, { log: join(folder, 'etcd.log'), marker: folder });
    await expect(starting).rejects.toThrow(`etcd could not be started from ${spec.command}`);
  });
});
