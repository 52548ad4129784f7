import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/**
 * `npm test`: types, lint, format and unused code first, then every test against the real parts. Arguments go to
 * vitest. The last line is always `N passed, N failed`.
 */
const checks = ['check:types', 'check:lint', 'check:format', 'check:unused'] as const;

interface Counts {
  passed: number;
  failed: number;
}

const selected = process.argv.slice(2);
const counts = { passed: 0, failed: 0 };
if (selected.length === 0) for (const check of checks) add(await runCheck(check));
if (counts.failed === 0) add(await runTests(selected));
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;

function add({ passed, failed }: Counts): void {
  counts.passed += passed;
  counts.failed += failed;
}

async function runCheck(name: string): Promise<Counts> {
  console.log(`\n== ${name}`);
  const { exitCode } = await execa('npm', ['run', '--silent', name], { stdio: 'inherit', reject: false });
  return exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

async function runTests(files: readonly string[]): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'pr-preview-test-'));
  const report = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const { exitCode } = await execa('vitest', ['run', ...reporters, ...files], {
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
