import { describe, expect, it } from 'vitest';
import { readCommit, readDuration, readPullRequest, readRepository } from '../../../client/cli/words.ts';
import { ClientError } from '../../../client/exit-codes.ts';

const seven = { owner: 'Example', repository: 'video.call', number: 7 };

describe('a pull request on the command line', () => {
  it.each([
    ['Example/video.call#7', undefined],
    ['Example/video.call/pull/7', undefined],
    ['https://github.com/Example/video.call/pull/7', undefined],
    ['https://github.example.com/Example/video.call/pull/7/files?w=1#diff', undefined],
    ['7', 'Example/video.call'],
    ['#7', 'Example/video.call'],
    ['Example/video.call#7', 'other/repository'],
  ])('is read from %s (repository %s)', (word, repository) => {
    expect(readPullRequest(word, repository)).toEqual(seven);
  });

  it.each([
    ['', undefined, 'wanted a pull request such as owner/name#7, got ""'],
    ['Example', undefined, 'wanted a pull request such as owner/name#7, got "Example"'],
    ['7', undefined, '"7" is a number without a repository'],
    ['7', 'Example', 'wanted a repository as owner/name, got "Example"'],
    ['Example/video.call#0', undefined, 'GitHub has no such owner, name or number'],
    ['Example/video.call#-1', undefined, 'wanted a pull request'],
    ['Exa mple/video.call#1', undefined, 'wanted a pull request'],
    ['-Example/video.call#1', undefined, 'GitHub has no such owner, name or number'],
    ['Example/vid"eo#1', undefined, 'GitHub has no such owner, name or number'],
    [`Example/video.call#${'9'.repeat(30)}`, undefined, 'GitHub has no such owner, name or number'],
  ])('is refused as %s (repository %s)', (word, repository, message) => {
    expect(() => readPullRequest(word, repository)).toThrow(message);
    expect(() => readPullRequest(word, repository)).toThrow(ClientError);
  });
});

describe('other words', () => {
  it('are read', () => {
    expect(readRepository('a/b')).toEqual({ owner: 'a', name: 'b' });
    expect(readDuration('1m30s', '--wait')).toBe(90_000);
    expect(readCommit('A'.repeat(40), '--sha')).toBe('a'.repeat(40));
  });

  it.each([
    [() => readRepository('a/b/c'), 'wanted a repository as owner/name'],
    [() => readRepository('a/b" OR 1=1'), 'wanted a repository as owner/name'],
    [() => readDuration('0', '--wait'), 'wanted --wait as a duration'],
    [
      () => readDuration('soon', '--timeout'),
      'wanted --timeout as a duration such as 30s or 10m, got "soon"',
    ],
    [() => readCommit('abc1234', '--sha'), 'wanted --sha as a full commit of 40 hex digits'],
  ])('are refused with what was wanted', (read, message) => {
    expect(read).toThrow(message);
  });
});
