import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBytes, formatMilli, parseMilli, parseUnits } from '../../domain/quantity.ts';

describe('a quantity as Kubernetes writes it', () => {
  it.each([
    ['500m', 500],
    ['1', 1_000],
    [1, 1_000],
    [0.5, 500],
    ['0.07', 70],
    ['0.1', 100],
    ['.5', 500],
    ['2.', 2_000],
    ['1e3', 1_000_000],
    ['1E-2', 10],
    ['100u', 1],
    ['1n', 1],
    ['0', 0],
    ['+1', 1_000],
    ['1k', 1_000_000],
  ])('reads %s of CPU as %i thousandths', (text, milli) => {
    expect(parseMilli(text)).toBe(milli);
  });

  it.each([
    ['1Gi', 1_073_741_824],
    ['1G', 1_000_000_000],
    ['512Mi', 536_870_912],
    ['1.5Gi', 1_610_612_736],
    ['128974848', 128_974_848],
    ['129e6', 129_000_000],
    ['100m', 1],
    ['0.3Ki', 308],
    ['1Ti', 1_099_511_627_776],
  ])('reads %s of memory as %i bytes', (text, bytes) => {
    expect(parseUnits(text)).toBe(bytes);
  });

  it.each([
    '',
    '.',
    '1 Gi',
    '1gi',
    '1MB',
    '1KI',
    'Gi',
    '1e',
    '0x10',
    '1e999',
    '1_000',
    'NaN',
    'Infinity',
    '99999Ei',
  ])('does not read %j', (text) => {
    expect(parseMilli(text)).toBeNull();
    expect(parseUnits(text)).toBeNull();
  });

  it('is written so that it is read back as the same', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 31 }), (amount) => {
        expect(parseMilli(formatMilli(amount))).toBe(amount);
        expect(parseUnits(formatBytes(amount))).toBe(amount);
      }),
    );
  });

  it.each([
    [1_300, '1300m'],
    [2_000, '2'],
  ])('writes %i thousandths as %s', (milli, text) => {
    expect(formatMilli(milli)).toBe(text);
  });

  it.each([
    [1_610_612_736, '1536Mi'],
    [1_073_741_824, '1Gi'],
    [1_000, '1000'],
    [0, '0'],
  ])('writes %i bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
