import { metricMeter } from '@temporalio/workflow';
import { actionKinds } from '../domain/reconcile.ts';
import { stuckKinds } from '../domain/reconcile-open.ts';
import type { ReapReport } from '../domain/reconcile-report.ts';
import { reapSystems } from '../domain/reconcile-report.ts';
import { misfitKinds, orphanKinds } from '../domain/reconcile-world.ts';

/**
 * Records what a run found. Each kind is set in each run, to 0 too, so that an alert ends by itself; messages are
 * counted over all runs.
 */
export function measureReap(report: ReapReport): void {
  const { platform, at, orphans, misfits, stuck, unknown, systems, actions, leftOver } = report;
  const set = (name: string, description: string, value: number, tags: Tags = {}): void =>
    metricMeter.createGauge(name, 'int', undefined, description).set(value, { platform, ...tags });
  for (const kind of orphanKinds)
    set('pr_preview_reap_orphans', 'Things without a preview', countOf(orphans, kind), { kind });
  for (const kind of misfitKinds)
    set('pr_preview_reap_misfits', 'Previews that disagree with the world', countOf(misfits, kind), { kind });
  for (const kind of stuckKinds)
    set('pr_preview_reap_stuck', 'Previews that a person should look at', countOf(stuck, kind), { kind });
  for (const system of reapSystems) {
    const away = systems.some((one) => one.system === system && one.count === null);
    set('pr_preview_reap_system_away', '1: it did not list what it has', away ? 1 : 0, { system });
  }
  set('pr_preview_reap_unknown', 'Previews that Temporal did not describe', unknown.length);
  set('pr_preview_reap_left_over', 'Messages left for the next run', leftOver);
  set('pr_preview_reap_decided_seconds', 'When the last run decided, Unix time', Math.floor(at / 1000));
  const messages = metricMeter.createCounter('pr_preview_reap_messages', undefined, 'Messages of the reaper');
  for (const kind of actionKinds)
    for (const state of ['planned', 'sent', 'moot', 'failed'] as const) {
      const some = actions.filter(({ action, outcome }) => action.kind === kind && outcome.state === state);
      if (some.length > 0) messages.add(some.length, { platform, kind, outcome: state });
    }
}

type Tags = Readonly<Record<string, string>>;

function countOf(things: readonly { readonly kind: string }[], kind: string): number {
  return things.filter((thing) => thing.kind === kind).length;
}
