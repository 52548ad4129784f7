import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../domain/lifetime.ts';

describe('a duration as people write it', () => {
  it.each([
    ['0', 0],
    ['30m', 1_800_000],
    ['72h', 259_200_000],
    ['5m', 300_000],
    ['14d', 1_209_600_000],
    ['1h30m', 5_400_000],
    ['1d2h3m4s5ms', 93_784_005],
    ['0m', 0],
    ['3650d', 315_360_000_000],
  ])('reads %s as %i milliseconds', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each([
    '',
    ' ',
    '5',
    'm',
    '-5m',
    '5 m',
    '1.5h',
    '30M',
    '30min',
    '1m1h',
    '1h1h',
    '3651d',
    '9e9d',
    `${'9'.repeat(400)}d`,
  ])('does not read %j', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  it('is written so that it is read back as the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 315_360_000_000 }), (milliseconds) => {
        expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds);
      }),
    );
  });

  it.each([
    [0, '0'],
    [-1, '0'],
    [259_200_000, '3d'],
    [5_400_000, '1h30m'],
    [1.9, '1ms'],
  ])('writes %d as %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});
