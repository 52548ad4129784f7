import { actionKinds } from './reconcile.ts';
import { stuckKinds } from './reconcile-open.ts';
import type { ReapReport } from './reconcile-report.ts';
import { reapSystems } from './reconcile-report.ts';
import { misfitKinds, orphanKinds } from './reconcile-world.ts';

/** One number of a run; a `gauge` is set, a `counter` grows by it. */
export interface Measure {
  readonly metric: ReapMetric;
  readonly value: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** Every metric of the reaper: its kind, and what it says. */
export const reapMetrics = {
  pr_preview_reap_orphans: ['gauge', 'Things without a preview that looks after them'],
  pr_preview_reap_misfits: ['gauge', 'Ways in which open previews disagree with the world'],
  pr_preview_reap_stuck: ['gauge', 'Previews that a person should look at'],
  pr_preview_reap_unknown: ['gauge', 'Previews that Temporal did not describe'],
  pr_preview_reap_system_away: ['gauge', '1: the system did not list what it has'],
  pr_preview_reap_left_over: ['gauge', 'Messages that are left for the next run'],
  pr_preview_reap_decided_seconds: ['gauge', 'When the last run decided, in Unix time'],
  pr_preview_reap_messages: ['counter', 'Messages to previews and pools'],
} as const satisfies Record<string, readonly [kind: 'gauge' | 'counter', description: string]>;

export type ReapMetric = keyof typeof reapMetrics;

/** The numbers of a run. Gauges have every kind each time, 0 too, so that an alert ends by itself. */
export function reapMeasures(report: ReapReport): Measure[] {
  const { platform, at, orphans, misfits, stuck, unknown, systems, actions, leftOver } = report;
  const of = (metric: ReapMetric, value: number, tags: Measure['tags'] = {}): Measure => ({
    metric,
    value,
    tags: { platform, ...tags },
  });
  const away = (system: string): boolean =>
    systems.some((one) => one.system === system && one.count === null);
  const messages = actionKinds.flatMap((kind) =>
    (['planned', 'sent', 'moot', 'failed'] as const).map((outcome) => {
      const some = actions.filter((one) => one.action.kind === kind && one.outcome.state === outcome);
      return of('pr_preview_reap_messages', some.length, { kind, outcome });
    }),
  );
  return [
    ...orphanKinds.map((kind) => of('pr_preview_reap_orphans', countOf(orphans, kind), { kind })),
    ...misfitKinds.map((kind) => of('pr_preview_reap_misfits', countOf(misfits, kind), { kind })),
    ...stuckKinds.map((kind) => of('pr_preview_reap_stuck', countOf(stuck, kind), { kind })),
    ...reapSystems.map((system) => of('pr_preview_reap_system_away', away(system) ? 1 : 0, { system })),
    of('pr_preview_reap_unknown', unknown.length),
    of('pr_preview_reap_left_over', leftOver),
    of('pr_preview_reap_decided_seconds', Math.floor(at / 1000)),
    ...messages.filter(({ value }) => value > 0),
  ];
}

function countOf(things: readonly { readonly kind: string }[], kind: string): number {
  return things.filter((thing) => thing.kind === kind).length;
}
