import { homedir } from 'node:os';
import { join } from 'node:path';

/** Our folder in the user's cache: `PR_PREVIEW_CACHE`, else `$XDG_CACHE_HOME/pr-preview`, else `~/.cache/pr-preview`. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env['PR_PREVIEW_CACHE']) return env['PR_PREVIEW_CACHE'];
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'pr-preview');
}

/** State of one stack. It holds secrets: mode 0700. */
export function stackFolder(instance: number, env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(env), instance === 0 ? 'stack' : `stack-${instance}`);
}

/** The root of this checkout. */
export const checkout: string = join(import.meta.dirname, '..');
