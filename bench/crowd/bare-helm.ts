import { execa } from 'execa';
import type { Stack } from '../../local/stack.ts';
import { inLanes, numbersFrom } from '../lanes.ts';
import { usageOf } from '../usage.ts';
import { chart, releasesOf } from './application.ts';
import { deleteNamespaces, kubectl } from './kubectl.ts';

const namespacesAtOnce = 4;

/**
 * Renders and installs the releases of so many previews by bare Helm: `helm template` and `helm upgrade --install`
 * for each, as people write them. Takes all of it away again.
 *
 * @returns processor seconds of the Helm processes.
 */
export async function bareHelm(
  stack: Stack,
  { count, tell }: { readonly count: number; readonly tell: (done: number) => void },
): Promise<number> {
  const namespaces = numbersFrom(1, count).map((number) => `bench-crowd-${number}`);
  await deleteNamespaces(stack, namespaces);
  try {
    const items = namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
    await kubectl(stack, ['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    const before = usageOf(process.pid).childSeconds;
    let done = 0;
    await inLanes(namespaces, namespacesAtOnce, async (namespace) => {
      await installAll(stack, namespace);
      tell((done += 1));
    });
    return usageOf(process.pid).childSeconds - before;
  } finally {
    await deleteNamespaces(stack, namespaces);
  }
}

async function installAll(stack: Stack, namespace: string): Promise<void> {
  for (const { release, values } of releasesOf()) {
    const words = [release, chart, '--namespace', namespace, '--values', '-'];
    for (const command of [
      ['template', ...words],
      ['upgrade', '--install', ...words],
    ])
      await execa(stack.tools.helm ?? 'helm', command, {
        env: { KUBECONFIG: stack.cluster?.adminKubeconfig ?? '' },
        input: `${JSON.stringify(values)}\n`,
      });
  }
}
