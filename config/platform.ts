import type { PlatformConfig } from '../domain/config.ts';
import { readConfig } from './read-config.ts';
import { fillPlatform, platformFaults, platformWarnings } from './platform-rules.ts';
import { platformSchema } from './platform-schema.ts';
import type { Parsed } from './problem.ts';

/**
 * Reads the operator's file. Every problem comes at once, with line and column.
 *
 * @param file its name, as problems shall call it.
 */
export function parsePlatformConfig(text: string, file: string): Parsed<PlatformConfig> {
  const read = readConfig(text, {
    file,
    type: 'InvalidPlatformConfig',
    schema: platformSchema,
    rules: platformFaults,
  });
  if (!read.ok) return read;
  const value = fillPlatform(read.value);
  return { ok: true, value, warnings: platformWarnings(value) };
}
