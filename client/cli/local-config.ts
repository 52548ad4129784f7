import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parsePlatformConfig } from '../../config/platform.ts';
import { parsePreviewConfig } from '../../config/preview.ts';
import type { Parsed } from '../../config/problem.ts';
import type { PlatformConfig, PreviewConfig } from '../../domain/config.ts';
import type { Problem } from '../../domain/failures.ts';
import type { CommandResult } from './command.ts';
import { usage } from './words.ts';

/** Both configs as they lie on this machine. */
export interface LocalConfig {
  readonly folder: string;
  /** Null when no platform config was named. */
  readonly platform: Parsed<PlatformConfig> | null;
  readonly preview: Parsed<PreviewConfig>;
}

/**
 * Reads `preview.yaml` of a folder and, where named, the platform config.
 *
 * @throws {ClientError} `usage` when a file cannot be read.
 */
export async function readLocalConfig(
  folder: string,
  platformFile: string | undefined,
): Promise<LocalConfig> {
  const file = join(folder, 'preview.yaml');
  return {
    folder: resolve(folder),
    platform: platformFile === undefined ? null : await readPlatformConfig(platformFile),
    preview: parsePreviewConfig(await read(file), file),
  };
}

/**
 * Reads a platform config alone.
 *
 * @throws {ClientError} `usage` when the file cannot be read.
 */
export async function readPlatformConfig(file: string): Promise<Parsed<PlatformConfig>> {
  return parsePlatformConfig(await read(file), file);
}

/** Every problem of both files. */
export function problemsOf({ platform, preview }: LocalConfig): Problem[] {
  return [platform, preview].flatMap((parsed) => (parsed === null || parsed.ok ? [] : parsed.problems));
}

export function warningsOf({ platform, preview }: LocalConfig): string[] {
  return [platform, preview].flatMap((parsed) => (parsed?.ok ? parsed.warnings : []));
}

/** How a command ends that found problems: all of them, and nothing else. */
export function refused(problems: readonly Problem[], warnings: readonly string[]): CommandResult {
  const lines = problems.map(({ where, message }) => `${where === null ? '' : `${where}: `}${message}`);
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return {
    code: 'refused',
    json: { ok: false, problems, warnings },
    text: [...lines, ...warnings.map((text) => `warning: ${text}`), '', count].join('\n'),
  };
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is none' : String(error);
    throw usage(`cannot read ${file}: ${reason}`);
  }
}
