import { PatchStrategy } from '@kubernetes/client-node';
import type { KubernetesApi } from './api.ts';
import { isNotFound } from './api-error.ts';
import { pathOf, type Resource } from './resources.ts';

/** Field manager of everything the worker writes. */
const fieldManager = 'pr-preview';

export interface ObjectName {
  /** Null only for kinds without a namespace. */
  readonly namespace: string | null;
  readonly name: string;
}

export interface ListQuery {
  /** Null only for kinds without a namespace. */
  readonly namespace: string | null;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

/** One object, or null when it is not there. */
export async function readObject<T>(
  api: KubernetesApi,
  resource: Resource<T>,
  at: ObjectName & { readonly signal: AbortSignal },
): Promise<T | null> {
  try {
    return await api.json<T>({ method: 'GET', path: pathOf(resource, at) }, at.signal);
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** All objects of a kind in a namespace, or in the cluster, read from the server's present state. */
export async function listObjects<T>(
  api: KubernetesApi,
  resource: Resource<T>,
  query: ListQuery & { readonly signal: AbortSignal },
): Promise<{ readonly items: readonly T[]; readonly resourceVersion: string }> {
  const answer = await api.json<{ items: T[] | null; metadata?: { resourceVersion?: string } }>(
    { method: 'GET', path: pathOf(resource, query), query: selectors(query) },
    query.signal,
  );
  return { items: answer.items ?? [], resourceVersion: answer.metadata?.resourceVersion ?? '' };
}

/** Makes an object that must not exist yet. @throws ApiError 409 when it does. */
export async function createObject<T>(
  api: KubernetesApi,
  resource: Resource<T>,
  object: { readonly at: ObjectName; readonly body: object; readonly signal: AbortSignal },
): Promise<T> {
  const { namespace, name } = object.at;
  return await api.json<T>(
    {
      method: 'POST',
      path: pathOf(resource, { namespace }),
      query: { fieldManager },
      body: complete(resource, { namespace, name }, object.body),
    },
    object.signal,
  );
}

/**
 * Server-side apply as `pr-preview`, taking over fields that others own. With `uid` or `resourceVersion` in the
 * body's metadata it fails with 409 when the object is another or was changed.
 */
export async function applyObject<T>(
  api: KubernetesApi,
  resource: Resource<T>,
  object: { readonly at: ObjectName; readonly body: object; readonly signal: AbortSignal },
): Promise<T> {
  return await api.json<T>(
    {
      method: 'PATCH',
      path: pathOf(resource, object.at),
      query: { fieldManager, force: 'true' },
      body: complete(resource, object.at, object.body),
      contentType: PatchStrategy.ServerSideApply,
    },
    object.signal,
  );
}

/** Replaces an object as it was read. @throws ApiError 409 when it was changed since. */
export async function replaceObject<T>(
  api: KubernetesApi,
  resource: Resource<T>,
  object: { readonly at: ObjectName; readonly body: T & object; readonly signal: AbortSignal },
): Promise<T> {
  return await api.json<T>(
    { method: 'PUT', path: pathOf(resource, object.at), query: { fieldManager }, body: object.body },
    object.signal,
  );
}

/**
 * Deletes the object of that uid.
 *
 * @returns false when it was not there, or when another has its name.
 */
export async function deleteObject(
  api: KubernetesApi,
  resource: Resource<unknown>,
  object: { readonly at: ObjectName; readonly uid: string; readonly signal: AbortSignal },
): Promise<boolean> {
  try {
    await api.json<unknown>(
      {
        method: 'DELETE',
        path: pathOf(resource, object.at),
        body: { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: object.uid } },
      },
      object.signal,
    );
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

function selectors(query: ListQuery): Record<string, string> {
  return {
    ...(query.fieldSelector === undefined ? {} : { fieldSelector: query.fieldSelector }),
    ...(query.labelSelector === undefined ? {} : { labelSelector: query.labelSelector }),
  };
}

function complete(resource: Resource<unknown>, at: ObjectName, body: object): object {
  const metadata = 'metadata' in body && typeof body.metadata === 'object' ? body.metadata : {};
  return {
    apiVersion: resource.apiVersion,
    kind: resource.kind,
    ...body,
    metadata: { ...metadata, name: at.name, ...(at.namespace === null ? {} : { namespace: at.namespace }) },
  };
}
