import { randomBytes } from 'node:crypto';
import type { PlannedSecret } from '../../domain/plan.ts';
import type { OwnerMark } from '../../domain/pull-request.ts';
import type { KubernetesApi } from './api.ts';
import { isConflict } from './api-error.ts';
import { applyObject, createObject, readObject } from './objects.ts';
import { marks } from './owner.ts';
import { resources, type Secret } from './resources.ts';
import { withoutValues } from './secrets.ts';

export interface GeneratedSecret {
  readonly namespace: string;
  readonly owner: OwnerMark;
  readonly secret: Extract<PlannedSecret, { kind: 'generate' }>;
}

/** Makes the secret's random values once; those that are there are kept, keys that are new are added. */
export async function ensureGeneratedSecret(
  api: KubernetesApi,
  wanted: GeneratedSecret,
  signal: AbortSignal,
): Promise<void> {
  const at = { namespace: wanted.namespace, name: wanted.secret.name };
  for (;;) {
    const found = await readObject(api, resources.secrets, { ...at, signal });
    const missing = Object.keys(wanted.secret.keys).filter((key) => found?.data?.[key] === undefined);
    if (found && missing.length === 0) return;
    try {
      await write(api, { wanted, found }, signal);
      return;
    } catch (error) {
      // Somebody else made it meanwhile: theirs is kept.
      if (!isConflict(error)) throw withoutValues(error, at);
    }
  }
}

async function write(
  api: KubernetesApi,
  { wanted, found }: { readonly wanted: GeneratedSecret; readonly found: Secret | null },
  signal: AbortSignal,
): Promise<void> {
  const at = { namespace: wanted.namespace, name: wanted.secret.name };
  const fresh = Object.entries(wanted.secret.keys).map(([key, { bytes }]) => [
    key,
    // Applications get base64url text, and Kubernetes wants that text in base64.
    Buffer.from(randomBytes(bytes).toString('base64url')).toString('base64'),
  ]);
  const body = {
    metadata: {
      ...marks(wanted.owner),
      ...(found?.metadata?.resourceVersion === undefined
        ? {}
        : { resourceVersion: found.metadata.resourceVersion }),
    },
    type: 'Opaque',
    data: { ...Object.fromEntries(fresh), ...found?.data },
  };
  if (found) await applyObject(api, resources.secrets, { at, body, signal });
  else await createObject(api, resources.secrets, { at, body, signal });
}
