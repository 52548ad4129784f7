import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The licenses of all packages that files belong to, with their texts.
 *
 * @param files paths below the root, with slashes.
 * @throws where a package says no license: it must not be handed on.
 */
export async function licensesOf(files: readonly string[], root: string): Promise<string> {
  const folders = new Set(files.flatMap((file) => packageFolder.exec(file)?.[1] ?? []));
  const parts = await Promise.all(
    [...folders].sort().map(async (folder) => await licenseOf(join(root, folder))),
  );
  return `What dist/action.js holds besides pr-preview itself.\n\n${[...new Set(parts)].join('\n')}`;
}

/** The innermost package of a path. */
const packageFolder = /^((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)\//;

async function licenseOf(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
  };
  if (license === undefined) throw new Error(`${name} ${version} says no license`);
  const files = (await readdir(folder))
    .filter((file) => /^(?:licen[cs]e|notice)(?:[-.]\w+)*$/i.test(file))
    .sort();
  const texts = await Promise.all(files.map(async (file) => await readFile(join(folder, file), 'utf8')));
  const title = `${name} ${version}: ${license}`;
  return `${[title, '-'.repeat(title.length), ...texts.map((text) => text.replaceAll('\r\n', '\n').trim())].join('\n\n')}\n`;
}
