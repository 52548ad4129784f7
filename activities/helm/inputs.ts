import { createHash } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical-json.ts';
import type { ReleaseRecord } from './release-record.ts';

/** What a release is made from; equal inputs make an equal release. */
export interface ReleaseInputs {
  /** `identity` of the chart's location. */
  readonly chart: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * The line written beside a revision as Helm's description. A label would not do: Helm hands labels on to the
 * revisions others make, while a description belongs to one revision and is replaced when it fails.
 */
export function describeInputs({ chart, values }: ReleaseInputs): string {
  const hash = createHash('sha256')
    .update(canonicalJson([chart, values]))
    .digest('hex');
  return `pr-preview inputs sha256:${hash}`;
}

/** What has to happen next so that a release is what is wanted. */
export type NextStep = 'done' | 'upgrade' | 'unlock' | 'uninstall';

/** @param wanted description of the inputs that are to be deployed. */
export function nextStep(latest: ReleaseRecord | null, wanted: string): NextStep {
  switch (latest?.status) {
    case 'deployed':
      return latest.description === wanted ? 'done' : 'upgrade';
    case 'pending-install':
    case 'pending-upgrade':
    case 'pending-rollback':
      return 'unlock';
    case 'uninstalling':
      return 'uninstall';
    case 'failed':
    case 'superseded':
    case 'uninstalled':
    case 'unknown':
    case undefined:
      return 'upgrade';
  }
}
