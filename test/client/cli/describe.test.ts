import { describe, expect, it } from 'vitest';
import {
  describeChange,
  describeDeadline,
  describeMemo,
  describeQueue,
  describeStatus,
} from '../../../client/cli/describe.ts';
import { previewStatus, ref } from '../../domain/support.ts';
import { previewMemo } from '../support.ts';

const minute = 60_000;
const noon = Date.UTC(2026, 10, 29, 12);

describe('where a preview stands, for a terminal', () => {
  it('has its number in the queue and what that means', () => {
    const queue = { position: 2, expectedAt: noon + 90 * minute };
    const status = previewStatus({ phase: 'queued', reason: 'waits for a place', queue });
    expect(describeStatus(status, noon)).toContain('\n  queue      number 2, about 1h30m to wait');
    expect(describeMemo(ref, previewMemo({ phase: 'queued', queue }), noon)).toContain(
      '\n  queue      number 2, about 1h30m to wait',
    );
  });

  it('has its place where places have names', () => {
    expect(describeStatus(previewStatus({ place: 'stem-2' }))).toContain('\n  place      stem-2');
    expect(describeStatus(previewStatus())).not.toContain('place');
  });

  it('has its end, and once that is near, what gives more time', () => {
    const deadline = noon + 28 * minute;
    const calm = describeStatus(previewStatus({ deadline }), noon);
    expect(calm).toContain('\n  until      2026-11-29T12:28:00.000Z (in 28m)');
    expect(calm).not.toContain('preview extend');
    const more = '\n  ends soon; for more time: preview extend example/videocall#7';
    expect(describeStatus(previewStatus({ deadline, warned: 7_200_000 }), noon)).toContain(more);
    const memo = previewMemo({ deadline: new Date(deadline).toISOString(), warned: true });
    expect(describeMemo(ref, memo)).toContain(more);
  });
});

describe('one line of progress', () => {
  it('has the time to wait beside the reason', () => {
    const status = previewStatus({
      phase: 'queued',
      reason: 'waits for a place: number 2 in the queue',
      queue: { position: 2, expectedAt: noon + 5 * minute },
    });
    expect(describeChange(status, new Date(noon))).toBe(
      '12:00:00 queued: waits for a place: number 2 in the queue, about 5m to wait',
    );
    expect(describeChange({ ...status, looking: true }, new Date(noon))).toBe(
      '12:00:00 looking: reads the pull request',
    );
  });
});

describe('the queue', () => {
  it.each([
    [null, 'number 1'],
    [noon - 1, 'number 1, about 1m to wait'],
    [noon, 'number 1, about 1m to wait'],
    [noon + 61_000, 'number 1, about 2m to wait'],
    [noon + 2 * 86_400_000 + 1, 'number 1, about 2d1h to wait'],
  ])('with a place expected at %s is "%s"', (expectedAt, words) => {
    expect(describeQueue({ position: 1, expectedAt }, noon)).toBe(words);
  });
});

describe('a deadline', () => {
  it.each([
    [noon + 1, '2026-11-29T12:00:00.001Z (in 1m)'],
    [noon + 72 * 60 * minute, '2026-12-02T12:00:00.000Z (in 3d)'],
    [noon, '2026-11-29T12:00:00.000Z (over)'],
  ])('is told in UTC and as a distance', (deadline, words) => {
    expect(describeDeadline(deadline, noon)).toBe(words);
  });
});
