import type { ChartSource } from '../../domain/config.ts';

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
   * @throws failure `ChartNotFound`, `ChartInvalid`, `RegistryUnavailable`.
   */
  locate(source: ChartSource, folder: string, signal: AbortSignal): Promise<ChartLocation>;
}
