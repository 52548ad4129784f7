import type { KubernetesApi } from '../api.ts';
import { followWorld, type LiveWorld, type World } from './world.ts';

/** One reader's view of a namespace. */
export interface OpenWorld {
  readonly world: World;
  /**
   * Waits until something changed since the last call, or so many milliseconds passed.
   *
   * @throws signal.reason; ApiError when the namespace cannot be read any more.
   */
  changed(ms: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Namespaces that are being watched; readers of one namespace share its watches. */
export interface Worlds {
  /** Starts or joins the watch of a namespace; resolves when everything in it was read. */
  open(namespace: string, signal: AbortSignal): Promise<OpenWorld>;
}

export function createWorlds(api: KubernetesApi): Worlds {
  const shared = new Map<string, { readonly live: LiveWorld; readers: number }>();

  function join(namespace: string): LiveWorld {
    const found = shared.get(namespace);
    const entry = found && !found.live.isBroken() ? found : { live: followWorld(api, namespace), readers: 0 };
    entry.readers += 1;
    shared.set(namespace, entry);
    return entry.live;
  }

  async function leave(namespace: string, live: LiveWorld): Promise<void> {
    const entry = shared.get(namespace);
    // A broken one has been replaced by the next reader's, and its readers have been told.
    if (entry?.live !== live) return live.close();
    entry.readers -= 1;
    if (entry.readers > 0) return;
    shared.delete(namespace);
    await live.close();
  }

  return {
    open: async (namespace, signal) => {
      const live = join(namespace);
      try {
        await abortable(live.ready, signal);
      } catch (error) {
        await leave(namespace, live);
        throw error;
      }
      return reader(live, () => leave(namespace, live));
    },
  };
}

function reader(live: LiveWorld, leave: () => Promise<void>): OpenWorld {
  let dirty = true;
  let broken: { readonly error: unknown } | null = null;
  let wake = (): void => undefined;
  const forget = live.onChange((error) => {
    dirty = true;
    if (error !== null) broken = { error };
    wake();
  });
  return {
    world: live.world,
    changed: async (ms, signal) => {
      signal.throwIfAborted();
      if (!dirty) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        const timer = setTimeout(resolve, ms);
        await abortable(promise, signal).finally(() => clearTimeout(timer));
      }
      dirty = false;
      if (broken) throw broken.error;
    },
    close: async () => {
      forget();
      await leave();
    },
  };
}

async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
