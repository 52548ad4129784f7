import type { Finding } from '../../../domain/diagnosis.ts';
import { unknown } from '../../../domain/diagnosis.ts';
import type { PlatformConfig } from '../../../domain/config.ts';

/** What is examined: a platform, as far as this environment leads to its systems. */
export interface Patient {
  /** Null: it was not named, or cannot be read. */
  readonly platform: PlatformConfig | null;
  readonly env: NodeJS.ProcessEnv;
}

/** Looks at one area; what cannot be asked is thrown. */
export type Examine = (patient: Patient, signal: AbortSignal) => Promise<readonly Finding[]>;

/** For areas that a platform config is needed for. */
export function withPlatform(
  examine: (
    patient: Patient & { readonly platform: PlatformConfig },
    signal: AbortSignal,
  ) => Promise<readonly Finding[]>,
): Examine {
  return async ({ platform, env }, signal) =>
    platform === null
      ? [unknown('not looked at without a platform config')]
      : await examine({ platform, env }, signal);
}
