import { describe, expect, it } from 'vitest';
import { reconcile } from '../../domain/reconcile.ts';
import { readReapInput } from '../../domain/reconcile-input.ts';
import { reapMeasures, reapMetrics } from '../../domain/reconcile-measures.ts';
import type { ReapReport, TellOutcome } from '../../domain/reconcile-report.ts';
import { reapReport } from '../../domain/reconcile-report.ts';
import { describeReap } from '../../domain/reconcile-words.ts';
import type { DescribedPreview, ReapWorld } from '../../domain/reconcile-world.ts';
import {
  absent,
  away,
  database,
  emptyWorld,
  idOf,
  listed,
  namespace,
  now,
  open,
  openPullRequest,
  pullRequests,
} from './reconcile-world.ts';

function reportOf(
  world: Partial<ReapWorld>,
  described: readonly DescribedPreview[],
  {
    dryRun = false,
    outcome = { state: 'sent' },
    deliveries = null,
  }: { dryRun?: boolean; outcome?: TellOutcome; deliveries?: ReapReport['deliveries'] } = {},
): ReapReport {
  const whole = emptyWorld(world);
  const findings = reconcile(whole, described, now);
  const outcomes = findings.actions.map(() => (dryRun ? { state: 'planned' as const } : outcome));
  return reapReport(whole, { findings, outcomes, deliveries, dryRun, at: now });
}

const orphan = { namespaces: listed([namespace(7)]), databases: listed([database(7)]) };

describe('the report', () => {
  it('says in a dry run what would be sent, and why', () => {
    const text = describeReap(reportOf(orphan, [absent(7)], { dryRun: true }));
    expect(text).toBe(
      [
        'Reaper of platform pr-preview (dry run: nothing is sent): 1 message',
        '',
        '### Listed',
        '',
        '- open previews: 0',
        '- open pull requests of example/videocall: 0',
        '- namespaces: 1',
        '- databases and roles: 1',
        '- places: 0',
        '',
        '### Would be sent',
        '',
        '- example/videocall#7 is cleaned up: no preview looks after namespace preview-7 and database or role preview_7',
      ].join('\n'),
    );
  });

  it.each([
    [{ due: 3, redelivered: 2 }, false, '- 3 events, 2 sent again'],
    [{ due: 1, redelivered: 0 }, true, '- 1 event'],
    [{ problem: 'GitHub answered 502' }, false, '- **unknown**: GitHub answered 502'],
  ])('tells webhook events that did not arrive: %o', (deliveries, dryRun, line) => {
    const text = describeReap(reportOf({}, [], { deliveries, dryRun }));
    expect(text).toContain(`\n### Webhook events that did not arrive\n\n${line}`);
  });

  it.each([null, { due: 0, redelivered: 0 }])(
    'says nothing of them where there are none: %o',
    (deliveries) => {
      expect(describeReap(reportOf({}, [], { deliveries }))).not.toContain('Webhook');
    },
  );

  it('names what did not answer, what is stuck and what is unknown', () => {
    const text = describeReap(
      reportOf({ ...orphan, previews: listed([idOf(8)]), leases: away }, [
        { workflowId: idOf(7), state: 'unknown', why: 'no answer' },
        open(8, {}, { taskAttempt: 9 }),
      ]),
    );
    expect(text.split('\n')[0]).toBe(
      'Reaper of platform pr-preview: nothing to do, 1 stuck, 1 unknown, 1 list missing',
    );
    expect(text).toContain('- places: **unknown**, so nothing of that kind is touched: it does not answer');
    expect(text).toContain(`- \`${idOf(8)}\`: its workflow task fails, 9 times so far`);
    expect(text).toContain(`- \`${idOf(7)}\`: no answer`);
  });

  it('names a message that was not delivered', () => {
    const failed = { state: 'failed', problem: 'Temporal is away' } as const;
    const text = describeReap(reportOf(orphan, [absent(7)], { outcome: failed }));
    expect(text).toContain('1 message, 1 of them not delivered');
    expect(text).toContain('(**not delivered**: Temporal is away)');
  });

  it('stays short however much there is', () => {
    const numbers = Array.from({ length: 2_000 }, (_, index) => index + 1);
    const world = { namespaces: listed(numbers.map((number) => namespace(number))) };
    const text = describeReap(reportOf(world, []));
    expect(text).toContain('- and 1950 more');
    expect(text.length).toBeLessThan(20_000);
  });

  it('leaves Postgres out where the platform has no databases', () => {
    const scope = { ...emptyWorld().scope, databases: false };
    expect(reportOf({ scope }, []).systems.map(({ system }) => system)).not.toContain('postgres');
  });
});

describe('the measures', () => {
  it('have every kind, also where there is none, and only known metrics', () => {
    const measures = reapMeasures(reportOf({}, []));
    expect(measures.filter(({ metric }) => metric === 'pr_preview_reap_orphans')).toHaveLength(4);
    for (const { metric, tags } of measures) {
      expect(Object.keys(reapMetrics)).toContain(metric);
      expect(tags).toMatchObject({ platform: 'pr-preview' });
    }
  });

  it('count orphans by kind, messages by kind and outcome, and systems that are away', () => {
    const world = { ...orphan, leases: away, pullRequests: pullRequests([openPullRequest(9)]) };
    const measures = reapMeasures(reportOf(world, [absent(7), absent(9)]));
    const valueOf = (metric: string, tags: object): number | undefined =>
      measures.find(
        (one) =>
          one.metric === metric && Object.entries(tags).every(([key, value]) => one.tags[key] === value),
      )?.value;
    expect(valueOf('pr_preview_reap_orphans', { kind: 'namespace' })).toBe(1);
    expect(valueOf('pr_preview_reap_orphans', { kind: 'pull-request' })).toBe(1);
    expect(valueOf('pr_preview_reap_orphans', { kind: 'place' })).toBe(0);
    expect(valueOf('pr_preview_reap_messages', { kind: 'clean-up', outcome: 'sent' })).toBe(1);
    expect(valueOf('pr_preview_reap_system_away', { system: 'capacity' })).toBe(1);
    expect(valueOf('pr_preview_reap_system_away', { system: 'cluster' })).toBe(0);
  });
});

describe('what a run is started with', () => {
  it('is a dry run when it is nothing', () => {
    expect(readReapInput(undefined)).toEqual({ ok: true, value: { v: 1, dryRun: true } });
  });

  it.each([[{ v: 1 }], [{ v: 2, dryRun: true }], ['on'], [7], [{ undecodable: true }]])(
    'is wrong when it is %j',
    (argument) => expect(readReapInput(argument)).toMatchObject({ ok: false }),
  );
});
