import { describe, expect, it } from 'vitest';
import { deadlineOf } from '../../domain/deadline.ts';
import { extendPreview } from '../../domain/extend-preview.ts';
import { plainReport } from '../../domain/failures.ts';
import type { PreviewEvent } from '../../domain/preview-events.ts';
import { apply } from '../../domain/preview-events.ts';
import { phaseOf, statusOf } from '../../domain/preview-status.ts';
import { after, command, gaveBack, kindOf, now, push, read, ready, told } from './preview-story.ts';
import { receipt, sha } from './support.ts';

const hour = 3_600_000;
const closedByPerson: PreviewEvent[] = [
  { kind: 'close-asked', command: true },
  ...read(),
  { kind: 'cleanup-started' },
  { kind: 'cleanup-ended', receipt },
  ...gaveBack,
  ...told,
];
const gone = after(closedByPerson, ready);

describe('an extension', () => {
  it('of what is being taken away, or is gone, is refused', () => {
    const taken = after([{ kind: 'expired' }, { kind: 'cleanup-started' }], ready);
    expect(extendPreview(ready, hour, now)).toMatchObject({ ok: true });
    expect(extendPreview(after([{ kind: 'expired' }], ready), hour, now)).toMatchObject({ ok: false });
    expect(extendPreview(taken, hour, now)).toMatchObject({ ok: false });
    expect(extendPreview(gone, hour, now)).toMatchObject({ ok: false });
    expect(deadlineOf(taken.lifetime)).toBeNull();
  });
});

describe('an approval of a commit that is not the head', () => {
  const stale: PreviewEvent = { kind: 'approved', sha: sha(9), by: 'alice' };

  it('brings nothing back', () => {
    expect(phaseOf(after([stale, ...read()], gone))).toBe('gone');
  });

  it('leaves the approval of the head as it was', () => {
    const approved = after([{ kind: 'approved', sha: sha(1), by: 'bob' }, ...read()], ready);
    expect(approved.approved).toMatchObject({ sha: sha(1), by: 'bob' });
    expect(after([stale, ...read()], approved).approved).toMatchObject({ sha: sha(1), by: 'bob' });
  });
});

describe('an approval that comes while the commit is checked', () => {
  it('makes the check look again, where it had found that one was needed', () => {
    const attempt = { headSeq: 1, retry: 0 };
    const state = after([
      push,
      ...read(),
      { kind: 'check-started', attempt },
      { kind: 'approved', sha: sha(1), by: 'alice' },
      ...read(),
      { kind: 'check-ended', attempt, outcome: { outcome: 'approval-needed', reason: 'an outsider' } },
    ]);
    expect(kindOf(state)).toBe('check');
  });
});

describe('a cancellation', () => {
  it('of a push that is still being looked up stops it as soon as it is known', () => {
    const looked = after([push, { kind: 'reading-started' }, { kind: 'cancel-asked', by: 'alice' }]);
    const [, answer] = read();
    const state = after(answer ? [answer] : [], looked);
    expect(state).toMatchObject({ wanted: null, ending: 'cancelled', cancels: null });
  });

  it('does not outlive a push that comes after it', () => {
    const state = after([push, { kind: 'cancel-asked', by: null }, command, ...read()]);
    expect(kindOf(state)).toBe('check');
  });
});

describe('a reset', () => {
  it('whose commit may not be deployed is not made up for by a later push, and says so', () => {
    const attempt = { headSeq: 1, retry: 1 };
    const failure = plainReport('InvalidPreviewConfig', 'preview.yaml is wrong');
    const asked = after([{ kind: 'reset-asked' }, ...read()], ready);
    expect(asked).toMatchObject({ reset: true, wanted: attempt });
    const refused = after(
      [
        { kind: 'check-started', attempt },
        { kind: 'check-ended', attempt, outcome: { outcome: 'refused', failure, exists: true } },
      ],
      asked,
    );
    expect(refused.reset).toBe(false);
    expect(statusOf(refused).notes).toContain(
      'The database was not reset, as nothing was deployed; ask for it again.',
    );
  });
});

describe('a push that came in time', () => {
  it('holds the end off while GitHub cannot be asked, but not for ever', () => {
    const deadline = deadlineOf(ready.lifetime) ?? 0;
    const failure = plainReport('GitHubUnavailable', 'GitHub answered 503');
    const events: PreviewEvent[] = [
      { kind: 'pushed', expectSha: sha(2), command: false },
      { kind: 'reading-started' },
      { kind: 'reading-failed', failure, againAt: deadline + 60_000 },
      ...told,
    ];
    const waiting = events.reduce((state, event) => apply(state, event, deadline - 1_000), ready);
    expect(kindOf(waiting, deadline + 1_000)).toBe('wait');
    expect(kindOf(waiting, deadline + hour)).toBe('read');
    const asking = after(
      [{ kind: 'reading-started' }, { kind: 'reading-failed', failure, againAt: deadline + 2 * hour }],
      waiting,
    );
    expect(kindOf(asking, deadline + hour)).toBe('expire');
  });
});

describe('a lease of another preview', () => {
  it('that is told to this one is no concern of its own', () => {
    const id = 'preview:example:other:8#5';
    const state = after([{ kind: 'lease-heard', message: { id, state: 'granted', place: null } }], ready);
    expect(state.place.strays).toEqual([]);
  });
});
