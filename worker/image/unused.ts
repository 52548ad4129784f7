import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Where Temporal's SDK keeps its native part, one folder for each platform, and what that is compiled from. */
const coreBridge = join('@temporalio', 'core-bridge');
const coreSources = [
  'bridge-macros',
  'Cargo.lock',
  'Cargo.toml',
  'scripts',
  'sdk-core',
  'src',
  'ts',
] as const;
const platforms = { arm64: 'aarch64-unknown-linux-gnu', x64: 'x86_64-unknown-linux-gnu' } as const;

/** Endings of files that Node never loads from a dependency. */
const neverLoaded = /\.(?:[cm]?ts|tsx|map|md|markdown|flow)$|^\.env/i;
const legal = /^(?:licen[cs]e|notice|copying)/i;

/**
 * Takes away what a built application never loads of its dependencies: native parts for other platforms, the compiler
 * that bundled the workflows, types, source maps and pages. Licences stay.
 *
 * @param modules a `node_modules` folder, for Linux on this machine's processor.
 */
export async function removeUnused(modules: string): Promise<void> {
  const remove = async (...path: readonly string[]): Promise<void> =>
    await rm(join(modules, ...path), { recursive: true, force: true });
  for (const name of coreSources) await remove(coreBridge, name);
  const own = platforms[process.arch === 'arm64' ? 'arm64' : 'x64'];
  const releases = await readdir(join(modules, coreBridge, 'releases'));
  // without this one there would be no worker: better no image
  if (!releases.includes(own))
    throw new Error(`${coreBridge} has nothing for ${own}, only ${releases.join(', ')}`);
  for (const release of releases) if (release !== own) await remove(coreBridge, 'releases', release);
  const swc = await readdir(join(modules, '@swc')).catch(() => []);
  for (const name of swc) if (name.startsWith('core-')) await remove('@swc', name);
  for (const file of await readdir(modules, { recursive: true, withFileTypes: true })) {
    if (!file.isFile() || !neverLoaded.test(file.name) || legal.test(file.name)) continue;
    await rm(join(file.parentPath, file.name));
  }
}
