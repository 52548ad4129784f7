import { describe, expect, it } from 'vitest';
import { plainLines } from '../../../client/events/comment-lines.ts';

describe('the plain lines of a comment', () => {
  it.each([
    ['/preview', ['/preview']],
    ['Looks good.\r\n/preview extend 2d\r\nThanks', ['Looks good.', '/preview extend 2d', 'Thanks']],
    ['one\n\n  /preview close\n\ntwo', ['one', '  /preview close', 'two']],
    ['**now:** `x` and\n/preview', ['**now:** `x` and', '/preview']],
  ])('of %j are %j', (comment, lines) => {
    expect(plainLines(comment)).toEqual(lines);
  });

  it.each([
    ['a fence', '```\n/preview close\n```'],
    ['a fence that is never closed', '~~~sh\n/preview close'],
    ['an indented block', 'so:\n\n    /preview close'],
    ['code within a line', '`/preview close`'],
    ['code over several lines', '`see\n/preview close\nand so on`'],
    ['a quote', '> /preview close'],
    ['a quote that goes on without its mark', '> they said\n/preview close'],
    ['a list', '- /preview close\n- /preview reset'],
    ['a task', '- [ ] first\n  /preview close'],
    ['a heading', '# /preview close'],
    ['an HTML comment', '<!--\n/preview close\n-->'],
    ['an HTML comment within a paragraph', 'see <!--\n/preview close\n--> this'],
    ['folded HTML', '<details>\n/preview close\n</details>'],
    ['a heading by its underline', '/preview close\n==='],
  ])('leave %s out', (_, comment) => {
    expect(plainLines(comment).filter((line) => line.trim().startsWith('/preview'))).toEqual([]);
  });

  it('of a long comment are those of its beginning, whole', () => {
    const long = `/preview extend 2d\n\n${'word '.repeat(794)}\n/preview close and so on`;
    expect(long.length).toBeGreaterThan(4_000);
    expect(plainLines(long).filter((line) => line.startsWith('/preview'))).toEqual(['/preview extend 2d']);
  });

  it.each(['> ', '[', '*a_', '[a](', '- ', '> a\n- b\n', 'a\n', '<a ', '[a]: b\n', '<!--a', '`'])(
    'are found before as many %j as GitHub takes',
    (part) => {
      const comment = `/preview\n\n${part.repeat(Math.floor(65_000 / part.length))}`;
      expect(plainLines(comment)).toContain('/preview');
    },
  );
});
