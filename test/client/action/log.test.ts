import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { logLine } from '../../../client/action/log.ts';

it.each([
  ['  an ordinary line ', '  an ordinary line'],
  ['one\ntwo\r\nthree', 'one two three'],
  ['::set-output name=url::https://evil.example', ': :set-output name=url::https://evil.example'],
  ['  ::add-mask::a', '  : :add-mask::a'],
  ['log: ##[add-path]/evil', 'log: # #[add-path]/evil'],
  ['a\u0000\u001b[31mred\u2028next', 'a [31mred next'],
])('what a program says is shown and not obeyed: %j', (text, line) => {
  expect(logLine(text)).toBe(line);
});

it('no text is a command to the runner', () => {
  const words = fc.constantFrom('::', ':', '##[', '#', '[', 'error', ' ', '\n', '\r', '\t', '\u2028', 'x');
  fc.assert(
    fc.property(
      fc.array(words).map((all) => all.join('')),
      (text) => {
        const line = logLine(text);
        // the runner takes off blanks first, and finds the older form anywhere
        expect(line.trimStart().startsWith('::')).toBe(false);
        expect(line).not.toContain('##[');
        expect(line).not.toMatch(/[\r\n]/);
      },
    ),
  );
});
