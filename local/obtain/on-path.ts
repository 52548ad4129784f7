import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';

import { execa } from 'execa';

import type { OnPath } from './catalog.ts';

/** Where root's programs are; a plain `su` leaves these folders out of PATH. */
const systemFolders = ['/usr/sbin', '/sbin'];

/** The first executable file of that name on PATH or in the system's folders. */
export async function findOnPath(
  name: string,
  searchPath = process.env['PATH'] ?? '',
): Promise<string | undefined> {
  for (const folder of [...searchPath.split(path.delimiter), ...systemFolders]) {
    if (!path.isAbsolute(folder)) continue;
    const file = path.join(folder, name);
    if (await isExecutable(file)) return file;
  }
  return undefined;
}

/** Whether the file is there, is no folder, and may be executed. */
export async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

/** The program on PATH whose own word on its version satisfies `onPath`, if there is one. */
export async function findAccepted(
  name: string,
  onPath: OnPath,
  options: { version: string; searchPath: string },
): Promise<string | undefined> {
  const file = await findOnPath(name, options.searchPath);
  if (file === undefined) return undefined;
  const answer = await execa(file, onPath.versionArguments, {
    reject: false,
    timeout: 10_000,
    stdin: 'ignore',
  });
  return accepts(onPath.accept, { wanted: options.version, answer: answer.stdout }) ? file : undefined;
}

/**
 * Whether a program's answer to the question for its version names one that will do.
 * A pre-release or a vendor's variant (`1.32.4-dispatcher`) never will.
 */
export function accepts(rule: OnPath['accept'], versions: { wanted: string; answer: string }): boolean {
  const found = /(?<![\w.])(?:v|go)?(\d+)\.(\d+)\.(\d+)([-.\w]*)/.exec(versions.answer);
  const wanted = /^(\d+)\.(\d+)\.(\d+)$/.exec(versions.wanted);
  if (found === null || wanted === null || found[4] !== '') return false;
  const [major, minor, patch] = [1, 2, 3].map((part) => Number(found[part]) - Number(wanted[part]));
  if (major !== 0 || minor === undefined || patch === undefined) return false;
  if (rule === 'same') return minor === 0 && patch === 0;
  return minor > 0 || (minor === 0 && patch >= 0);
}
