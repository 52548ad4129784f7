import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kubeconfigOf } from './cluster/identities.ts';
import { applyManifests, kubectlFor } from './cluster/kubectl.ts';
import type { Kubectl } from './cluster/kubectl.ts';
import { flags } from './flags.ts';
import type { PartContext, PartDefinition } from './part.ts';
import { renderTemplate } from './template.ts';

const NODES = Array.from({ length: 10 }, (_, index) => `kwok-${index}`);

/** What a pod must tolerate, and select, to be played on a simulated node. */
export const kwokPlacement = {
  nodeSelector: { type: 'kwok' },
  tolerations: [{ key: 'kwok.x-k8s.io/node', operator: 'Exists', effect: 'NoSchedule' }],
} as const;

/**
 * Simulated nodes beside the real one, for many pods: kwok plays what becomes of them, by annotations that
 * `templates/kwok-stages.yaml.tmpl` lists. A taint keeps other pods away; the real node is not kwok's.
 */
export const kwok: PartDefinition<'kwok'> = {
  name: 'kwok',
  needs: ['cluster'],
  tools: ['kubectl', 'kwok'],
  network: true,
  async start(context) {
    const { addresses, folder } = context;
    const kubectl = await adminKubectl(context);
    const template = (name: string, values: Record<string, string>): Promise<string> =>
      renderTemplate(join(import.meta.dirname, 'templates', name), values);
    const kubeletVersion = await kubectl([
      'get',
      'node',
      'node1',
      '-o',
      'jsonpath={.status.nodeInfo.kubeletVersion}',
    ]);
    const stages = join(folder, 'stages.yaml');
    await writeFile(stages, await template('kwok-stages.yaml', { kubeletVersion }));
    await applyManifests(kubectl, await template('kwok-rights.yaml', { user: 'kwok' }));
    await applyManifests(kubectl, NODES.map((name) => JSON.stringify(simulatedNode(name))).join('\n---\n'));
    context.progress.update(`starting ${NODES.length} simulated nodes`);
    const server = `127.0.0.1:${addresses.ports.kwok}`;
    await context.run({
      name: 'kwok',
      command: await context.tool('kwok'),
      args: flags({
        kubeconfig: kubeconfigOf(join(folder, '..', 'cluster'), 'kwok'),
        config: stages,
        'manage-nodes-with-label-selector': 'type=kwok',
        'node-lease-duration-seconds': 40,
        'node-ip': addresses.nodeIp,
        cidr: addresses.simulatedPodCidr,
        'server-address': server,
      }),
      listens: [server],
    });
    await this.ready(context);
    return { nodes: NODES.length };
  },
  /** kwok takes no lease that another holder, even one that died, still has. */
  async beforeRestart(context) {
    const kubectl = await adminKubectl(context);
    await kubectl(['delete', 'lease', '-n', 'kube-node-lease', '--ignore-not-found', ...NODES]);
  },
  async ready(context) {
    const kubectl = await adminKubectl(context);
    await context.wait(
      async () => {
        const ready = '{.items[*].status.conditions[?(@.type=="Ready")].status}';
        const states = await kubectl(['get', 'nodes', '-l', 'type=kwok', '-o', `jsonpath=${ready}`]);
        return states.split(' ').filter((state) => state === 'True').length >= NODES.length;
      },
      { what: 'The simulated nodes getting ready', timeoutMs: 60_000, everyMs: 200 },
    );
  },
};

async function adminKubectl(context: PartContext): Promise<Kubectl> {
  const kubeconfig = context.stack.cluster?.adminKubeconfig;
  if (kubeconfig === undefined) throw new Error('Simulated nodes need a cluster.');
  return kubectlFor(await context.tool('kubectl'), kubeconfig);
}

function simulatedNode(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { type: 'kwok', 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' } },
    spec: { taints: [{ key: 'kwok.x-k8s.io/node', value: 'simulated', effect: 'NoSchedule' }] },
  };
}
