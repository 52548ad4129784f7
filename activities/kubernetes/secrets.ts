import type { OwnerMark } from '../../domain/pull-request.ts';
import type { KubernetesApi } from './api.ts';
import { ApiError, isInvalid } from './api-error.ts';
import { applyObject, deleteObject, type ObjectName, readObject } from './objects.ts';
import { marks } from './owner.ts';
import { resources, type Secret } from './resources.ts';

export interface SecretName {
  readonly namespace: string;
  readonly name: string;
}

export interface WantedSecret extends SecretName {
  readonly owner: OwnerMark;
  /** Values as text. */
  readonly data: Readonly<Record<string, string>>;
}

/** Values of a secret as text, or null when it is not there. */
export async function readSecret(
  api: KubernetesApi,
  at: SecretName,
  signal: AbortSignal,
): Promise<Record<string, string> | null> {
  const secret = await readObject(api, resources.secrets, { ...at, signal });
  return secret && decoded(secret);
}

/** Writes a secret; exactly these keys are in it afterwards, as far as they are ours. */
export async function applySecret(
  api: KubernetesApi,
  secret: WantedSecret,
  signal: AbortSignal,
): Promise<void> {
  const data = Object.fromEntries(
    Object.entries(secret.data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  await writeSecret(api, { at: secret, type: 'Opaque', data, metadata: marks(secret.owner) }, signal);
}

export interface SecretBody {
  readonly at: SecretName;
  readonly type: string;
  /** base64 by key. */
  readonly data: Readonly<Record<string, string>>;
  readonly metadata: object;
}

/** Applies a secret. One of another type is replaced, as Kubernetes cannot change a secret's type. */
export async function writeSecret(
  api: KubernetesApi,
  secret: SecretBody,
  signal: AbortSignal,
): Promise<void> {
  const { at, type, data, metadata } = secret;
  const object = { at: { namespace: at.namespace, name: at.name }, body: { type, data, metadata }, signal };
  try {
    await applyObject(api, resources.secrets, object);
  } catch (error) {
    const found = isInvalid(error) ? await readObject(api, resources.secrets, { ...at, signal }) : null;
    if (!found || found.type === type) throw withoutValues(error, at);
    await deleteObject(api, resources.secrets, { at, uid: found.metadata?.uid ?? '', signal });
    await applyObject(api, resources.secrets, object).catch((error: unknown) => {
      throw withoutValues(error, at);
    });
  }
}

/** Values as text. */
export function decoded(secret: Secret): Record<string, string> {
  const entries = Object.entries(secret.data ?? {});
  return Object.fromEntries(
    entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}

/** The server may quote what it calls invalid, and that is a secret's value. */
export function withoutValues(error: unknown, at: ObjectName): unknown {
  if (!(error instanceof ApiError) || !isInvalid(error)) return error;
  const { status, reason } = error;
  return new ApiError(`Secret ${at.namespace}/${at.name} was called invalid (${status} ${reason})`, {
    status,
    reason,
  });
}
