import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSameCommit, servedCommit } from '../../domain/served-commit.ts';

describe('servedCommit', () => {
  it.each([
    ['{"git_sha":"abc1234"}', 'git_sha'],
    ['{"build":{"git":{"sha":" abc1234\\n"}}}', 'build.git.sha'],
    ['{"builds":[{"sha":"abc1234"}]}', 'builds.0.sha'],
  ])('reads the commit from %s at %s', (body, field) => {
    expect(servedCommit(body, field)).toEqual({ kind: 'commit', commit: 'abc1234' });
  });

  it.each([
    ['<html>not found</html>', 'sha', 'the answer is no JSON: "<html>not found</html>"'],
    ['', 'sha', 'the answer is no JSON: ""'],
    ['{"build":{}}', 'build.sha', 'the answer has no field build.sha'],
    ['{"build":null}', 'build.sha', 'the answer has no field build.sha'],
    ['{"sha":7}', 'sha', 'field sha is no text: 7'],
    ['{"sha":""}', 'sha', 'field sha is no text: ""'],
    ['null', 'sha', 'the answer has no field sha'],
    ['{}', '__proto__', 'the answer has no field __proto__'],
    ['{}', 'constructor.name', 'the answer has no field constructor'],
  ])('says what came when %s has no commit at %s', (body, field, detail) => {
    expect(servedCommit(body, field)).toEqual({ kind: 'unreadable', detail });
  });
});

describe('isSameCommit', () => {
  const commits = fc.stringMatching(/^[0-9a-f]{40}$/);

  it('accepts a beginning of at least seven digits, either way and in any case', () => {
    fc.assert(
      fc.property(commits, fc.integer({ min: 7, max: 40 }), (commit, length) => {
        expect(isSameCommit(commit.slice(0, length), commit)).toBe(true);
        expect(isSameCommit(commit, commit.slice(0, length).toUpperCase())).toBe(true);
      }),
    );
  });

  it('refuses a shorter beginning', () => {
    fc.assert(
      fc.property(commits, fc.integer({ min: 0, max: 6 }), (commit, length) => {
        expect(isSameCommit(commit.slice(0, length), commit)).toBe(false);
      }),
    );
  });

  it.each([
    ['abc1234', 'abc1235f'],
    ['unknown', 'unknown-commit'],
    ['dirty-abc1234', 'abc1234'],
    ['1234567', '0123456789'],
  ])('refuses %s for %s', (one, other) => {
    expect(isSameCommit(one, other)).toBe(false);
  });
});
