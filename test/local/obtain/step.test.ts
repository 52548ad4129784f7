import { describe, expect, test } from 'vitest';

import { elapsed, runStep } from '../../../local/obtain/step.ts';
import { recorded } from './recorded-progress.ts';

describe('elapsed', () => {
  test.each([
    [0, '0 s'],
    [400, '0 s'],
    [59_400, '59 s'],
    [59_600, '1 min 00 s'],
    [125_000, '2 min 05 s'],
    [3_600_000, '60 min 00 s'],
    [-5, '0 s'],
  ])('%i ms read as "%s"', (milliseconds, text) => {
    expect(elapsed(1_000_000, 1_000_000 + milliseconds)).toBe(text);
  });
});

describe('runStep', () => {
  test('shows the start and the end of what it does', async () => {
    const progress = recorded();
    await runStep(progress, 'crane 1.2.3', () => Promise.resolve());
    expect(progress.said).toEqual(['start: crane 1.2.3', 'done: crane 1.2.3: done in 0 s']);
  });

  test('shows a failure and throws it on', async () => {
    const progress = recorded();
    const failure = new Error('no luck');
    await expect(runStep(progress, 'crane', () => Promise.reject(failure))).rejects.toBe(failure);
    expect(progress.said).toEqual(['start: crane', 'fail: no luck']);
  });
});
