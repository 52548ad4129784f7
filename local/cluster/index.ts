import type { PartContext, PartDefinition } from '../part.ts';
import { applyAddons } from './addons.ts';
import { startApiServer, startControllers, startEtcd, waitForApiServer } from './control-plane.ts';
import { startDns, waitForDns } from './dns.ts';
import { apiUrl, createIdentities, kubeconfigOf } from './identities.ts';
import { allowKubelet, startNode, waitForNode } from './node.ts';
import { buildPauseImage } from '../images/index.ts';
import { installRights, refreshRights } from './rights.ts';
import type { RightsTarget } from './rights.ts';
import { join } from 'node:path';

/** A real Kubernetes: control plane and DNS on the host, one node in namespaces of its own, and the worker's rights. */
export const cluster: PartDefinition<'cluster'> = {
  name: 'cluster',
  needs: ['registry'],
  tools: [
    'kubectl',
    'helm',
    'etcd',
    'kube-apiserver',
    'kube-controller-manager',
    'kube-scheduler',
    'kubelet',
    'kube-proxy',
    'coredns',
    'containerd',
    'containerd-shim-runc-v2',
    'cni',
    'runc',
    'npd',
  ],
  network: true,
  async start(context) {
    const { addresses, folder, progress } = context;
    // The node reaches nothing but the host: no other registry than the stack's own.
    const registry = `${addresses.hostIp}:${addresses.ports.registry}`;
    progress.update('starting etcd and the API server');
    const [identities] = await Promise.all([createIdentities(folder, addresses), startEtcd(context)]);
    await startApiServer(context, identities);
    const pauseImage = await buildPauseImage({ registry, progress, tool: context.tool });
    await startNode(context, { caFile: identities.caFile, registry, pauseImage });
    await waitForApiServer(context, identities.caFile);
    await allowKubelet(folder);
    progress.update('starting controllers, node and DNS');
    await startControllers(context, identities);
    const [workerKubeconfig] = await Promise.all([
      installRights(rightsTarget(context), context),
      applyAddons(context)
        .then(() => startDns(context))
        .then(() => waitForDns(context)),
      waitForNode(context),
    ]);
    return { adminKubeconfig: kubeconfigOf(folder, 'admin'), workerKubeconfig, nodeIp: addresses.nodeIp };
  },
  async ready(context) {
    const target = rightsTarget(context);
    await waitForApiServer(context, target.caFile);
    await Promise.all([waitForDns(context), waitForNode(context), refreshRights(target, context)]);
  },
};

function rightsTarget({ addresses, folder }: PartContext): RightsTarget & { caFile: string } {
  return {
    adminKubeconfig: kubeconfigOf(folder, 'admin'),
    server: apiUrl(addresses),
    caFile: join(folder, 'ca.crt'),
  };
}
