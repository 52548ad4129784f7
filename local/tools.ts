import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { obtain, obtainAll } from './obtain/index.ts';
import type { ToolName } from './obtain/index.ts';
import type { Progress } from './progress.ts';

/** Path of a tool's program (for `cni`: of its folder). */
export type ToolFinder = (name: ToolName) => Promise<string>;

/**
 * Finds tools in the folder `PR_PREVIEW_TOOLS_DIR` names, where it has them, else obtains the pinned version.
 * The override is for people who work on a tool itself: nothing checks the version of what lies there.
 */
export function toolFinder(progress: Progress, env: NodeJS.ProcessEnv = process.env): ToolFinder {
  return async (name) => ownTool(name, env) ?? obtain(name, { progress });
}

/** As `toolFinder`, with several tools obtained at once, in the order in which they are needed. */
export async function findTools(
  names: readonly ToolName[],
  options: { progress: Progress; env?: NodeJS.ProcessEnv },
): Promise<ToolFinder> {
  const { progress, env = process.env } = options;
  const found = await obtainAll(
    names.filter((name) => ownTool(name, env) === undefined),
    { progress },
  );
  const find = toolFinder(progress, env);
  return async (name) => (found as Partial<Record<ToolName, string>>)[name] ?? find(name);
}

function ownTool(name: ToolName, env: NodeJS.ProcessEnv): string | undefined {
  const folder = env['PR_PREVIEW_TOOLS_DIR'];
  const path = folder ? join(resolve(folder), name) : undefined;
  return path !== undefined && existsSync(path) ? path : undefined;
}
