import { failure } from '../failure.ts';
import type { FailureType } from '../../domain/failures.ts';
import type { Plan, SecretCopy } from '../../domain/plan.ts';
import type { OwnerMark } from '../../domain/pull-request.ts';
import type { KubernetesApi } from './api.ts';
import { isDeniedByRights } from './api-error.ts';
import { readObject } from './objects.ts';
import { marks } from './owner.ts';
import { resources, type Secret } from './resources.ts';
import { writeSecret } from './secrets.ts';

/** A copy and its source as it is now. */
export interface SourcedCopy {
  readonly copy: SecretCopy;
  readonly source: Secret;
}

/** Every secret the plan copies into the namespace. */
export function copiesOf(plan: Pick<Plan, 'tlsSecret' | 'pullSecrets' | 'secrets'>): readonly SecretCopy[] {
  const wanted = plan.secrets.filter((secret) => secret.kind === 'copy');
  return [...(plan.tlsSecret ? [plan.tlsSecret] : []), ...plan.pullSecrets, ...wanted];
}

/**
 * Reads the source of a copy.
 *
 * @param missing type of the failure when it is not there.
 * @throws failure `missing`; `ClusterDenied` when the operator gave the worker no right to read it.
 */
export async function readSource(
  api: KubernetesApi,
  { copy, missing }: { readonly copy: SecretCopy; readonly missing: FailureType },
  signal: AbortSignal,
): Promise<SourcedCopy> {
  const { namespace, name } = copy.from;
  try {
    const source = await readObject(api, resources.secrets, { namespace, name, signal });
    if (source) return { copy, source };
  } catch (error) {
    if (isDeniedByRights(error)) throw unreadable(copy, error);
    throw error;
  }
  throw failure(missing, `Secret ${namespace}/${name} is not there. Create it, then deploy again.`);
}

/** Writes a copy as the source is now; its owner marks are the preview's. */
export async function writeCopy(
  api: KubernetesApi,
  wanted: SourcedCopy & { readonly namespace: string; readonly owner: OwnerMark },
  signal: AbortSignal,
): Promise<void> {
  const { copy, source, namespace, owner } = wanted;
  const { labels, annotations } = marks(owner);
  const from = { 'pr-preview.io/copied-from': `${copy.from.namespace}/${copy.from.name}` };
  await writeSecret(
    api,
    {
      at: { namespace, name: copy.name },
      type: source.type ?? 'Opaque',
      data: source.data ?? {},
      metadata: { labels, annotations: { ...annotations, ...from } },
    },
    signal,
  );
}

function unreadable({ from }: SecretCopy, cause: unknown): Error {
  return failure(
    'ClusterDenied',
    `The worker may not read secret ${from.namespace}/${from.name}. ` +
      'Name it among the source secrets of the pr-preview chart and upgrade that release.',
    { cause },
  );
}
