import { good, bad, unknown, warning } from '../../../domain/diagnosis.ts';
import type { Finding } from '../../../domain/diagnosis.ts';
import type { PlatformConfig } from '../../../domain/config.ts';
import { readPlatformConfig } from '../local-config.ts';

/** The platform config, and what is wrong with it. @throws {ClientError} `usage` when the file cannot be read. */
export async function examineSettings(
  file: string | undefined,
): Promise<{ readonly platform: PlatformConfig | null; readonly findings: readonly Finding[] }> {
  if (file === undefined)
    return {
      platform: null,
      findings: [unknown('no platform config is named: --platform <file>, or PREVIEW_PLATFORM_CONFIG')],
    };
  const parsed = await readPlatformConfig(file);
  if (!parsed.ok) {
    const findings = parsed.problems.map(({ where, message }) => bad(where ?? file, message));
    return { platform: null, findings };
  }
  const { name, repositories } = parsed.value;
  const warnings = parsed.warnings.map((text) => warning('the platform config is odd', text));
  return {
    platform: parsed.value,
    findings: [
      good(`the platform config of ${name} is valid; it serves ${repositories.join(', ')}`),
      ...warnings,
    ],
  };
}
