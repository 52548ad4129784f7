import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from './canonical-json.ts';
import type { PlatformConfig } from './config.ts';
import type { PlanInputs } from './plan.ts';

/** All that a plan follows from. The place is not among it: a plan stays the same wherever it is granted. */
export interface PlanSources {
  readonly inputs: Omit<PlanInputs, 'place'>;
  readonly platform: PlatformConfig;
  /** Release, chart identity and values by service, templated with a stand-in for the place. */
  readonly services: Readonly<
    Record<
      string,
      { readonly release: string; readonly chart: string; readonly values: Readonly<Record<string, unknown>> }
    >
  >;
}

/** SHA-256, in hexadecimal, over the plan's inputs as canonical JSON. */
export function planHash({ inputs, platform, services }: PlanSources): string {
  const { place: _, ...rest } = { place: null, ...inputs };
  const text = canonicalJson({ version: 1, inputs: rest, platform, services });
  return bytesToHex(sha256(utf8ToBytes(text)));
}
