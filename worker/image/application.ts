import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { removeUnused } from './unused.ts';

/** Sources below the `files` of package.json that nothing in an image runs: they build, or GitHub runs them. */
const builders = [
  'client/action',
  'client/action.ts',
  'client/bundle-action.ts',
  'config/chart-schema.ts',
  'config/reference',
  'config/reference.ts',
  'config/write-reference.ts',
  'config/write-schemas.ts',
  'worker/image',
] as const;

export interface ApplicationOptions {
  /** The checkout. */
  readonly source: string;
  /** Where it is put: an empty folder, or none yet. */
  readonly target: string;
}

/**
 * The application as an image holds it: sources (the `files` of package.json), which Node runs as they are, the production dependencies of the
 * lockfile, and the workflow bundle, without which a worker in production does not start. For the operating system and
 * processor that this runs on. Needs npm; no script of a dependency is run.
 *
 * @throws when the target holds something, or a step fails.
 */
export async function buildApplication({ source, target }: ApplicationOptions): Promise<void> {
  await mkdir(target, { recursive: true });
  if ((await readdir(target)).length > 0) throw new Error(`${target} is not empty: name another folder`);
  const { files } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as { files: string[] };
  for (const part of files) await cp(join(source, part), join(target, part), { recursive: true });
  await run('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], target);
  await run(process.execPath, [join('worker', 'bundle-workflows.ts')], target);
  for (const builder of builders) await rm(join(target, builder), { recursive: true });
  await removeUnused(join(target, 'node_modules'));
}

async function run(command: string, args: readonly string[], folder: string): Promise<void> {
  await promisify(execFile)(command, [...args], { cwd: folder, maxBuffer: 16 * 1024 * 1024 });
}
