import type { KubernetesApi } from '../api.ts';
import { ApiError } from '../api-error.ts';
import {
  type Deployment,
  type Job,
  type KubernetesEvent,
  type Pod,
  type ReplicaSet,
  resources,
  type StatefulSet,
} from '../resources.ts';
import { follow, type Followed } from './follow.ts';

/** Everything in a namespace that says how a deploy goes, by uid. */
export interface World {
  readonly pods: ReadonlyMap<string, Pod>;
  readonly deployments: ReadonlyMap<string, Deployment>;
  readonly replicaSets: ReadonlyMap<string, ReplicaSet>;
  readonly statefulSets: ReadonlyMap<string, StatefulSet>;
  readonly jobs: ReadonlyMap<string, Job>;
  /** Warnings only. */
  readonly events: ReadonlyMap<string, KubernetesEvent>;
}

/** A refusal that lasts so many attempts (about 3 s) is one: rights are gone, or the namespace is. */
const refusals = 5;

export interface LiveWorld {
  readonly world: World;
  /** Resolves when every kind was read once. @throws what the reading failed with for good. */
  readonly ready: Promise<void>;
  /** Whether following has failed for good. */
  isBroken(): boolean;
  /** Called at each change, and with an error when following has failed for good. */
  onChange(listener: (error: unknown) => void): () => void;
  close(): Promise<void>;
}

interface Named {
  readonly metadata?: { readonly uid?: string };
}

/** Follows a namespace until closed. */
export function followWorld(api: KubernetesApi, namespace: string): LiveWorld {
  const stop = new AbortController();
  const listeners = new Set<(error: unknown) => void>();
  const following: Promise<void>[] = [];
  const firsts: Promise<void>[] = [];
  let broken = false;
  const tell = (error: unknown): void => {
    broken ||= error !== null;
    for (const listener of listeners) listener(error);
  };

  function track<T extends Named>(followed: Omit<Followed<T>, 'namespace'>): ReadonlyMap<string, T> {
    const items = new Map<string, T>();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    firsts.push(promise);
    const put = (item: T): void => void items.set(item.metadata?.uid ?? '', item);
    const sink = {
      replace: (all: readonly T[]) => {
        items.clear();
        all.forEach(put);
        resolve();
        tell(null);
      },
      put: (item: T) => {
        put(item);
        tell(null);
      },
      remove: (item: T) => {
        items.delete(item.metadata?.uid ?? '');
        tell(null);
      },
      failed: (error: unknown, attempt: number) => {
        const refused = error instanceof ApiError && [401, 403, 404].includes(error.status);
        if (!refused || attempt < refusals) return 'retry' as const;
        reject(error);
        tell(error);
        return 'stop' as const;
      },
    };
    following.push(follow(api, { followed: { ...followed, namespace }, sink }, stop.signal));
    return items;
  }

  const world: World = {
    pods: track({ resource: resources.pods }),
    deployments: track({ resource: resources.deployments }),
    replicaSets: track({ resource: resources.replicaSets }),
    statefulSets: track({ resource: resources.statefulSets }),
    jobs: track({ resource: resources.jobs }),
    events: track({ resource: resources.events, fieldSelector: 'type=Warning' }),
  };
  const ready = Promise.all(firsts).then(() => undefined);
  ready.catch(() => undefined);
  return {
    world,
    ready,
    isBroken: () => broken,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async () => {
      stop.abort();
      await Promise.all(following);
    },
  };
}
