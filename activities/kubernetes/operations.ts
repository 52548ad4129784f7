import type { CleanupTarget } from '../../domain/outcome.ts';
import { checkCluster, type ClusterAnswer, type ClusterQuestion } from './check.ts';
import type { KubernetesClients } from './clients.ts';
import { mapped } from './failure.ts';
import { acquireFence, type Fence, type WantedFence } from './fence.ts';
import { readNamespace } from './namespace.ts';
import { applySecret, readSecret, type SecretName, type WantedSecret } from './secrets.ts';

/** What other activities ask of the cluster; every error is one of our failures. */
export interface KubernetesOperations {
  checkCluster(question: ClusterQuestion, signal: AbortSignal): Promise<ClusterAnswer>;
  acquireFence(wanted: WantedFence, signal: AbortSignal): Promise<Fence>;
  applySecret(secret: WantedSecret, signal: AbortSignal): Promise<void>;
  /** Values as text; null when the secret or its namespace is not there. */
  readSecret(at: SecretName, signal: AbortSignal): Promise<Record<string, string> | null>;
  readNamespace(target: CleanupTarget, signal: AbortSignal): Promise<NamespaceWhose>;
}

export interface NamespaceWhose {
  readonly state: 'absent' | 'ours' | 'foreign';
  /** In words, when it is foreign; empty otherwise. */
  readonly whose: string;
}

export function createKubernetesOperations(clients: KubernetesClients): KubernetesOperations {
  const api = clients.worker;
  return {
    checkCluster: (question, signal) => checkCluster(api, question, signal),
    acquireFence: (wanted, signal) => acquireFence(api, wanted, signal),
    applySecret: (secret, signal) =>
      mapped(`writing secret ${secret.namespace}/${secret.name}`, () => applySecret(api, secret, signal)),
    readSecret: (at, signal) =>
      mapped(`reading secret ${at.namespace}/${at.name}`, () => readSecret(api, at, signal)),
    readNamespace: (target, signal) =>
      mapped(`reading namespace ${target.namespace}`, async () => {
        const reading = await readNamespace(api, target, signal);
        return { state: reading.state, whose: reading.state === 'foreign' ? reading.whose : '' };
      }),
  };
}
