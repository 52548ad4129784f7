import { CoreV1Api, KubeConfig, NetworkingV1Api } from '@kubernetes/client-node';
import { inject } from 'vitest';
import { sql } from './cluster.ts';

/** What a watch over several previews saw. */
export interface SeenCrowd {
  /** How often everything was read. */
  readonly looks: number;
  /** The most namespaces that were there at once, Terminating ones included. */
  readonly namespacesAtMost: number;
  readonly databasesAtMost: number;
  /** Namespaces in the order in which they were first seen. */
  readonly order: readonly string[];
  /** Hosts that stood in two namespaces at once. */
  readonly sharedHosts: readonly string[];
}

export interface CrowdWatch {
  readonly seen: () => SeenCrowd;
  /** Ends the watch. @throws what a look failed with: then nothing was proved. */
  readonly stop: () => Promise<SeenCrowd>;
}

/** Looks again and again at everything that the previews of these numbers have. */
export function watchCrowd(numbers: readonly number[]): CrowdWatch {
  const config = new KubeConfig();
  config.loadFromFile(inject('stack').cluster?.adminKubeconfig ?? '');
  const core = config.makeApiClient(CoreV1Api);
  const networking = config.makeApiClient(NetworkingV1Api);
  const names = new Set(numbers.map((number) => `preview-${number}`));
  const databases = numbers.map((number) => `'preview_${number}'`).join(', ');
  const order: string[] = [];
  const sharedHosts = new Set<string>();
  const most = { looks: 0, namespaces: 0, databases: 0 };
  const look = async (): Promise<void> => {
    const [namespaces, ingresses, found] = await Promise.all([
      core.listNamespace(),
      networking.listIngressForAllNamespaces(),
      sql<object>(`SELECT datname FROM pg_database WHERE datname IN (${databases})`),
    ]);
    const present = namespaces.items
      .toSorted((one, other) => createdAt(one.metadata) - createdAt(other.metadata))
      .flatMap(({ metadata }) => (names.has(metadata?.name ?? '') ? [metadata?.name ?? ''] : []));
    order.push(...present.filter((name) => !order.includes(name)));
    const holders = new Map<string, string>();
    for (const { metadata, spec } of ingresses.items)
      for (const { host = '' } of names.has(metadata?.namespace ?? '') ? (spec?.rules ?? []) : []) {
        const holder = holders.get(host) ?? metadata?.namespace ?? '';
        if (holder !== metadata?.namespace) sharedHosts.add(host);
        holders.set(host, holder);
      }
    most.looks += 1;
    most.namespaces = Math.max(most.namespaces, present.length);
    most.databases = Math.max(most.databases, found.length);
  };
  const ending = new AbortController();
  const loop = (async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
  })();
  // told by `stop`
  loop.catch(() => undefined);
  const seen = (): SeenCrowd => ({
    looks: most.looks,
    namespacesAtMost: most.namespaces,
    databasesAtMost: most.databases,
    order: [...order],
    sharedHosts: [...sharedHosts],
  });
  return {
    seen,
    stop: async () => {
      ending.abort();
      await loop;
      return seen();
    },
  };
}

function createdAt(metadata: { readonly creationTimestamp?: Date } | undefined): number {
  return metadata?.creationTimestamp?.getTime() ?? 0;
}
