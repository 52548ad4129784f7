import type { TestProject } from 'vitest/node';
import { withdrawGiven } from '../../local/given.ts';
import { plainProgress } from '../../local/progress.ts';
import type { Stack } from '../../local/stack.ts';
import { ensureStack, stackStatus, stopStack } from '../../local/stack.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly stack: Stack;
  }
}

/**
 * The real parts all tests share, started once. A stack that runs already is used and left alone. Each test takes its
 * own pull request numbers, task queues, namespaces and databases.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (process.env['USE_ENVIRONMENT'] !== '1') {
    const unused = withdrawGiven(process.env);
    if (unused.length > 0)
      plainProgress('stack').update(`${unused.join(', ')}: set, and not used (USE_ENVIRONMENT=1)`);
  }
  const before = await stackStatus();
  const parts = ['temporal', 'postgres', 'registry', 'cluster', 'ingress', 'github'] as const;
  const stack = await ensureStack({ parts, progressOf: (name) => plainProgress(name) });
  project.provide('stack', stack);
  return async () => {
    if (before === undefined) await stopStack({ progress: plainProgress('stack') });
  };
}
