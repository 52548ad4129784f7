import path from 'node:path';

import type { Progress } from '../progress.ts';
import type { Tool } from './catalog.ts';
import { install, isInstalled } from './install.ts';
import type { Place } from './install.ts';
import { findAccepted } from './on-path.ts';
import { readPin, supportedPlatform } from './pins.ts';
import { ensureSystemPackages } from './system-packages.ts';

export interface ObtainOptions {
  readonly progress: Progress;
  /** Ends waiting, downloads and builds; what is half done is removed. */
  readonly signal?: AbortSignal | undefined;
}

export interface Toolbox<Name extends string> {
  /**
   * The absolute path of the tool's binary (of its folder where it is several), installed if it is not
   * there yet. Safe to call from several processes at once. Fails with an `ObtainError` of one line.
   */
  obtain(name: Name, options: ObtainOptions): Promise<string>;
  /** Several, in the given order; those of one Go module by one build. */
  obtainAll<Wanted extends Name>(
    names: readonly Wanted[],
    options: ObtainOptions,
  ): Promise<Record<Wanted, string>>;
}

/** The tools of a catalog, pinned in one folder and cached in another. */
export function createToolbox<Name extends string>(parts: {
  catalog: Readonly<Record<Name, Tool>>;
  pinsFolder: string;
  cacheFolder: string;
  /** The tool of the catalog that is the Go compiler. */
  go: Name;
  /** Where installed programs are looked for; PATH by default. */
  searchPath?: string;
}): Toolbox<Name> {
  const { catalog, pinsFolder } = parts;
  const platform = supportedPlatform();

  async function placeOf(name: Name): Promise<Place> {
    const tool: Tool = catalog[name];
    const pin = await readPin(tool.source, { folder: pinsFolder, platform });
    const folder = path.join(parts.cacheFolder, 'tools', pin.key);
    const inside = tool.source.kind === 'go' ? Object.keys(tool.files) : Object.values(tool.files);
    const files = inside.map((file) => path.join(folder, file));
    return { tool, pin, folder, files, path: tool.folder === true ? folder : (files[0] ?? folder) };
  }

  async function present(name: Name, place: Place): Promise<string | undefined> {
    if (await isInstalled(place)) return place.path;
    if (place.tool.onPath === undefined) return undefined;
    return findAccepted(name, place.tool.onPath, {
      version: place.pin.version,
      searchPath: parts.searchPath ?? process.env['PATH'] ?? '',
    });
  }

  const toolbox: Toolbox<Name> = {
    async obtain(name, options) {
      return (await toolbox.obtainAll([name], options))[name];
    },

    async obtainAll(names, options) {
      const found = {} as Record<Name, string>;
      const missing = new Map<string, Place[]>();
      for (const name of new Set(names)) {
        const place = await placeOf(name);
        await ensureSystemPackages(place.tool.runNeeds ?? [], options);
        const here = await present(name, place);
        found[name] = here ?? place.path;
        if (here === undefined) missing.set(place.folder, [...(missing.get(place.folder) ?? []), place]);
      }
      let count = 0;
      for (const places of missing.values()) {
        const step = missing.size > 1 ? ` (${++count} of ${missing.size})` : '';
        const compiler = (): Promise<string> => toolbox.obtain(parts.go, options);
        await install(places, { ...options, step, pinsFolder, compiler });
      }
      return found;
    },
  };
  return toolbox;
}
