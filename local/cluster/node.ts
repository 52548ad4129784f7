import { mkdir, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { namespaceFile } from './network.ts';
import { createCgroupRoot } from './cgroups.ts';
import { kubeconfigOf } from './identities.ts';
import { kubectlFor } from './kubectl.ts';
import type { PartContext } from '../part.ts';
import { renderTemplate } from '../template.ts';

const OVERLAYFS = 0x794c7630;

/** Registry names under which the node knows the stack's registry, beside its own address. */
const REGISTRY_ALIASES = ['ghcr.io'];

export interface NodeSettings {
  caFile: string;
  /** `host:port` of the registry that the node pulls from. */
  registry: string;
  pauseImage: string;
}

/**
 * The node: containerd, kubelet, kube-proxy and the NetworkPolicy daemon below one PID 1 in namespaces of their
 * own. kubelet starts once `allowKubelet` was called.
 */
export async function startNode(context: PartContext, settings: NodeSettings): Promise<void> {
  const { addresses, folder } = context;
  await createCgroupRoot(addresses.name);
  const [runc, shim, cni] = [
    await context.tool('runc'),
    await context.tool('containerd-shim-runc-v2'),
    await context.tool('cni'),
  ];
  await writeNodeFiles(context, { ...settings, runc, cni });
  const namespaces = ['--mount', '--pid', '--fork', '--mount-proc', '--kill-child'];
  await context.run({
    name: 'node',
    command: 'nsenter',
    args: [
      `--net=${namespaceFile(addresses)}`,
      'unshare',
      ...namespaces,
      'sh',
      join(import.meta.dirname, 'node-init.sh'),
    ],
    env: {
      NODE_FOLDER: folder,
      LOG_FOLDER: join(folder, '..', 'logs'),
      NODE_IP: addresses.nodeIp,
      DNS_IP: addresses.dnsServiceIp,
      CONTAINERD: await context.tool('containerd'),
      KUBELET: await context.tool('kubelet'),
      KUBE_PROXY: await context.tool('kube-proxy'),
      NPD: await context.tool('npd'),
      RUNTIME_PATH: [...new Set([dirname(shim), dirname(runc)])].join(':'),
    },
  });
}

/** Lets kubelet start; the API server answers by now. */
export async function allowKubelet(folder: string): Promise<void> {
  await writeFile(join(folder, 'api-ready'), '');
}

/** Waits until the node runs pods and the cluster has its first service account. */
export async function waitForNode(context: PartContext): Promise<void> {
  const kubectl = kubectlFor(await context.tool('kubectl'), kubeconfigOf(context.folder, 'admin'));
  // The node's status outlives its kubelet: ask kubelet itself first.
  const kubelet = '/api/v1/nodes/node1/proxy/healthz';
  await context.wait(async () => (await kubectl(['get', '--raw', kubelet])) === 'ok', {
    what: 'An answer of kubelet',
    everyMs: 150,
  });
  await context.wait(
    async () => {
      const ready = '{.status.conditions[?(@.type=="Ready")].status}';
      return (await kubectl(['get', 'node', 'node1', '-o', `jsonpath=${ready}`])) === 'True';
    },
    { what: 'The node getting ready', timeoutMs: 90_000, everyMs: 150 },
  );
  await context.wait(async () => (await kubectl(['get', 'serviceaccount', 'default', '-o', 'name'])) !== '', {
    what: 'The first service account',
    everyMs: 150,
  });
}

async function writeNodeFiles(
  context: PartContext,
  settings: NodeSettings & { runc: string; cni: string },
): Promise<void> {
  const { addresses, folder } = context;
  const values = {
    ...settings,
    folder,
    name: addresses.name,
    nodeIp: addresses.nodeIp,
    podCidr: addresses.podCidr,
    dnsServiceIp: addresses.dnsServiceIp,
    kubeconfig: kubeconfigOf(folder, 'kube-proxy'),
    snapshotter: await snapshotterFor(folder),
  };
  const write = async (template: string, file: string) => {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(
      join(folder, file),
      await renderTemplate(join(import.meta.dirname, 'templates', template), values),
    );
  };
  await write('containerd.toml', 'containerd.toml');
  await write('kubelet.yaml', 'kubelet.yaml');
  await write('kube-proxy.yaml', 'kube-proxy.yaml');
  await write('pod.conflist', 'cni/10-pod.conflist');
  for (const name of [settings.registry, ...REGISTRY_ALIASES])
    await write('hosts.toml', `registries/${name}/hosts.toml`);
}

/** Overlayfs cannot lie on itself, as it would in a container's file system: copies then. */
async function snapshotterFor(folder: string): Promise<'overlayfs' | 'native'> {
  return (await statfs(folder)).type === OVERLAYFS ? 'native' : 'overlayfs';
}
