import type { Finding } from '../../../domain/diagnosis.ts';
import { bad, unknown } from '../../../domain/diagnosis.ts';

/**
 * Whether this is where the worker runs: in a pod, or where the variables are set without which no worker starts
 * outside of one.
 */
export function isWorkersPlace(env: NodeJS.ProcessEnv): boolean {
  if (env['KUBERNETES_SERVICE_HOST']) return true;
  const login = env['GITHUB_TOKEN'] || env['GITHUB_APP_ID'];
  return [env['PREVIEW_PLATFORM_CONFIG'], env['KUBECONFIG'], login].every(Boolean);
}

/** Advice for what only the worker's own place shows. */
export const runThere = 'Run this where the worker runs';

/** Something that the worker needs did not show itself: bad where the worker runs, elsewhere only not seen. */
export function unseen(env: NodeJS.ProcessEnv, text: string, advice: string): Finding {
  return isWorkersPlace(env) ? bad(text, advice) : unknown(text, runThere);
}
