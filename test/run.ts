import { runConformance } from './conformance/check.ts';
import { conclude, runCommand, runVitest, sum } from './counts.ts';
import type { Counts } from './counts.ts';

/**
 * `npm test`: types, lint, format and unused code first, then every test against the real parts, then the stand-in of
 * GitHub against GitHub's description. Arguments go to vitest, and nothing else is run then. The last line is always
 * `N passed, N failed`.
 */
const checks = ['check:types', 'check:lint', 'check:format', 'check:unused'] as const;

const selected = process.argv.slice(2);
conclude(selected.length > 0 ? await runVitest(selected) : await runAll());

async function runAll(): Promise<Counts> {
  const counts: Counts[] = [];
  for (const name of checks) counts.push(await runCommand(name, ['npm', 'run', '--silent', name]));
  if (sum(counts).failed > 0) return sum(counts);
  return sum([...counts, await runVitest([]), await runConformance()]);
}
