import { timeOf } from '../events.ts';
import type { Workload } from './workloads.ts';
import type { World } from './world.ts';

/** What was there before a deploy: its pods may be broken, and say nothing of the new ones. Plain data. */
export interface Baseline {
  /** Revision by the workload's uid; null where it was not known. */
  readonly revisions: Readonly<Record<string, string | null>>;
  /** Time of the newest Warning event, in epoch milliseconds by the cluster's clock. */
  readonly eventsUpTo: number;
}

export function takeBaseline(of: readonly Workload[], world: World): Baseline {
  return {
    revisions: Object.fromEntries(of.map(({ uid, revision }) => [uid, revision])),
    eventsUpTo: Math.max(0, ...[...world.events.values()].map(timeOf)),
  };
}

/** Whether a workload was made or rolled since. */
export function isNew({ uid, revision }: Workload, { revisions }: Baseline): boolean {
  return !Object.hasOwn(revisions, uid) || (revision !== null && revision !== revisions[uid]);
}
