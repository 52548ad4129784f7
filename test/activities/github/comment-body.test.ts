import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  answerMarker,
  carriesMarker,
  commentMarker,
  commentText,
} from '../../../activities/github/comment-body.ts';

const marker = commentMarker({ owner: 'o', repository: 'r', number: 1 });

test('A short body follows its marker untouched', () => {
  expect(commentText(marker, '# Ready')).toBe('<!-- pr-preview:o/r#1 -->\n# Ready');
});

test('The marker is known in any case, and only of the same pull request', () => {
  expect(carriesMarker('<!-- pr-preview:O/R#1 -->\nx', marker)).toBe(true);
  expect(carriesMarker('<!-- pr-preview:o/r#11 -->\nx', marker)).toBe(false);
  expect(carriesMarker('> <!-- pr-preview:o/r#1 -->', marker)).toBe(false);
  expect(carriesMarker(commentText(answerMarker(1), 'x'), marker)).toBe(false);
  expect(carriesMarker(commentText(answerMarker(11), 'x'), answerMarker(1))).toBe(false);
});

test('A body of any kind and length fits, keeps its marker, and ends no character half way', () => {
  const piece = fc.constantFrom('```\n', '~~~~\n', '<details>', '</details>', '🚀', 'word ', '\n');
  const body = fc
    .tuple(fc.array(piece, { minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 90_000 }))
    .map(([pieces, length]) => pieces.join('').repeat(length).slice(0, length));
  fc.assert(
    fc.property(body, (given) => {
      const text = commentText(marker, given);
      expect(text.length).toBeLessThanOrEqual(65_536);
      expect(carriesMarker(text, marker)).toBe(true);
      if (given.length > 66_000) {
        expect(text.endsWith('_Cut here: GitHub takes no longer comment._')).toBe(true);
        expect(text.isWellFormed()).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});

test('A cut inside of a folded code block closes both', () => {
  const text = commentText(marker, `<details>\n\n\`\`\`text\n${'line\n'.repeat(20_000)}`);
  expect(text).toMatch(/line\n(?:l|li|lin|line)?\n```\n\n<\/details>\n\n_Cut here/);
});
