import { expect, it } from 'vitest';
import { isVersionFrom } from '../../domain/version.ts';

it.each([
  ['v4.3.0', true],
  ['4.3', true],
  ['v4.10.1+g1', true],
  ['v5.0.0', true],
  ['v4.2.9', false],
  ['3.99.0', false],
  ['none', null],
  ['', null],
])('%j is 4.3 or newer: %j', (version, is) => {
  expect(isVersionFrom(version, [4, 3])).toBe(is);
});
