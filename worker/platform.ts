import { readFile } from 'node:fs/promises';
import { parsePlatformConfig } from '../config/platform.ts';
import type { PlatformConfig } from '../domain/config.ts';
import { Refusal } from './refusal.ts';
import type { WorkerSettings } from './config.ts';

/**
 * Reads the platform config that is mounted.
 *
 * @throws {Refusal} with every problem of the file, or when a setting is missing that it makes necessary.
 */
export async function loadPlatform(
  settings: WorkerSettings,
): Promise<{ platform: PlatformConfig; warnings: readonly string[] }> {
  const file = settings.platformFile;
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Refusal('settings', [`the platform config ${file} cannot be read`], { cause });
  });
  const parsed = parsePlatformConfig(text, file);
  if (!parsed.ok) {
    throw new Refusal(
      'settings',
      parsed.problems.map(({ where, message }) => `${where ?? file}: ${message}`),
    );
  }
  if (parsed.value.database !== null && settings.databaseAdminUrl === null) {
    throw new Refusal('settings', ['DATABASE_ADMIN_URL is not set, and the platform config gives databases']);
  }
  return { platform: parsed.value, warnings: parsed.warnings };
}
