import { join } from 'node:path';
import { flags } from '../flags.ts';
import { ask } from '../http.ts';
import type { PartContext } from '../part.ts';
import { apiUrl, kubeconfigOf } from './identities.ts';
import type { Identities } from './identities.ts';

/** etcd, on loopback. It does not sync to disk: right for a cluster that can be thrown away, and only for that. */
export async function startEtcd(context: PartContext): Promise<void> {
  const { ports } = context.addresses;
  const [client, peer] = [`http://127.0.0.1:${ports.etcd}`, `http://127.0.0.1:${ports.etcdPeer}`];
  await context.run({
    name: 'etcd',
    command: await context.tool('etcd'),
    args: flags({
      'data-dir': join(context.folder, 'etcd'),
      'listen-client-urls': client,
      'advertise-client-urls': client,
      'listen-peer-urls': peer,
      'initial-advertise-peer-urls': peer,
      'initial-cluster': `default=${peer}`,
      'unsafe-no-fsync': true,
      'log-level': 'warn',
    }),
    listens: [`127.0.0.1:${ports.etcd}`, `127.0.0.1:${ports.etcdPeer}`],
  });
}

/** kube-apiserver, on the host's end of the network. Tokens lie in a file; the worker's comes from TokenRequest. */
export async function startApiServer(context: PartContext, identities: Identities): Promise<void> {
  const { hostIp, ports, serviceCidr } = context.addresses;
  await context.run({
    name: 'kube-apiserver',
    command: await context.tool('kube-apiserver'),
    args: flags({
      'etcd-servers': `http://127.0.0.1:${ports.etcd}`,
      'bind-address': hostIp,
      'advertise-address': hostIp,
      'secure-port': ports.api,
      'tls-cert-file': identities.server.certFile,
      'tls-private-key-file': identities.server.keyFile,
      'cert-dir': context.folder,
      'service-cluster-ip-range': serviceCidr,
      'service-account-issuer': 'https://kubernetes.default.svc',
      'service-account-key-file': identities.serviceAccounts.publicFile,
      'service-account-signing-key-file': identities.serviceAccounts.privateFile,
      'token-auth-file': identities.tokensFile,
      'authorization-mode': 'Node,RBAC',
      'enable-admission-plugins': 'NodeRestriction',
      'allow-privileged': true,
      'kubelet-client-certificate': identities.kubeletClient.certFile,
      'kubelet-client-key': identities.kubeletClient.keyFile,
      'kubelet-preferred-address-types': 'InternalIP',
    }),
    listens: [`${hostIp}:${ports.api}`],
  });
}

/** Waits until the API server is ready to serve. */
export async function waitForApiServer(context: PartContext, caFile: string): Promise<void> {
  const url = `${apiUrl(context.addresses)}/readyz`;
  await context.wait(async () => (await ask(url, { caFile })).status === 200, {
    what: 'The API server getting ready',
    timeoutMs: 90_000,
  });
}

/** kube-controller-manager and kube-scheduler. Nothing competes for their work, so they elect no leader. */
export async function startControllers(context: PartContext, identities: Identities): Promise<void> {
  const { ports } = context.addresses;
  const common = {
    'leader-elect': false,
    'bind-address': '127.0.0.1',
    'cert-dir': context.folder,
    // With the default of 20 a second the first pods wait four seconds for their turn.
    'kube-api-qps': 500,
    'kube-api-burst': 1000,
  };
  await context.run({
    name: 'kube-controller-manager',
    command: await context.tool('kube-controller-manager'),
    args: flags({
      ...common,
      'secure-port': ports.controllerManager,
      kubeconfig: kubeconfigOf(context.folder, 'controller-manager'),
      'service-account-private-key-file': identities.serviceAccounts.privateFile,
      'root-ca-file': identities.caFile,
      'use-service-account-credentials': true,
      'allocate-node-cidrs': false,
    }),
    listens: [`127.0.0.1:${ports.controllerManager}`],
  });
  await context.run({
    name: 'kube-scheduler',
    command: await context.tool('kube-scheduler'),
    args: flags({
      ...common,
      'secure-port': ports.scheduler,
      kubeconfig: kubeconfigOf(context.folder, 'scheduler'),
    }),
    listens: [`127.0.0.1:${ports.scheduler}`],
  });
}
