import { describe, expect, test } from 'vitest';
import { decide, leaseBody } from '../../../activities/kubernetes/lease.ts';
import type { Lease } from '../../../activities/kubernetes/resources.ts';

const now = Date.parse('2026-11-23T12:00:00Z');
const me = { runId: 'run-b', attempt: 2 };

function held(by: string | null, secondsAgo: number, last = by ?? ''): Lease {
  return {
    metadata: { annotations: { 'pr-preview.io/last-holder': last } },
    spec: {
      ...(by === null ? {} : { holderIdentity: by }),
      renewTime: new Date(now - secondsAgo * 1000).toISOString(),
    },
  };
}

describe('What to do about a fence', () => {
  test.for<readonly [string, Lease | null, object]>([
    ['takes one that nobody made yet', null, { action: 'take', settleMs: 0 }],
    ['takes one that was given back', held(null, 1, 'run-a:1'), { action: 'take', settleMs: 0 }],
    ['takes one that ran out', held('run-a:1', 16), { action: 'take', settleMs: 0 }],
    ['takes its own again', held('run-b:2', 1), { action: 'take', settleMs: 0 }],
    [
      'takes it from a lower attempt, and lets that one notice',
      held('run-b:1', 1),
      { action: 'take', settleMs: 6_000 },
    ],
    [
      'waits no longer for a lower attempt than its fence lasts',
      held('run-b:1', 13),
      { action: 'take', settleMs: 2_000 },
    ],
    ['waits for another run', held('run-a:7', 5), { action: 'wait', ms: 10_000, by: 'run-a:7' }],
    ['gives way to a higher attempt', held('run-b:3', 1), { action: 'superseded', by: 'run-b:3' }],
    [
      'gives way to a higher attempt that ran out',
      held('run-b:3', 60),
      { action: 'superseded', by: 'run-b:3' },
    ],
    [
      'gives way to a higher attempt that is done',
      held(null, 60, 'run-b:3'),
      { action: 'superseded', by: 'run-b:3' },
    ],
    ['takes one without a time', { spec: { holderIdentity: 'run-a:1' } }, { action: 'take', settleMs: 0 }],
  ])('%s', ([, lease, decision]) => {
    expect(decide(lease, me, now)).toEqual(decision);
  });

  test('a renewal keeps since when it is held, a take-over counts', () => {
    const wanted = { namespace: 'preview-1', name: 'ui', holder: me };
    const taken = leaseBody(wanted, held('run-b:1', 3));
    expect(taken.spec).toMatchObject({
      holderIdentity: 'run-b:2',
      leaseTransitions: 1,
      leaseDurationSeconds: 15,
    });
    const renewed = leaseBody(wanted, taken);
    expect(renewed.spec).toMatchObject({ acquireTime: taken.spec?.acquireTime, leaseTransitions: 1 });
  });
});
