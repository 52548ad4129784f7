import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';

const demo = fileURLToPath(new URL('../../local/demo.ts', import.meta.url));
const run = (...words: string[]) => execa(process.execPath, [demo, ...words], { reject: false });

describe('npm run demo', () => {
  it('says what it does and what it can be told', async () => {
    const { exitCode, stdout } = await run('--help');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Usage: demo [options]');
    expect(stdout).toContain('--keep');
  });

  it.each([
    [['--kep'], "unknown option '--kep'"],
    [['now'], 'too many arguments'],
  ])('starts nothing when it is told %j', async (words, message) => {
    const { exitCode, stderr, stdout } = await run(...words);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).toContain('Usage: demo');
    expect(stdout).toBe('');
  });
});
