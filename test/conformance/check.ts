import { join, relative } from 'node:path';
import { runCommand, runVitest, sum } from '../counts.ts';
import type { Counts } from '../counts.ts';

const folder = relative(process.cwd(), import.meta.dirname);

/**
 * Holds the stand-in of GitHub, and what our code asks, to GitHub's own description, which is installed first: it is too
 * large for everybody's install.
 */
export async function runConformance(): Promise<Counts> {
  const install = ['npm', 'ci', '--no-audit', '--no-fund', '--prefix', folder];
  const installed = await runCommand("installing GitHub's description", install);
  if (installed.failed > 0) return installed;
  const types = await runCommand('types of the conformance tests', ['tsc', '--project', folder]);
  return sum([types, await runVitest(['--config', join(folder, 'vitest.config.ts')])]);
}
