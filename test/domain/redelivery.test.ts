import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../domain/redelivery.ts';
import { redeliveriesDue } from '../../domain/redelivery.ts';

const minute = 60_000;
const hour = 60 * minute;
const now = Date.parse('2026-11-27T10:00:00Z');

/** An attempt so many minutes ago. */
const attempt = (guid: string, minutesAgo: number, more: Partial<Delivery> = {}): Delivery => ({
  id: `${guid}@${minutesAgo}`,
  guid,
  at: now - minutesAgo * minute,
  taken: false,
  again: false,
  ...more,
});
const again = { again: true };
const due = (...deliveries: Delivery[]) => redeliveriesDue(deliveries, now).map(({ id }) => id);

describe('an event that did not arrive', () => {
  it.each<[string, Delivery[], string[]]>([
    ['is repeated at once', [attempt('a', 0)], ['a@0']],
    ['is not when it was taken', [attempt('a', 5, { taken: true })], []],
    [
      'is not when a repetition was taken',
      [attempt('a', 30), attempt('a', 20, { ...again, taken: true })],
      [],
    ],
    ['waits after the first repetition', [attempt('a', 30), attempt('a', 9, again)], []],
    ['is repeated ten minutes later', [attempt('a', 30), attempt('a', 10, again)], ['a@10']],
    [
      'is repeated twice as late after the next',
      [attempt('a', 60), attempt('a', 50, again), attempt('a', 19, again)],
      [],
    ],
    [
      'by its newest attempt, in whatever order they are listed',
      [attempt('a', 20, again), attempt('a', 60), attempt('a', 50, again)],
      ['a@20'],
    ],
    ['is repeated for a day', [attempt('a', 24 * 60)], ['a@1440']],
    ['is given up after a day', [attempt('a', 24 * 60 + 1), attempt('a', 60, again)], []],
    ['is given up when its first attempt is no longer listed', [attempt('a', 60, again)], []],
    ['comes before a younger one', [attempt('b', 1), attempt('a', 90)], ['a@90', 'b@1']],
  ])('%s', (_, deliveries, expected) => {
    expect(due(...deliveries)).toEqual(expected);
  });

  it('is repeated nine times at most when the webhook never takes it, and never in too short a time', () => {
    const made: Delivery[] = [attempt('a', 0)];
    for (let at = now; at < now + 72 * hour; at += 10 * minute) {
      for (const one of redeliveriesDue(made, at)) made.push({ ...one, id: String(at), at, again: true });
    }
    expect(made.length - 1).toBeLessThanOrEqual(9);
    expect(made.at(-1)!.at - now).toBeLessThanOrEqual(24 * hour);
  });

  it('is named once, and never when anybody took it', () => {
    const attempts = fc.record({
      id: fc.uuid(),
      guid: fc.constantFrom('a', 'b', 'c'),
      at: fc.integer({ min: now - 30 * hour, max: now }),
      taken: fc.boolean(),
      again: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(attempts), (deliveries) => {
        const chosen = redeliveriesDue(deliveries, now);
        expect(new Set(chosen.map(({ guid }) => guid)).size).toBe(chosen.length);
        for (const { guid, id } of chosen) {
          const same = deliveries.filter((one) => one.guid === guid);
          expect(same.some(({ taken }) => taken)).toBe(false);
          expect(same.every(({ at }) => at <= same.find((one) => one.id === id)!.at)).toBe(true);
        }
      }),
    );
  });
});
