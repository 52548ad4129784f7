import { KubeConfig } from '@kubernetes/client-node';
import { createKubernetesApi, type KubernetesApi } from './api.ts';
import { createWorlds, type Worlds } from './watch/worlds.ts';

export interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

export interface KubernetesClients {
  /** As the kubeconfig's own user: the worker. */
  readonly worker: KubernetesApi;
  /** As a service account, by impersonation. */
  as(account: ServiceAccountName): KubernetesApi;
  /** Watches of whole namespaces, shared by all who read them. */
  readonly worlds: Worlds;
}

/** Clients for the kubeconfig's current context; connections are kept and shared. */
export function createKubernetesClients(config: KubeConfig): KubernetesClients {
  const as = createKubernetesApi(config);
  const worker = as(null);
  return {
    worker,
    as: ({ namespace, name }) => as(`system:serviceaccount:${namespace}:${name}`),
    worlds: createWorlds(worker),
  };
}

/** Kubeconfig of a file; without one, KUBECONFIG's, or inside a cluster the pod's own account. */
export function loadKubeConfig(file?: string): KubeConfig {
  const config = new KubeConfig();
  if (file === undefined) config.loadFromDefault();
  else config.loadFromFile(file);
  return config;
}
