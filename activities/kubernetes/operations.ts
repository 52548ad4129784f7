import type { CleanupTarget } from '../../domain/outcome.ts';
import { checkCluster, type ClusterAnswer, type ClusterQuestion } from './check.ts';
import type { KubernetesClients } from './clients.ts';
import { deleteBrokenPods } from './broken-pods.ts';
import { runningDigests, type RunningImage } from './digests.ts';
import { mapped } from './failure.ts';
import { acquireFence, type Fence, type WantedFence } from './fence.ts';
import { readNamespace } from './namespace.ts';
import { listPreviewNamespaces, type PreviewNamespace } from './preview-namespaces.ts';
import { awaitOrphansGone, type Orphans } from './orphans.ts';
import { awaitReady, type ReadyQuestion } from './ready.ts';
import { createRedact } from './redact.ts';
import { applySecret, readSecret, type SecretName, type WantedSecret } from './secrets.ts';

/** What other activities ask of the cluster; every error is one of our failures. */
export interface KubernetesOperations {
  checkCluster(question: ClusterQuestion, signal: AbortSignal): Promise<ClusterAnswer>;
  acquireFence(wanted: WantedFence, signal: AbortSignal): Promise<Fence>;
  applySecret(secret: WantedSecret, signal: AbortSignal): Promise<void>;
  /** Values as text; null when the secret or its namespace is not there. */
  readSecret(at: SecretName, signal: AbortSignal): Promise<Record<string, string> | null>;
  /** Waits until a release is ready as it stands now. */
  awaitReady(question: ReadyQuestion, signal: AbortSignal): Promise<void>;
  /** What runs, of the newest revisions. */
  runningDigests(at: { readonly namespace: string }, signal: AbortSignal): Promise<readonly RunningImage[]>;
  /** Deletes pods that are not Ready and not of the present revision; returns their names. */
  deleteBrokenPods(
    of: { readonly namespace: string; readonly release: string },
    signal: AbortSignal,
  ): Promise<readonly string[]>;
  /** Waits until the pods of deleted workloads are gone; answers whether they went in time. */
  awaitOrphansGone(orphans: Orphans, signal: AbortSignal): Promise<boolean>;
  /** Reads the namespace's secrets and returns what replaces them in a text. */
  redactor(namespace: string, signal: AbortSignal): Promise<(text: string) => string>;
  readNamespace(target: CleanupTarget, signal: AbortSignal): Promise<NamespaceWhose>;
  /** All namespaces of a platform, those that are going away included. */
  listPreviewNamespaces(
    of: { readonly platform: string },
    signal: AbortSignal,
  ): Promise<readonly PreviewNamespace[]>;
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
    awaitReady: (question, signal) => awaitReady(clients, question, signal),
    runningDigests: (at, signal) =>
      mapped(`reading what runs in ${at.namespace}`, () => runningDigests(clients, at, signal)),
    deleteBrokenPods: (of, signal) =>
      mapped(`deleting broken pods of ${of.release}`, () => deleteBrokenPods(clients, of, signal)),
    awaitOrphansGone: (orphans, signal) =>
      mapped(`waiting for the pods of deleted workloads in ${orphans.namespace}`, () =>
        awaitOrphansGone(clients, orphans, signal),
      ),
    redactor: (namespace, signal) =>
      mapped(`reading the secrets of ${namespace}`, () => createRedact(api, namespace, signal)),
    readNamespace: (target, signal) =>
      mapped(`reading namespace ${target.namespace}`, async () => {
        const reading = await readNamespace(api, target, signal);
        return { state: reading.state, whose: reading.state === 'foreign' ? reading.whose : '' };
      }),
    listPreviewNamespaces: (of, signal) =>
      mapped('listing the namespaces of previews', () => listPreviewNamespaces(api, of, signal)),
  };
}
