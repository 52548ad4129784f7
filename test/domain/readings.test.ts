import { describe, expect, it } from 'vitest';
import { plainReport } from '../../domain/failures.ts';
import type { PreviewEvent } from '../../domain/preview-events.ts';
import { after, kindOf, now, push, read, ready, told } from './preview-story.ts';
import { pullRequest, sha } from './support.ts';

describe('a close', () => {
  it('by a person is not the end of a head that nobody knew of: its push brings the preview back', () => {
    const unheard: PreviewEvent = { kind: 'pushed', expectSha: sha(2), command: false };
    const before = after([{ kind: 'close-asked', command: true }, unheard, ...read(sha(2))], ready);
    expect(before.wanted).toEqual({ headSeq: 2, retry: 0 });
    const meanwhile = after(
      [
        { kind: 'close-asked', command: true },
        { kind: 'reading-started' },
        unheard,
        ...read(sha(2)).slice(1),
      ],
      ready,
    );
    expect(meanwhile.ending).toBe('person');
    expect(after(read(sha(2)), meanwhile).wanted).toEqual({ headSeq: 2, retry: 0 });
  });

  it('in a new life is not undone by an event of the same head', () => {
    const rested = after([{ kind: 'close-asked', command: true }, ...read()]);
    expect(after([push, ...read()], rested).wanted).toBeNull();
  });

  it('is not forgotten when GitHub cannot be read and a push arrives meanwhile', () => {
    const failure = plainReport('GitHubUnavailable', 'GitHub answered 503');
    const failed: PreviewEvent = { kind: 'reading-failed', failure, againAt: now + 60_000 };
    const state = after(
      [{ kind: 'close-asked', command: true }, { kind: 'reading-started' }, push, failed],
      ready,
    );
    expect(after(read(), state).ending).toBe('person');
  });
});

describe('a repository that the platform does not serve', () => {
  const failure = plainReport('RepositoryNotAllowed', 'the platform makes previews for example/app only');
  const refused: readonly PreviewEvent[] = [
    { kind: 'reading-started' },
    { kind: 'reading-failed', failure, againAt: now + 60_000 },
  ];

  it.each([
    ['a push', push],
    ['the reaper', { kind: 'reap-asked', found: null } satisfies PreviewEvent],
  ])('ends a life that %s began, says why, and leaves what an earlier one may have left', (_, asked) => {
    const state = after([asked, ...refused]);
    expect(state).toMatchObject({ ending: 'closed', wanted: null, hint: null, unread: failure.summary });
    expect(kindOf(state)).toBe('finish');
  });

  it('ends by a person’s close with a cleanup: that is what they want', () => {
    const state = after([{ kind: 'close-asked', command: true }, ...refused]);
    expect(state).toMatchObject({ ending: 'closed', unread: failure.summary });
    expect(kindOf(state)).toBe('cleanup');
  });

  it('takes nothing away from one that serves: it may be a slip in the config, and is asked again', () => {
    const state = after([push, ...refused], ready);
    expect(state).toMatchObject({ ending: null, live: ready.live, readAgainAt: now + 60_000 });
    expect(state.hint).toMatchObject({ asks: 'serve' });
  });
});

describe('a check that finds another head or a closed pull request', () => {
  it('makes us read again: its own look may be older than what was read since', () => {
    const attempt = { headSeq: 1, retry: 0 };
    const outcome = { outcome: 'outdated', pullRequest: pullRequest({ state: 'closed' }) } as const;
    const state = after([
      push,
      ...read(),
      { kind: 'check-started', attempt },
      { kind: 'check-ended', attempt, outcome },
    ]);
    expect(kindOf(state)).toBe('read');
    const reading = after([{ kind: 'reading-started' }, ...told], state);
    expect(kindOf(reading)).toBe('wait');
    expect(kindOf(after(read().slice(1), reading))).toBe('check');
  });

  it('says nothing once another head is wanted', () => {
    const attempt = { headSeq: 1, retry: 0 };
    const checking = after([push, ...read(), { kind: 'check-started', attempt }, push, ...read(sha(2))]);
    const failure = plainReport('ImageMissing', 'ui is missing');
    const outcome = {
      outcome: 'images-missing',
      missing: [],
      requests: [],
      waitMs: 60_000,
      build: null,
      failure,
      exists: false,
    } as const;
    expect(after([{ kind: 'check-ended', attempt, outcome }], checking).images).toBeNull();
  });
});
