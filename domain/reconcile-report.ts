import type { Findings, Orphan, ReapAction, UnknownPreview } from './reconcile.ts';
import type { Misfit, Stuck } from './reconcile-open.ts';
import type { Listed, ReapWorld } from './reconcile-world.ts';

/** The systems that the reaper asks. */
export const reapSystems = ['temporal', 'github', 'cluster', 'postgres', 'capacity'] as const;
export type ReapSystem = (typeof reapSystems)[number];

/** What one system listed. */
export interface SystemReport {
  readonly system: ReapSystem;
  /** What was listed: `open previews`, `open pull requests of o/r`. */
  readonly what: string;
  /** Null: the system did not say, and nothing that only it knows was touched. */
  readonly count: number | null;
  /** Why it did not say. */
  readonly problem: string | null;
}

/** What became of a message: `planned` in a dry run; `moot` when the preview ended in between. */
export type TellOutcome =
  | { readonly state: 'planned' | 'sent' | 'moot' }
  | { readonly state: 'failed'; readonly problem: string };

/** Webhook events that did not arrive, and what became of sending them again. */
export type DeliveryReport =
  /** In a dry run, or beyond what one run sends, fewer are sent again than are due. */
  { readonly due: number; readonly redelivered: number } | { readonly problem: string };

/** Result of one run, as plain data. */
export interface ReapReport {
  readonly v: 1;
  readonly platform: string;
  readonly dryRun: boolean;
  /** Epoch milliseconds at which was decided. */
  readonly at: number;
  readonly systems: readonly SystemReport[];
  readonly actions: readonly { readonly action: ReapAction; readonly outcome: TellOutcome }[];
  readonly leftOver: number;
  readonly young: number;
  readonly orphans: readonly Orphan[];
  readonly misfits: readonly Misfit[];
  readonly unknown: readonly UnknownPreview[];
  readonly stuck: readonly Stuck[];
  /** Null: the worker logs in by a token, and only a GitHub App hears of its deliveries. */
  readonly deliveries: DeliveryReport | null;
}

/** The report of a run. @param outcomes of `findings.actions`, in their order. */
export function reapReport(
  world: ReapWorld,
  run: {
    readonly findings: Findings;
    readonly outcomes: readonly TellOutcome[];
    readonly deliveries: DeliveryReport | null;
    readonly dryRun: boolean;
    readonly at: number;
  },
): ReapReport {
  const { findings, outcomes, deliveries, dryRun, at } = run;
  const { actions, leftOver, young, orphans, misfits, unknown, stuck } = findings;
  return {
    v: 1,
    platform: world.scope.platform,
    dryRun,
    at,
    systems: systemReports(world),
    actions: actions.map((action, index) => ({ action, outcome: outcomes[index] ?? { state: 'planned' } })),
    leftOver,
    young,
    orphans,
    misfits,
    unknown,
    stuck,
    deliveries,
  };
}

/** What the systems listed, for the report. */
function systemReports(world: ReapWorld): SystemReport[] {
  const { scope } = world;
  return [
    systemReport('temporal', 'open previews', world.previews),
    ...world.pullRequests.map(({ repository, list }) =>
      systemReport('github', `open pull requests of ${repository}`, list),
    ),
    systemReport('cluster', 'namespaces', world.namespaces),
    ...(scope.databases ? [systemReport('postgres', 'databases and roles', world.databases)] : []),
    systemReport('capacity', 'places', world.leases),
  ];
}

function systemReport(system: ReapSystem, what: string, list: Listed<unknown>): SystemReport {
  return list.ok
    ? { system, what, count: list.items.length, problem: null }
    : { system, what, count: null, problem: list.why };
}
