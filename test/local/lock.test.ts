import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { withLock } from '../../local/lock.ts';
import type { LockHolder } from '../../local/lock.ts';

const holder = { pid: process.pid, checkout: '/here', doing: 'starting' };
const lockModule = new URL('../../local/lock.ts', import.meta.url).href;

describe('withLock', () => {
  it('lets only one in at a time, and all in the end', async () => {
    let inside = 0;
    let most = 0;
    const enter = () =>
      withLock('/lock/one', { holder, waiting: () => {} }, async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setImmediate(resolve));
        inside -= 1;
        return true;
      });
    expect(await Promise.all(Array.from({ length: 8 }, enter))).toEqual(Array(8).fill(true));
    expect(most).toBe(1);
  });

  it('tells who waits whom they wait for', async () => {
    const told: LockHolder[] = [];
    const second = Promise.withResolvers<void>();
    const first = withLock('/lock/two', { holder, waiting: () => {} }, () => second.promise);
    const waiting = (other: LockHolder): void => {
      told.push(other);
      second.resolve();
    };
    await Promise.all([first, withLock('/lock/two', { holder, waiting }, async () => {})]);
    expect(told).toEqual([holder]);
  });

  it('does not keep folders apart from each other', async () => {
    const done = await withLock('/lock/three', { holder, waiting: () => {} }, () =>
      withLock('/lock/four', { holder, waiting: () => {} }, async () => 'both'),
    );
    expect(done).toBe('both');
  });

  it('is free again after its holder failed', async () => {
    const failing = withLock('/lock/five', { holder, waiting: () => {} }, () =>
      Promise.reject(new Error('no')),
    );
    await expect(failing).rejects.toThrow('no');
    expect(await withLock('/lock/five', { holder, waiting: () => {} }, async () => 'in')).toBe('in');
  });

  it('is free again after its holder was killed', async () => {
    const script = `
      import { withLock } from '${lockModule}';
      const holder = { pid: process.pid, checkout: '/there', doing: 'dying' };
      setInterval(() => {}, 1000);
      await withLock('/lock/six', { holder, waiting() {} }, () => new Promise(() => console.log('in')));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    const told: LockHolder[] = [];
    const waiting = (other: LockHolder): void => {
      told.push(other);
      child.kill('SIGKILL');
    };
    expect(await withLock('/lock/six', { holder, waiting }, async () => 'in')).toBe('in');
    expect(told).toMatchObject([{ pid: child.pid, doing: 'dying' }]);
  });
});
