import { execa } from 'execa';
import type { Stack } from '../../local/stack.ts';

/** kubectl as the cluster's administrator. */
export async function kubectl(stack: Stack, words: readonly string[], input = ''): Promise<void> {
  const env = { KUBECONFIG: stack.cluster?.adminKubeconfig ?? '' };
  await execa(stack.tools.kubectl ?? 'kubectl', words, { env, input });
}

/** Deletes namespaces, whoever's they are, and waits until they are gone. */
export async function deleteNamespaces(stack: Stack, names: readonly string[]): Promise<void> {
  await kubectl(stack, ['delete', 'namespace', '--ignore-not-found', ...names]);
}
