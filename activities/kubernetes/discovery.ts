import type { KubernetesObject } from '@kubernetes/client-node';
import type { KubernetesApi } from './api.ts';
import { isNotFound } from './api-error.ts';
import type { Resource } from './resources.ts';

/** What the API server serves, asked once per group and version. */
export interface Discovery {
  /** Where objects of this kind live; null when the server does not know the kind. */
  find(api: KubernetesApi, object: KubernetesObject, signal: AbortSignal): Promise<Resource<unknown> | null>;
}

interface ResourceList {
  readonly resources?: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
  }[];
}

export function createDiscovery(): Discovery {
  const known = new Map<string, ResourceList>();

  async function read(api: KubernetesApi, apiVersion: string, signal: AbortSignal): Promise<ResourceList> {
    const found = known.get(apiVersion);
    if (found) return found;
    const list = await readResources(api, apiVersion, signal);
    if (list.resources) known.set(apiVersion, list);
    return list;
  }

  return {
    find: async (api, { apiVersion = '', kind = '' }, signal) => {
      const list = await read(api, apiVersion, signal);
      const found = list.resources?.find((entry) => entry.kind === kind && !entry.name.includes('/'));
      return found ? { apiVersion, kind, plural: found.name, namespaced: found.namespaced } : null;
    },
  };
}

/** Kinds of one group and version; without `resources` when the server does not serve it. */
export async function readResources(
  api: KubernetesApi,
  apiVersion: string,
  signal: AbortSignal,
): Promise<ResourceList> {
  const group = apiVersion.includes('/') ? 'apis' : 'api';
  try {
    const path = `/${group}/${apiVersion.split('/').map(encodeURIComponent).join('/')}`;
    return await api.json<ResourceList>({ method: 'GET', path }, signal);
  } catch (error) {
    if (isNotFound(error)) return {};
    throw error;
  }
}

/** What to tell about an object of a kind the server does not know. */
export function unknownKind({ apiVersion, kind }: KubernetesObject): string {
  return `The cluster knows no ${kind} in ${apiVersion}. Use a version it serves, or have the chart leave it out.`;
}
