import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/**
 * Operations that the sources call by name, as `issues/list-comments`: `octokit.rest.issues.listComments`. A route that is
 * written out (`octokit.request('GET /…')`) stands as it is.
 */
export async function callsInSources(): Promise<string[]> {
  const calls = new Set<string>();
  for await (const file of glob('{activities,client,worker}/**/*.ts', { cwd: root })) {
    const text = await readFile(join(root, file), 'utf8');
    for (const [, group, method = ''] of text.matchAll(/\brest\.(\w+)\.(\w+)/g))
      calls.add(`${kebab(group ?? '')}/${kebab(method)}`);
    for (const [, route = ''] of text.matchAll(/['"`]((?:GET|POST|PUT|PATCH|DELETE) \/[^'"`\s?$]+)/g))
      calls.add(route);
  }
  return [...calls].sort();
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
