import { plainProgress } from '../progress.ts';
import { catalog } from './catalog.ts';
import type { ToolName } from './catalog.ts';
import { ObtainError, obtainAll } from './index.ts';

// `npm run tools [-- name…]`: obtains the named tools, all of them by default, and prints `name path` lines.
// The steps go to standard error, one line each, so that logs of a CI run stay readable.

const known = Object.keys(catalog) as ToolName[];
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !known.includes(name as ToolName));

if (unknown.length > 0) {
  console.error(`no such tool: ${unknown.join(', ')}; there are: ${known.join(', ')}`);
  process.exitCode = 2;
} else {
  await print(asked.length > 0 ? (asked as ToolName[]) : known.filter((name) => name !== 'go'));
}

async function print(names: readonly ToolName[]): Promise<void> {
  try {
    // A failure is said once, below.
    const progress = { ...plainProgress('tools'), fail: () => undefined };
    const paths = await obtainAll(names, { progress });
    for (const name of names) console.log(`${name} ${paths[name]}`);
  } catch (error) {
    if (!(error instanceof ObtainError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
