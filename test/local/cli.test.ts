import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { killProcess } from '../../local/stack.ts';
import type { Stack, StackStatus } from '../../local/stack.ts';

const cli = new URL('../../local/cli.ts', import.meta.url).pathname;
const stack = (...args: string[]) =>
  execa(process.execPath, [cli, ...args, '--instance', '7'], { reject: false });

afterAll(() => stack('down'));

describe('npm run stack', () => {
  it('goes up, tells where things are, goes down, and is down', async () => {
    await stack('down');
    expect(await stack('status')).toMatchObject({ exitCode: 1, stdout: 'The stack is down.' });

    const up = await stack('up', '--parts', 'github', '--json');
    expect(up).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(up.stdout) as Stack).toMatchObject({ github: { url: 'http://127.0.0.1:28780' } });
    expect(up.stderr).toMatch(/^github: started \(\d+\.\d s\)$/m);

    const status = await stack('status', '--json');
    expect(status).toMatchObject({ exitCode: 0 });
    const { processes } = JSON.parse(status.stdout) as StackStatus;
    expect(processes).toMatchObject([{ part: 'github', name: 'github', alive: true }]);

    const text = await stack('up', '--parts', 'github');
    expect(text.stdout).toBe('GitHub      http://127.0.0.1:28780');
    expect(await stack('down')).toMatchObject({ exitCode: 0 });
    expect(await stack('status', '--json')).toMatchObject({ exitCode: 1, stdout: 'null' });
  });

  it('ends with 1 when something died', async () => {
    await stack('up', '--parts', 'github');
    await killProcess('github', { instance: 7 });
    const { stdout, exitCode } = await stack('status');
    expect(stdout).toContain('died; "npm run stack -- up" starts it again');
    expect(exitCode).toBe(1);
  });

  it.each([
    [['up', '--parts', 'mainframe'], 'There is no part "mainframe".'],
    [['sideways'], "unknown command 'sideways'"],
  ])('refuses %s and shows what there is', async (args, message) => {
    const { exitCode, stderr } = await execa(process.execPath, [cli, ...args], { reject: false });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).toContain('Usage: stack');
  });
});
