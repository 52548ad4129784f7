import { join } from 'node:path';
import type { ChartSource, RegistryConfig } from '../../domain/config.ts';
import { createChartCache } from './chart-cache.ts';
import { buildDependencies } from './chart-dependencies.ts';
import { readDefaults } from './chart-metadata.ts';
import { describeChart, pullChart } from './chart-pull.ts';
import type { RegistryCredentials } from './chart-tools.ts';
import { copyChartTree, readChartTree } from './chart-tree.ts';
import { createHomes } from './private-home.ts';
import { createSlots } from './slots.ts';

/** A chart on disk, its dependencies inside it. */
export interface ChartLocation {
  /** Folder or `.tgz`. */
  readonly path: string;
  /** Source, version and content hash in one line, for example `path helm/ui tree:<sha256>`; equal means nothing changed. */
  readonly identity: string;
  /** The chart's own values.yaml. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

export interface Charts {
  /**
   * Finds a chart and lays it out on disk: from the repository's files, an `oci://` registry, or a chart repository
   * over HTTP. Cached by content; safe to call at once from several activities.
   *
   * @param folder root of the repository's files at the config commit.
   * @throws failure `ChartNotFound`, `ChartInvalid`, `RegistryUnavailable`, `RegistryDenied`.
   */
  locate(source: ChartSource, folder: string, signal: AbortSignal): Promise<ChartLocation>;
}

export interface ChartsOptions {
  /** Absolute path of Helm. */
  readonly executable: string;
  readonly cacheFolder: string;
  readonly registries: readonly RegistryConfig[];
  /** Default: anonymous. */
  readonly credentials?: RegistryCredentials;
}

const fetchesAtOnce = 4;

/** Keeps charts below `<cacheFolder>/charts`. */
export function createCharts({ executable, cacheFolder, registries, credentials }: ChartsOptions): Charts {
  const cache = createChartCache(join(cacheFolder, 'charts'));
  const homes = createHomes(cacheFolder);
  const tools = { executable, registries, cache, homes, credentials: credentials ?? (() => null) };
  const fetching = createSlots(fetchesAtOnce);
  return {
    async locate(source, folder, signal) {
      if (source.kind !== 'path') {
        const { path, hash } = await fetching.run(() => pullChart(tools, source, signal), signal);
        const identity = `${source.kind} ${describeChart(source)} archive:${hash}`;
        return { path, identity, defaults: await readDefaults(path, describeChart(source)) };
      }
      const tree = await readChartTree(folder, source.path);
      const identity = `path ${source.path} tree:${tree.hash}`;
      const kept = await cache.folder(`tree-${tree.hash}`, async (half) => {
        const copy = join(half, 'chart');
        await copyChartTree(tree, copy);
        await fetching.run(
          () => buildDependencies(tools, { folder: copy, identity: source.path }, signal),
          signal,
        );
      });
      const path = join(kept, 'chart');
      return { path, identity, defaults: await readDefaults(path, source.path) };
    },
  };
}
