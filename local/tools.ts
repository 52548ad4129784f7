import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { obtain } from './obtain/index.ts';
import type { ToolName } from './obtain/index.ts';
import type { Progress } from './progress.ts';

/** Path of a tool's program (for `cni`: of its folder). */
export type ToolFinder = (name: ToolName) => Promise<string>;

/**
 * Finds tools in the folder `PR_PREVIEW_TOOLS_DIR` names, where it has them, else obtains the pinned version.
 * The override is for people who work on a tool itself: nothing checks the version of what lies there.
 */
export function toolFinder(progress: Progress, env: NodeJS.ProcessEnv = process.env): ToolFinder {
  const folder = env['PR_PREVIEW_TOOLS_DIR'];
  return async (name) => {
    const own = folder ? join(resolve(folder), name) : undefined;
    return own !== undefined && existsSync(own) ? own : obtain(name, { progress });
  };
}
