import { failure } from '../failure.ts';
import type { CleanupTarget } from '../../domain/outcome.ts';
import type { KubernetesApi } from './api.ts';
import { ApiError, isConflict } from './api-error.ts';
import { blockersOf, podsRemain } from './blockers.ts';
import { clusterFailure } from './failure.ts';
import { lastWords } from './last-words.ts';
import { readNamespace } from './namespace.ts';
import { deleteObject, listObjects } from './objects.ts';
import { pause } from './pause.ts';
import { type Namespace, resources } from './resources.ts';

/** After so long the database goes whether or not pods are left. */
const podsMs = 2 * 60_000;

export interface Deletion {
  readonly state: 'absent' | 'foreign' | 'draining';
  /** Whose it is, or what is still there; empty when nothing is to be said. */
  readonly detail: string;
  /** Redacted log tails and events of what was taken away; empty when it was going away already. */
  readonly evidence: readonly string[];
}

/**
 * Deletes the preview's namespace, if it is ours, and waits until no pod is left in it, at most 2 min. The
 * worker's rights inside go with it: from then on only the namespace's own conditions tell what remains.
 */
export async function deleteNamespace(
  api: KubernetesApi,
  target: CleanupTarget,
  signal: AbortSignal,
): Promise<Deletion> {
  try {
    const reading = await readNamespace(api, target, signal);
    if (reading.state === 'absent') return { state: 'absent', detail: '', evidence: [] };
    if (reading.state === 'foreign') {
      const detail = `Namespace ${target.namespace} belongs to ${reading.whose}; it was not touched.`;
      return { state: 'foreign', detail, evidence: [] };
    }
    const evidence = await beginDeletion(api, reading.namespace, signal);
    return { state: 'draining', detail: await awaitNoPods(api, target, signal), evidence };
  } catch (error) {
    throw clusterFailure(error, `deleting namespace ${target.namespace}`);
  }
}

/**
 * Waits until the namespace is gone.
 *
 * @param withinMs milliseconds.
 * @throws failure `NamespaceStuck` with what the cluster says blocks it.
 */
export async function awaitNamespaceGone(
  api: KubernetesApi,
  { target, withinMs }: { readonly target: CleanupTarget; readonly withinMs: number },
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  try {
    for (let wait = 200; ; wait = Math.min(wait * 1.2, 2_000)) {
      const reading = await readNamespace(api, target, signal);
      // Somebody else's may have taken the name of ours, which is gone then.
      if (reading.state !== 'ours') return;
      if (reading.namespace.metadata?.deletionTimestamp === undefined) throw notDeleted(target);
      if (performance.now() > deadline) throw stuck(reading.namespace);
      await pause(wait, signal);
    }
  } catch (error) {
    throw clusterFailure(error, `waiting for namespace ${target.namespace} to go`);
  }
}

async function beginDeletion(
  api: KubernetesApi,
  namespace: Namespace,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { name = '', uid = '', deletionTimestamp } = namespace.metadata ?? {};
  if (deletionTimestamp !== undefined) return [];
  const evidence = await lastWords(api, name, signal);
  try {
    await deleteObject(api, resources.namespaces, { at: { namespace: null, name }, uid, signal });
  } catch (error) {
    // Deleted and made again since it was read, or being deleted by another: reading again tells.
    if (!isConflict(error)) throw error;
  }
  return evidence;
}

/** @returns what is still there, in words; empty when no pod is left. */
async function awaitNoPods(api: KubernetesApi, target: CleanupTarget, signal: AbortSignal): Promise<string> {
  const deadline = performance.now() + podsMs;
  for (let wait = 200; ; wait = Math.min(wait * 1.5, 2_000)) {
    const left = await podsLeft(api, target, signal);
    if (left === '') return '';
    if (performance.now() > deadline) return left;
    await pause(wait, signal);
  }
}

async function podsLeft(api: KubernetesApi, target: CleanupTarget, signal: AbortSignal): Promise<string> {
  try {
    const { namespace } = target;
    const { items } = await listObjects(api, resources.pods, { namespace, signal });
    const names = items.map(({ metadata }) => metadata?.name);
    return names.length === 0 ? '' : `pods left: ${names.join(', ')}`;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 403) throw error;
  }
  const reading = await readNamespace(api, target, signal);
  if (reading.state !== 'ours') return '';
  const remain = podsRemain(reading.namespace);
  if (remain === false) return '';
  return blockersOf(reading.namespace).join('; ') || 'the cluster does not say yet what remains';
}

function notDeleted(target: CleanupTarget): Error {
  return failure('NamespaceStuck', `Namespace ${target.namespace} is there and is not being deleted.`);
}

function stuck(namespace: Namespace): Error {
  const blockers = blockersOf(namespace);
  const why = blockers.length > 0 ? blockers.join('; ') : 'the cluster names no reason';
  return failure(
    'NamespaceStuck',
    `Namespace ${namespace.metadata?.name} does not go away: ${why}. ` +
      'Remove what is named there, or its finalizers; cleanup goes on by itself.',
  );
}
