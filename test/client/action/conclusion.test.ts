import { describe, expect, it } from 'vitest';
import { conclude } from '../../../client/action/conclusion.ts';
import type { FollowEnd, Goal } from '../../../client/follow.ts';
import type { Phase } from '../../../domain/status.ts';
import { previewStatus, sha } from '../../domain/support.ts';

function elsewhere(phase: Phase, unread: string | null = null): FollowEnd {
  return { kind: 'elsewhere', status: previewStatus({ phase, unread }), reason: 'why' };
}

describe('a run ends', () => {
  it.each<{ at: Phase; wanted: Goal; commanded: boolean; kind: 'bad' | 'different' }>([
    { at: 'failed', wanted: 'served', commanded: false, kind: 'bad' },
    { at: 'failed', wanted: 'served', commanded: true, kind: 'bad' },
    { at: 'update-failed', wanted: 'served', commanded: false, kind: 'bad' },
    { at: 'update-failed', wanted: 'served', commanded: true, kind: 'bad' },
    { at: 'awaiting-approval', wanted: 'served', commanded: false, kind: 'different' },
    { at: 'awaiting-approval', wanted: 'served', commanded: true, kind: 'different' },
    { at: 'gone', wanted: 'served', commanded: false, kind: 'different' },
    { at: 'gone', wanted: 'served', commanded: true, kind: 'bad' },
    { at: 'ready', wanted: 'gone', commanded: false, kind: 'different' },
    { at: 'ready', wanted: 'gone', commanded: true, kind: 'bad' },
    { at: 'failed', wanted: 'gone', commanded: false, kind: 'different' },
  ])('at $at, where it should be $wanted (commanded: $commanded), as $kind', (row) => {
    const waited = { goal: row.wanted, commit: sha(1), commanded: row.commanded };
    const message = 'example/videocall#7: why';
    expect(conclude(elsewhere(row.at), waited)).toMatchObject({ kind: row.kind, message });
  });

  it('badly where the worker may not read the repository', () => {
    const waited = { goal: 'served', commit: null, commanded: false } as const;
    expect(conclude(elsewhere('gone', 'GitHub does not show it'), waited).kind).toBe('bad');
  });

  it('well where it serves, and says where and until when', () => {
    const services = [{ name: 'ui', url: 'https://pr-7.preview.example' }];
    const status = previewStatus({ services, deadline: Date.UTC(2026, 10, 29, 12) });
    expect(
      conclude({ kind: 'reached', status }, { goal: 'served', commit: sha(1), commanded: false }),
    ).toEqual({
      kind: 'good',
      message: `example/videocall#7 serves ${sha(1)} at https://pr-7.preview.example, until 2026-11-29T12:00:00.000Z`,
    });
    const gone = previewStatus({ phase: 'gone', reason: 'the pull request is closed' });
    expect(
      conclude({ kind: 'reached', status: gone }, { goal: 'gone', commit: null, commanded: false }),
    ).toEqual({
      kind: 'good',
      message: 'example/videocall#7: the pull request is closed',
    });
  });

  it('without a fault once the commit is not the head any more', () => {
    const status = previewStatus({ commit: 'b'.repeat(40) });
    const waited = { goal: 'served', commit: 'a'.repeat(40), commanded: true } as const;
    expect(conclude({ kind: 'superseded', status }, waited)).toEqual({
      kind: 'different',
      message: 'example/videocall#7: aaaaaaa is not its head any more, bbbbbbb is; that has a run of its own',
    });
  });
});
