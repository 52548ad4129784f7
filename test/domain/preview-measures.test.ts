import { describe, expect, it } from 'vitest';
import type { Happened } from '../../domain/preview-measures.ts';
import { begunAfter, measuresOf, nothingBegun, previewMetrics } from '../../domain/preview-measures.ts';
import type { PreviewEvent } from '../../domain/preview-events.ts';
import type { PreviewState } from '../../domain/preview.ts';
import { initialState } from '../../domain/preview.ts';

const now = 100_000;
const fresh = initialState({ owner: 'example', repository: 'shop', number: 7 }, 0);
const attempt = { headSeq: 1, tries: 1 } as unknown as Extract<
  PreviewEvent,
  { kind: 'check-started' }
>['attempt'];
const failure = { type: 'ServiceFailed' } as unknown as Extract<
  Extract<PreviewEvent, { kind: 'deploy-ended' }>['outcome'],
  { outcome: 'failed' }
>['failure'];

function happened(event: PreviewEvent, changes: Partial<Happened> = {}): Happened {
  const begun = { check: 90_000, deploy: 40_000, cleanup: 97_500 };
  return { event, before: fresh, after: fresh, begun, now, ...changes };
}

const granted = (place: PreviewState['place']): PreviewState => ({ ...fresh, place });
const told = (event: PreviewEvent, changes: Partial<Happened> = {}): unknown[] =>
  measuresOf(happened(event, changes)).map(({ metric, value, tags }) => [metric, value, tags]);

describe('the numbers of an event', () => {
  it('are how long a check took, and why it was refused', () => {
    const refused = {
      outcome: 'refused',
      failure: { ...failure, type: 'PlanRefused' },
      exists: null,
    } as const;
    expect(told({ kind: 'check-ended', attempt, outcome: refused })).toEqual([
      ['pr_preview_check_seconds', 10, { outcome: 'refused' }],
      ['pr_preview_failures_total', 1, { step: 'check', type: 'PlanRefused' }],
    ]);
  });

  it('tell first deploys, updates and putting back apart', () => {
    const failed = { outcome: 'failed', failure, touched: [], restored: null, notes: [] } as const;
    const verified = { outcome: 'verified', verifiedAt: now, notes: [] } as const;
    const live = {} as unknown as PreviewState['live'];
    expect(told({ kind: 'deploy-ended', attempt, outcome: failed })).toEqual([
      ['pr_preview_deploy_seconds', 60, { kind: 'first', outcome: 'failed' }],
      ['pr_preview_failures_total', 1, { step: 'deploy', type: 'ServiceFailed' }],
    ]);
    expect(
      told({ kind: 'deploy-ended', attempt, outcome: verified }, { before: { ...fresh, live } }),
    ).toEqual([['pr_preview_deploy_seconds', 60, { kind: 'update', outcome: 'verified' }]]);
    expect(told({ kind: 'restore-ended', outcome: verified })).toEqual([
      ['pr_preview_deploy_seconds', 60, { kind: 'restore', outcome: 'verified' }],
    ]);
  });

  it('count each blocker of a round, and time the cleanup at its receipt', () => {
    const problem = { type: 'NamespaceStuck', where: null, message: '' } as const;
    expect(told({ kind: 'cleanup-stuck', blockers: [{ step: 'namespace', problem }] })).toEqual([
      ['pr_preview_failures_total', 1, { step: 'cleanup', type: 'NamespaceStuck' }],
    ]);
    const receipt = { items: [] } as unknown as Extract<PreviewEvent, { kind: 'cleanup-ended' }>['receipt'];
    expect(told({ kind: 'cleanup-ended', receipt })).toEqual([['pr_preview_cleanup_seconds', 2.5, {}]]);
  });

  it('time the waiting for a place once, when it is granted', () => {
    const waiting = { ...fresh.place, askedAt: 70_000 };
    const before = granted(waiting);
    const after = granted({ ...waiting, granted: { place: null, at: now } });
    const message = {} as unknown as Extract<PreviewEvent, { kind: 'lease-heard' }>['message'];
    expect(told({ kind: 'lease-heard', message }, { before, after })).toEqual([
      ['pr_preview_place_wait_seconds', 30, {}],
    ]);
    expect(told({ kind: 'lease-heard', message }, { before: after, after })).toEqual([]);
  });

  it('are none of what was begun in another run', () => {
    const outcome = { outcome: 'stopped', touched: [] } as const;
    expect(told({ kind: 'deploy-ended', attempt, outcome }, { begun: nothingBegun })).toEqual([]);
  });

  it('have labels that the table of metrics names, and no others', () => {
    const failed = { outcome: 'failed', failure, touched: [], restored: null, notes: [] } as const;
    for (const { metric, tags } of measuresOf(happened({ kind: 'deploy-ended', attempt, outcome: failed })))
      expect(Object.keys(tags)).toEqual([...previewMetrics[metric].labels]);
  });
});

it('remembers when each of the three began', () => {
  const begun = begunAfter(nothingBegun, { kind: 'check-started' }, 1);
  expect(
    begunAfter(begunAfter(begun, { kind: 'restore-started' }, 2), { kind: 'cleanup-started' }, 3),
  ).toEqual({ check: 1, deploy: 2, cleanup: 3 });
  expect(begunAfter(begun, { kind: 'stopping' }, 9)).toBe(begun);
});
