import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

export function sum(counts: readonly Counts[]): Counts {
  return counts.reduce((all, one) => ({ passed: all.passed + one.passed, failed: all.failed + one.failed }), {
    passed: 0,
    failed: 0,
  });
}

/** Prints `N passed, N failed` as the last line, and ends with 1 when something failed. */
export function conclude({ passed, failed }: Counts): void {
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

/** A command as one test: what it prints is shown under its title. */
export async function runCommand(
  title: string,
  [command = '', ...words]: readonly string[],
): Promise<Counts> {
  console.log(`\n== ${title}`);
  const { exitCode } = await execa(command, words, { stdio: 'inherit', reject: false, preferLocal: true });
  return exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** Runs vitest with these arguments, and counts its tests. */
export async function runVitest(words: readonly string[]): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'pr-preview-test-'));
  const report = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const { exitCode } = await execa('vitest', ['run', ...reporters, ...words], {
      stdio: 'inherit',
      reject: false,
      preferLocal: true,
    });
    return await countsOf(report, exitCode ?? 1);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A file that could not even be loaded has no test that failed; it counts as one all the same. */
async function countsOf(report: string, exitCode: number): Promise<Counts> {
  const text = await readFile(report, 'utf8').catch(() => null);
  if (text === null) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests } = JSON.parse(text) as {
    numPassedTests: number;
    numFailedTests: number;
  };
  const silent = exitCode !== 0 && numFailedTests === 0 ? 1 : 0;
  return { passed: numPassedTests, failed: numFailedTests + silent };
}
