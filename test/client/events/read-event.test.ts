import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { essentialPayload, readEvent } from '../../../client/events/read-event.ts';
import { sha } from '../../domain/support.ts';
import type { PullRequestAction } from './payloads.ts';
import { commentPayload, pullRequestPayload } from './payloads.ts';

const ref = { owner: 'Example', repository: 'video.call', number: 7 };
const source = { ref, repositoryId: 42, sha: sha(1) };
const comment = {
  id: 5,
  body: '/preview',
  created_at: '2026-11-27T10:00:00Z',
  user: { login: 'alice', id: 9, type: 'User' },
} as Parameters<typeof commentPayload>[0];

/** What is wrong with it, or what it was read as. */
function read(name: string, payload: unknown): unknown {
  const event = readEvent(name, payload);
  return event.ok ? event.value : event.wrong;
}

describe('an event of a pull request', () => {
  it.each(['opened', 'reopened', 'synchronize', 'ready_for_review', 'labeled'] as PullRequestAction[])(
    'that was %s is a push of its head, whichever of its two names it has',
    (action) => {
      const push = { kind: 'push', ref, repositoryId: 42, sha: sha(1), fromFork: false };
      expect(read('pull_request', pullRequestPayload(action, source))).toEqual(push);
      expect(read('pull_request_target', pullRequestPayload(action, source))).toEqual(push);
    },
  );

  it('that was edited is a push where its base is another, and nothing where only its words are', () => {
    const base = { changes: { base: { ref: { from: 'main' }, sha: { from: sha(3) } } } };
    const title = { changes: { title: { from: 'before' } } };
    expect(read('pull_request', pullRequestPayload('edited', source, base))).toMatchObject({ kind: 'push' });
    expect(read('pull_request', pullRequestPayload('edited', source, title))).toEqual({
      kind: 'ignored',
      reason: 'nothing follows from `edited` of `pull_request`',
    });
  });

  it('that was closed is a close', () => {
    expect(read('pull_request', pullRequestPayload('closed', source))).toEqual({
      kind: 'close',
      ref,
      repositoryId: 42,
      fromFork: false,
    });
  });

  it.each([43, null])(
    'says that it comes from a fork, also from one that is gone: %j',
    (headRepositoryId) => {
      const payload = pullRequestPayload('opened', { ...source, headRepositoryId });
      expect(read('pull_request_target', payload)).toMatchObject({ kind: 'push', fromFork: true });
    },
  );
});

describe('an event of a comment', () => {
  it('that was created has its author and its words', () => {
    expect(read('issue_comment', commentPayload(comment, source))).toEqual({
      kind: 'comment',
      ref,
      repositoryId: 42,
      comment: {
        id: 5,
        author: { login: 'alice', bot: false },
        body: '/preview',
        writtenAt: Date.UTC(2026, 10, 27, 10),
        edited: false,
      },
    });
  });

  it.each([
    ['of a bot says so', { type: 'Bot', login: 'dependabot[bot]' }, { login: 'dependabot[bot]', bot: true }],
    ['of an account that is gone has no author', null, null],
  ])('%s', (_, user, author) => {
    const written = { ...comment, user: user === null ? null : { ...comment.user!, ...user } };
    expect(read('issue_comment', commentPayload(written, source))).toMatchObject({ comment: { author } });
  });

  it.each([
    ['edited', { action: 'edited' }, 'only a new comment gives a command, not one that was changed'],
    ['deleted', { action: 'deleted' }, 'only a new comment gives a command, not one that was changed'],
    ['on an issue', { issue: { number: 7 } }, 'it is a comment on an issue, not on a pull request'],
  ])('is ignored when it was %s', (_, changes, reason) => {
    expect(read('issue_comment', commentPayload(comment, source, changes))).toEqual({
      kind: 'ignored',
      reason,
    });
  });
});

describe('an event of another kind', () => {
  it.each(['ping', 'push', 'pull_request_review_comment', 'check_run', ''])('is ignored: %j', (name) => {
    expect(read(name, null)).toEqual({
      kind: 'ignored',
      reason: `nothing follows from an event \`${name}\``,
    });
  });
});

describe('a payload that is none', () => {
  it('is told with every fault of it at once', () => {
    const faulty = pullRequestPayload(
      'opened',
      { ...source, sha: 'abc' },
      { number: 'seven', repository: {} },
    );
    expect(read('pull_request', faulty)).toBe(
      'this is no event `pull_request` of GitHub. ' +
        '`number`: Expected a number, found `"seven"`. ' +
        '`pull_request.head.sha`: Expected a commit as 40 lower-case hex digits, found `"abc"`. ' +
        '`repository.id`: Expected a number; it is missing. Add it. ' +
        '`repository.name`: Expected text; it is missing. Add it. ' +
        '`repository.owner`: Expected a map; it is missing. Add it.',
    );
  });

  it.each([
    [
      'another number within',
      pullRequestPayload('opened', source, { number: 8 }),
      '`number`: Expected the number of `pull_request`',
    ],
    [
      'another repository within',
      pullRequestPayload('opened', source, {
        repository: { id: 43, name: 'video.call', owner: { login: 'Example' } },
      }),
      '`repository.id`: Expected the repository of `pull_request.base`',
    ],
    [
      'a name that is no path of GitHub',
      pullRequestPayload('opened', { ...source, ref: { ...ref, repository: '../../etc' } }),
      "`repository`: Expected a repository's name",
    ],
    ['nothing', undefined, 'Expected a map; it is missing'],
    ['a text', 'text', 'Expected a map, found `"text"`'],
  ])('is refused with the reason: %s', (_, payload, reason) => {
    expect(read('pull_request', payload)).toContain(reason);
  });

  it('of any shape is read or refused in words, and never thrown at anybody', () => {
    const payload = fc.oneof(
      fc.jsonValue(),
      fc.record({ action: fc.jsonValue(), number: fc.jsonValue(), repository: fc.jsonValue() }),
      fc.record({ action: fc.constant('created'), issue: fc.jsonValue(), comment: fc.jsonValue() }),
    );
    const name = fc.constantFrom('pull_request', 'pull_request_target', 'issue_comment', 'push');
    fc.assert(
      fc.property(name, payload, (name, payload) => {
        const event = readEvent(name, payload);
        if (!event.ok) expect(event.wrong).toMatch(/^this is no event/);
      }),
    );
  });
});

describe('the essential part of a payload', () => {
  it('is read as the same event, and carries nothing that is not needed', () => {
    const whole = commentPayload(comment, source, { installation: { id: 1 }, organization: { login: 'x' } });
    const part = essentialPayload('issue_comment', whole);
    if (!part.ok) throw new Error(part.wrong);
    expect(read('issue_comment', part.value)).toEqual(read('issue_comment', whole));
    expect(part.value).toEqual({
      action: 'created',
      issue: { number: 7, pull_request: {} },
      comment: {
        id: 5,
        body: '/preview',
        created_at: '2026-11-27T10:00:00Z',
        user: { login: 'alice', type: 'User' },
      },
      repository: { id: 42, name: 'video.call', owner: { login: 'Example' } },
    });
    const pull = pullRequestPayload('synchronize', source);
    const pullPart = essentialPayload('pull_request', pull);
    expect(pullPart.ok && JSON.stringify(pullPart.value).length).toBeLessThan(400);
    expect(pullPart.ok && read('pull_request', pullPart.value)).toEqual(read('pull_request', pull));
  });
});
