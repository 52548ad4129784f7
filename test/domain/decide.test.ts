import { describe, expect, it } from 'vitest';
import { leaseId } from '../../domain/capacity-messages.ts';
import { deadlineOf } from '../../domain/deadline.ts';
import { nextStep } from '../../domain/decide.ts';
import { plainReport } from '../../domain/failures.ts';
import type { PreviewState } from '../../domain/preview.ts';
import type { PreviewEvent } from '../../domain/preview-events.ts';
import { apply } from '../../domain/preview-events.ts';
import type { LeaseMessage } from '../../domain/messages.ts';
import { phaseOf, statusOf } from '../../domain/preview-status.ts';
import {
  after,
  checked,
  closed,
  command,
  gaveBack,
  granted,
  kindOf,
  now,
  push,
  read,
  ready,
  told,
  verified,
} from './preview-story.ts';
import { previewWorkflowId } from '../../domain/workflow-ids.ts';
import { checkedPlan, pullRequest, receipt, ref, sha } from './support.ts';

describe('a first push', () => {
  it('is read on GitHub before anything else happens', () => {
    expect(kindOf(after([push]))).toBe('read');
  });

  it('is checked, given a place, deployed, looked at once more, reported and then rests until its deadline', () => {
    let state = after([push, ...read()]);
    expect(kindOf(state)).toBe('check');
    state = after(checked(1, sha(1)), state);
    expect(kindOf(state)).toBe('ask-place');
    state = after(granted(), state);
    expect(kindOf(state)).toBe('deploy');
    state = after(verified(1, sha(1)).slice(5), state);
    expect(phaseOf(state)).toBe('ready');
    expect(kindOf(state)).toBe('read');
    state = after([...read(), ...told], state);
    expect(nextStep(state, now)).toMatchObject({ kind: 'wait', until: now + 72 * 3_600_000 });
  });

  it('that finds a closed pull request with nothing there ends without a word', () => {
    const cleaned: PreviewEvent[] = [
      { kind: 'cleanup-started' },
      { kind: 'cleanup-ended', receipt: { ...receipt, found: false } },
    ];
    expect(kindOf(after([push, ...closed]))).toBe('cleanup');
    expect(kindOf(after([push, ...closed, ...cleaned]))).toBe('finish');
  });
});

describe('a newer head', () => {
  const attempt = { headSeq: 1, retry: 0 };
  const deploying = after([push, ...read(), ...checked(1, sha(1)), { kind: 'deploy-started', attempt }]);

  it('stops the deploy of the older one, waits for its end, and only then is checked', () => {
    let state = after([push, ...read(sha(2))], deploying);
    expect(kindOf(state)).toBe('stop');
    state = after([{ kind: 'stopping' }, ...told], state);
    expect(kindOf(state)).toBe('wait');
    state = after(
      [{ kind: 'deploy-ended', attempt, outcome: { outcome: 'stopped', touched: ['ui'] } }],
      state,
    );
    expect(kindOf(state)).toBe('check');
    expect(state.wanted).toEqual({ headSeq: 2, retry: 0 });
  });

  it('may be an old commit that was pushed back by force', () => {
    const state = after([push, ...read(sha(2)), ...verified(2, sha(2)), push, ...read(sha(1))], ready);
    expect(state.wanted).toEqual({ headSeq: 3, retry: 0 });
    expect(kindOf(state)).toBe('check');
  });

  it('is not seen in a push that was late or sent twice', () => {
    const state = after([push, ...read(), ...told], ready);
    expect(kindOf(state)).toBe('wait');
    expect(statusOf(state)).toMatchObject({ phase: 'ready', liveCommit: sha(1) });
  });
});

describe('a failure', () => {
  const attempt = { headSeq: 1, retry: 0 };
  const failure = plainReport('ServiceFailed', 'ui crashed');
  const failedFirst = after([
    push,
    ...read(),
    ...checked(1, sha(1)),
    ...granted(),
    { kind: 'deploy-started', attempt },
    {
      kind: 'deploy-ended',
      attempt,
      outcome: { outcome: 'failed', failure, touched: ['ui'], restored: null, notes: [] },
    },
  ]);

  it('of a first deploy is taken away, and its reason stays', () => {
    expect(kindOf(failedFirst)).toBe('cleanup');
    const state = after(
      [{ kind: 'cleanup-started' }, { kind: 'cleanup-ended', receipt }, ...gaveBack],
      failedFirst,
    );
    expect(statusOf(state)).toMatchObject({ phase: 'failed', failure });
    expect(kindOf(state)).toBe('report');
  });

  it('to read GitHub is noted beside what the deploy left to say, until it is read again', () => {
    const outcome = { outcome: 'verified', verifiedAt: now, notes: ['nats was away for 3 s'] } as const;
    const said = after([push, ...read(), ...checked(1, sha(1)), { kind: 'deploy-started', attempt }]);
    const noted = after([{ kind: 'deploy-ended', attempt, outcome }, { kind: 'reading-started' }], said);
    const unread = after([{ kind: 'reading-failed', failure, againAt: now }], noted);
    expect(statusOf(unread).notes).toEqual(['nats was away for 3 s', 'GitHub could not be read: ui crashed']);
    expect(statusOf(after(read(), unread)).notes).toEqual(['nats was away for 3 s']);
    expect(statusOf(after([push, ...read(sha(2))], unread)).notes).toEqual([]);
    // what could not be read before says nothing of what was asked since
    expect(statusOf(unread).unread).toBe('GitHub could not be read: ui crashed');
    expect(statusOf(after([push], unread)).unread).toBeNull();
  });

  it('of a check in a new life takes nothing away: an earlier life may still be served', () => {
    const state = after([
      push,
      ...read(),
      { kind: 'check-started', attempt },
      { kind: 'check-ended', attempt, outcome: { outcome: 'refused', failure, exists: null } },
      ...told,
    ]);
    expect(kindOf(state)).toBe('wait');
    expect(phaseOf(state)).toBe('failed');
  });

  it('of a check in a new life gives no place back that an earlier life may still fill', () => {
    const second = { headSeq: 2, retry: 0 };
    const need = { ready: true, draft: false };
    const outcome = { outcome: 'ready', plan: checkedPlan(sha(1)), warnings: [], exists: true } as const;
    const asked = after([
      push,
      ...read(),
      { kind: 'check-started', attempt },
      { kind: 'check-ended', attempt, outcome },
      { kind: 'place-asked', need },
      { kind: 'place-told' },
      ...told,
    ]);
    const refused = after(
      [
        push,
        ...read(sha(2)),
        { kind: 'check-started', attempt: second },
        { kind: 'check-ended', attempt: second, outcome: { outcome: 'refused', failure, exists: true } },
        ...told,
      ],
      asked,
    );
    expect(nextStep(refused, now)).toMatchObject({ kind: 'wait', what: 'until the pool is asked again' });
    expect(kindOf(refused, now + 60_000)).toBe('ask-place');
    const id = leaseId(previewWorkflowId(ref), now);
    const hears = (message: LeaseMessage): PreviewState =>
      after([{ kind: 'lease-heard', message }, ...told], refused);
    expect(kindOf(hears({ id, state: 'granted', place: null }))).toBe('wait');
    expect(kindOf(hears({ id, state: 'queued', position: 1, estimateMs: null }))).toBe('give-back');
  });

  it('and a command while its place is being given back: nothing is made on a place that goes', () => {
    const failed = after(
      [
        {
          kind: 'deploy-ended',
          attempt,
          outcome: { outcome: 'failed', failure, touched: [], restored: true, notes: [] },
        },
        ...told,
        { kind: 'cleanup-started' },
        { kind: 'cleanup-ended', receipt },
        ...told,
      ],
      after([push, ...read(), ...checked(1, sha(1)), ...granted(), { kind: 'deploy-started', attempt }]),
    );
    expect(kindOf(failed)).toBe('give-back');
    const [giving, gave] = gaveBack as [PreviewEvent, PreviewEvent];
    const again = after([giving, command, ...read(), ...checked(1, sha(1), 1), ...told], failed);
    expect(kindOf(again)).toBe('wait');
    expect(kindOf(after([gave, ...told], again))).toBe('ask-place');
  });

  it('of an update leaves the commit before served', () => {
    const second = { headSeq: 2, retry: 0 };
    const state = after(
      [
        push,
        ...read(sha(2)),
        ...checked(2, sha(2)),
        { kind: 'deploy-started', attempt: second },
        {
          kind: 'deploy-ended',
          attempt: second,
          outcome: { outcome: 'failed', failure, touched: ['ui'], restored: true, notes: [] },
        },
        ...told,
      ],
      ready,
    );
    expect(statusOf(state)).toMatchObject({ phase: 'update-failed', liveCommit: sha(1), commit: sha(2) });
    expect(kindOf(state)).toBe('wait');
  });

  it('is not tried again by an event of the same commit, but by a command', () => {
    const gone = after(
      [{ kind: 'cleanup-started' }, { kind: 'cleanup-ended', receipt }, ...gaveBack, ...told],
      failedFirst,
    );
    expect(kindOf(after([push, ...read()], gone))).toBe('wait');
    const retried = after([command, ...read()], gone);
    expect(retried.wanted).toEqual({ headSeq: 1, retry: 1 });
    expect(kindOf(retried)).toBe('check');
  });
});

describe('a close', () => {
  it('on GitHub takes everything away, tells it, and finishes', () => {
    let state = after([{ kind: 'close-asked', command: true }, ...closed], ready);
    expect(kindOf(state)).toBe('cleanup');
    state = after([{ kind: 'cleanup-started' }, { kind: 'cleanup-ended', receipt }], state);
    expect(kindOf(state)).toBe('give-back');
    state = after(gaveBack, state);
    expect(kindOf(state)).toBe('report');
    expect(kindOf(after(told, state))).toBe('finish');
  });

  it('by a person leaves a resting preview that only a new head or a command brings back', () => {
    const gone = after(
      [
        { kind: 'close-asked', command: true },
        ...read(),
        { kind: 'cleanup-started' },
        { kind: 'cleanup-ended', receipt },
        ...gaveBack,
        ...told,
      ],
      ready,
    );
    expect(phaseOf(gone)).toBe('gone');
    expect(nextStep(gone, now)).toMatchObject({ kind: 'wait', until: null });
    expect(kindOf(after([push, ...read()], gone))).toBe('wait');
    expect(kindOf(after([push, ...read(sha(2))], gone))).toBe('check');
    expect(kindOf(after([command, ...read()], gone))).toBe('check');
  });

  it('that a push follows on its way is not undone by it, but by a command', () => {
    const both = after([{ kind: 'close-asked', command: true }, push, ...read()], ready);
    expect(kindOf(both)).toBe('cleanup');
    expect(after([{ kind: 'close-asked', command: true }, command, ...read()], ready).wanted).not.toBeNull();
  });

  it('undone during cleanup is served afterwards', () => {
    let state = after(
      [{ kind: 'close-asked', command: true }, ...closed, { kind: 'cleanup-started' }, push, ...read()],
      ready,
    );
    expect(kindOf(after(told, state))).toBe('wait');
    state = after([{ kind: 'cleanup-ended', receipt }], state);
    expect(kindOf(state)).toBe('check');
  });
});

describe('time', () => {
  it('that is past is waited for by nobody', () => {
    const silent = after([
      push,
      ...read(),
      { kind: 'report-started' },
      { kind: 'report-failed', againAt: now + 60_000 },
      { kind: 'close-asked', command: true },
      ...read(),
      { kind: 'cleanup-started' },
      { kind: 'cleanup-ended', receipt: { ...receipt, found: false } },
    ]);
    expect(nextStep(silent, now + 60_000)).toMatchObject({ kind: 'wait', until: null });
  });

  it('ends a preview at its deadline, which a push has moved', () => {
    const deadline = deadlineOf(ready.lifetime) ?? 0;
    expect(kindOf(ready, deadline - 1)).toBe('wait');
    expect(kindOf(ready, deadline)).toBe('expire');
    const later = (events: readonly PreviewEvent[]): PreviewState =>
      events.reduce((state, event) => apply(state, event, now + 5_000), ready);
    expect(deadlineOf(later([push, ...read(sha(2))]).lifetime)).toBe(deadline + 5_000);
    expect(deadlineOf(later([command, ...read()]).lifetime)).toBe(deadline + 5_000);
    // one that comes again is no push
    expect(deadlineOf(later([push, ...read()]).lifetime)).toBe(deadline);
    expect(kindOf(after([{ kind: 'expired' }], ready))).toBe('cleanup');
  });

  it('is waited out when GitHub cannot be read, without forgetting what was asked', () => {
    const failure = plainReport('GitHubUnavailable', 'GitHub answered 503');
    const state = after([
      push,
      { kind: 'reading-started' },
      { kind: 'reading-failed', failure, againAt: now + 60_000 },
    ]);
    expect(nextStep(after(told, state), now)).toMatchObject({ kind: 'wait', until: now + 60_000 });
    expect(kindOf(state, now + 60_000)).toBe('read');
  });
});

describe('services that a stopped deploy left half changed', () => {
  const second = { headSeq: 2, retry: 0 };
  const third = { headSeq: 3, retry: 0 };
  const failure = plainReport('InvalidPreviewConfig', 'preview.yaml is wrong');
  const refusedAfterStop = after(
    [
      push,
      ...read(sha(2)),
      ...checked(2, sha(2)),
      { kind: 'deploy-started', attempt: second },
      push,
      ...read(sha(3)),
      { kind: 'stopping' },
      { kind: 'deploy-ended', attempt: second, outcome: { outcome: 'stopped', touched: ['ui'] } },
      { kind: 'check-started', attempt: third },
      { kind: 'check-ended', attempt: third, outcome: { outcome: 'refused', failure, exists: null } },
    ],
    ready,
  );

  it('are put back when the next commit may not be deployed', () => {
    expect(statusOf(refusedAfterStop)).toMatchObject({ phase: 'update-failed', disturbed: ['ui'] });
    expect(kindOf(refusedAfterStop)).toBe('restore');
    const restored = after(
      [
        { kind: 'restore-started' },
        { kind: 'restore-ended', outcome: { outcome: 'verified', verifiedAt: now, notes: [] } },
        ...told,
      ],
      refusedAfterStop,
    );
    expect(statusOf(restored)).toMatchObject({ phase: 'update-failed', liveCommit: sha(1), disturbed: [] });
    expect(kindOf(restored)).toBe('wait');
  });

  it('are told when they cannot be put back, which is tried once for each commit', () => {
    const state = after(
      [
        { kind: 'restore-started' },
        {
          kind: 'restore-ended',
          outcome: { outcome: 'failed', failure, touched: ['ui'], restored: null, notes: [] },
        },
        ...told,
      ],
      refusedAfterStop,
    );
    expect(statusOf(state).reason).toContain('ui could not be put back');
    expect(kindOf(state)).toBe('wait');
  });

  it('are left to a newer push, which stops the putting back', () => {
    const state = after([{ kind: 'restore-started' }, push, ...read(sha(4))], refusedAfterStop);
    expect(kindOf(state)).toBe('stop');
  });
});

describe('what people are told', () => {
  const attempt = { headSeq: 1, retry: 0 };
  const told7 = { kind: 'extended', until: now + 7 * 86_400_000 } as const;

  it('is a new phase alone while a deploy’s watch writes the comment, and all of it at the end', () => {
    const deploying = after([
      ...read(),
      ...checked(1, sha(1)),
      ...granted(),
      { kind: 'deploy-started', attempt },
    ]);
    expect(kindOf(deploying)).toBe('report');
    const extended = after([...told, told7], deploying);
    expect(extended.report.revision).toBeGreaterThan(extended.report.reported);
    expect(nextStep(extended, now)).toMatchObject({ kind: 'wait' });
    const ended = after(verified(1, sha(1)).slice(-1), extended);
    expect(kindOf(after(read(), ended))).toBe('report');
  });

  it('waits for the pool’s answer, which is about to come', () => {
    const asking = after([push, ...read(), ...told, ...checked(1, sha(1))]);
    const asked = after([...granted().slice(0, 1), { kind: 'place-told' }], asking);
    expect(asked.report.revision).toBeGreaterThan(asked.report.reported);
    expect(nextStep(asked, now)).toMatchObject({ kind: 'wait' });
    const queued = { state: 'queued', position: 1, estimateMs: null } as const;
    const id = leaseId(previewWorkflowId(ref), now);
    expect(kindOf(after([{ kind: 'lease-heard', message: { id, ...queued } }], asked))).toBe('report');
  });
});

describe('an outage at the check that is made anew once a place is there', () => {
  const attempt = { headSeq: 1, retry: 0 };
  const failure = plainReport('GitHubUnavailable', 'GitHub did not answer');
  const outage = (): PreviewEvent[] => [
    { kind: 'check-started', attempt },
    { kind: 'check-ended', attempt, outcome: { outcome: 'refused', failure, exists: false } },
  ];
  const placed = after([push, ...read(), ...checked(1, sha(1)), ...granted()]);

  it('does not cost the place while the check is to be tried again', () => {
    const state = after([...outage(), ...told], placed);
    expect(phaseOf(state)).toBe('failed');
    expect(nextStep(state, now)).toMatchObject({ kind: 'wait', until: state.checkAgain?.at });
    const tried = after([{ kind: 'check-retried' }, ...checked(1, sha(1), 1)], state);
    expect(tried.place.granted).not.toBeNull();
    expect(kindOf(tried)).toBe('deploy');
  });

  it('costs it once nobody wants it any more', () => {
    const state = after([...outage(), { kind: 'cancel-asked', by: null }], placed);
    expect(kindOf(state)).toBe('cleanup');
    const cleaned = after([{ kind: 'cleanup-started' }, { kind: 'cleanup-ended', receipt }], state);
    expect(kindOf(cleaned)).toBe('give-back');
  });
});

describe('a pull request of which the platform starts no preview by itself', () => {
  const unstarted = { startsByItself: false };
  const seen = (changes: Parameters<typeof pullRequest>[0] = {}): PreviewEvent[] => [
    { kind: 'reading-started' },
    { kind: 'pull-request-read', pullRequest: pullRequest({ ...unstarted, ...changes }) },
  ];
  const commanded = after([command, ...seen(), ...verified(1, sha(1)), ...seen(), ...told]);
  const taken: PreviewEvent[] = [
    { kind: 'cleanup-started' },
    { kind: 'cleanup-ended', receipt },
    ...gaveBack,
    ...told,
  ];

  it('ends without a word after a push, and is served after a command', () => {
    expect(kindOf(after([push, ...seen()]))).toBe('finish');
    expect(kindOf(after([command, ...seen()]))).toBe('check');
    expect(kindOf(after([push, command, ...seen()]))).toBe('check');
  });

  it('is kept true to its head by pushes once it is served', () => {
    expect(phaseOf(commanded)).toBe('ready');
    expect(kindOf(after([push, ...seen({ commit: sha(2) })], commanded))).toBe('check');
  });

  it('is brought back by a command alone, and says so', () => {
    const expired = after([{ kind: 'expired' }, ...taken], commanded);
    expect(statusOf(expired).reason).toContain('; a command brings it back');
    expect(kindOf(after([push, ...seen({ commit: sha(2) })], expired))).toBe('wait');
    expect(kindOf(after([command, ...seen()], expired))).toBe('check');
  });

  it('that is reopened is not served again, rests, and keeps its images', () => {
    const image = { repository: 'ghcr.io/example/ui', tag: 'pr-7', digest: 'sha256:1' };
    const own = { images: [image], keepMs: 60_000, dueAt: null, failures: 0 };
    const closing = after(
      [{ kind: 'close-asked', command: false }, ...seen({ state: 'closed' }), { kind: 'cleanup-started' }],
      { ...commanded, own },
    );
    const gone = after(taken.slice(1), closing);
    expect(statusOf(gone).reason).toContain('a command, once it is reopened');
    expect(nextStep(gone, now)).toMatchObject({ kind: 'wait', until: now + 60_000 });
    for (const reopened of [
      after([push, ...seen(), ...taken.slice(1)], closing),
      after([push, ...seen(), ...told], gone),
    ]) {
      expect(statusOf(reopened)).toMatchObject({ phase: 'gone', ending: 'reopened' });
      expect(nextStep(reopened, now)).toMatchObject({ kind: 'wait', until: null });
      expect(kindOf(after([command, ...seen()], reopened))).toBe('check');
      // its label came, or it is no draft any more
      expect(kindOf(after([push, ...read()], reopened))).toBe('check');
    }
  });

  it('and whose end a person wished for is not brought back by a push that came after it', () => {
    const both: PreviewEvent = { kind: 'pushed', expectSha: sha(2), command: false };
    const end: PreviewEvent = { kind: 'close-asked', command: true };
    expect(after([end, both, ...seen({ commit: sha(2) })], commanded)).toMatchObject({ ending: 'person' });
    expect(after([end, both, command, ...seen({ commit: sha(2) })], commanded).wanted).not.toBeNull();
    expect(after([end, both, ...read(sha(2))], commanded).wanted).not.toBeNull();
  });
});

describe('images of a closed pull request', () => {
  const image = { repository: 'ghcr.io/example/ui', tag: 'pr-7', digest: 'sha256:1' };
  const own = { images: [image], keepMs: 60_000, dueAt: null, failures: 0 };
  const gone = after(
    [
      { kind: 'close-asked', command: false },
      ...closed,
      { kind: 'cleanup-started' },
      { kind: 'cleanup-ended', receipt },
      ...gaveBack,
      ...told,
    ],
    { ...ready, own },
  );
  const later = (events: readonly PreviewEvent[], from: PreviewState): PreviewState =>
    events.reduce((state, event) => apply(state, event, now + 60_000), from);

  it('are deleted when their time is over, which is stopped when the pull request is open again', () => {
    expect(kindOf(gone, now + 59_999)).toBe('wait');
    expect(kindOf(gone, now + 60_000)).toBe('delete-images');
    const deleting = later([{ kind: 'images-deleting' }], gone);
    expect(kindOf(deleting, now + 60_000)).toBe('wait');
    const reopened = later([push, ...read()], deleting);
    expect(kindOf(reopened, now + 60_000)).toBe('stop-deletion');
    const stopped = later([{ kind: 'deletion-stopping' }, { kind: 'deletion-stopped' }], reopened);
    expect(stopped.own.images).toEqual([image]);
    expect(kindOf(stopped, now + 60_000)).toBe('check');
  });

  it('are tried to be deleted again after an outage, and left at last', () => {
    const failed: PreviewEvent[] = [
      { kind: 'images-deleting' },
      { kind: 'images-not-deleted', reason: 'away', permanent: false },
    ];
    const tried = later(failed, gone);
    expect(nextStep(later(told, tried), now + 60_000)).toMatchObject({ kind: 'wait', until: now + 660_000 });
    const often = Array.from({ length: 10 }, () => failed).flat();
    const left = later([...often, ...told], gone);
    expect(statusOf(left).notes).toContain('Its images were left in the registry: away');
    expect(kindOf(left, now + 60_000)).toBe('finish');
  });
});

describe('another base branch', () => {
  it('is checked, as it may have another preview config', () => {
    const retargeted: PreviewEvent[] = [
      { kind: 'reading-started' },
      { kind: 'pull-request-read', pullRequest: pullRequest({ base: { branch: 'release' } }) },
    ];
    const state = after([push, ...retargeted], ready);
    expect(kindOf(state)).toBe('check');
    expect(kindOf(after([...verified(1, sha(1), 1), ...retargeted, ...told], state))).toBe('wait');
  });
});

describe('a refusal', () => {
  const attempt = { headSeq: 1, retry: 0 };
  const refusedFor = (type: 'PreviewNotAllowed' | 'GitHubUnavailable'): PreviewEvent[] => [
    { kind: 'check-started', attempt },
    {
      kind: 'check-ended',
      attempt,
      outcome: { outcome: 'refused', failure: plainReport(type, 'no'), exists: false },
    },
  ];

  it('of a draft is tried again once it is ready for review', () => {
    const draft: PreviewEvent[] = [
      { kind: 'reading-started' },
      { kind: 'pull-request-read', pullRequest: pullRequest({ draft: true }) },
    ];
    const refused = after([command, ...draft, ...refusedFor('PreviewNotAllowed'), ...told]);
    expect(kindOf(after([push, ...draft], refused))).toBe('wait');
    expect(kindOf(after([push, ...read()], refused))).toBe('check');
  });

  it('by an outage leaves no second try behind once the check came to another end', () => {
    const state = after([push, ...read(), ...refusedFor('GitHubUnavailable'), { kind: 'check-retried' }]);
    const again = { headSeq: 1, retry: 1 };
    const waiting = after(
      [
        { kind: 'check-started', attempt: again },
        {
          kind: 'check-ended',
          attempt: again,
          outcome: { outcome: 'approval-needed', reason: 'an outsider' },
        },
        ...told,
      ],
      state,
    );
    expect(phaseOf(waiting)).toBe('awaiting-approval');
    expect(nextStep(waiting, now + 3_600_000)).toMatchObject({ kind: 'wait', until: null });
  });
});

describe('a build of missing images', () => {
  it('is remembered over the wait’s end, and asked for again by a command alone', () => {
    const attempt = { headSeq: 1, retry: 0 };
    const outcome = {
      outcome: 'images-missing',
      missing: [],
      requests: [],
      waitMs: 60_000,
      build: { workflow: 'build.yaml', branch: 'main' },
      failure: plainReport('ImageMissing', 'no image'),
      exists: false,
    } as const;
    const waits = after([
      push,
      ...read(),
      { kind: 'check-started', attempt },
      { kind: 'check-ended', attempt, outcome },
      { kind: 'images-awaited', attempt },
      { kind: 'build-asked', commit: sha(1), problem: null },
      { kind: 'images-ended', ended: 'over' },
      { kind: 'check-started', attempt },
      { kind: 'check-ended', attempt, outcome },
    ]);
    expect(waits).toMatchObject({ images: null, built: { commit: sha(1) } });
    const retried = after([{ kind: 'images-reported', report: { sha: sha(1), images: [] } }], waits);
    expect(retried.built).toMatchObject({ commit: sha(1) });
    expect(after([command, ...read()], waits).built).toBeNull();
  });
});

describe('a lease of an earlier life', () => {
  const earlier = leaseId(previewWorkflowId(ref), 1);
  const heard: PreviewEvent = {
    kind: 'lease-heard',
    message: { id: earlier, state: 'granted', place: null },
  };

  it('is given back only once nothing is there that may need it', () => {
    const unknown = after([push, ...read(), heard]);
    expect(unknown.holds).toBe('unknown');
    expect(kindOf(unknown)).toBe('check');
    expect(kindOf(after([heard], ready))).toBe('wait');
    const nothing = after([push, ...read(), heard, ...checked(1, sha(1))]);
    expect(nothing.holds).toBe('no');
    expect(kindOf(nothing)).toBe('give-back');
  });
});
