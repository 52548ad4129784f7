import { describe, expect, it } from 'vitest';
import type { Lifetime } from '../../domain/deadline.ts';
import {
  deadlineOf,
  dueWarning,
  extend,
  latestDeadline,
  nextWarning,
  noLifetime,
  settleDeadline,
} from '../../domain/deadline.ts';

const hour = 3_600_000;
const day = 24 * hour;
const start = 1_000 * day;
const limits = { defaultMs: 3 * day, maximumMs: 14 * day, warningsMs: [day, 2 * hour, hour / 2] };

/** Asked for and given its place at `start`, unless told otherwise. */
function lifetime(changes: Partial<Lifetime> = {}): Lifetime {
  return { ...noLifetime, limits, askedAt: start, begunAt: start, setAt: start, ...changes };
}

describe('a deadline', () => {
  it.each([
    ['a lifetime after the last push', {}, start + 3 * day],
    ['counted from its place where that came later', { begunAt: start + 5 * day }, start + 8 * day],
    ['counted from a later push', { askedAt: start + day }, start + 4 * day],
    ['what it was extended to', { extendedTo: start + 10 * day }, start + 10 * day],
    ['no earlier for an extension that is shorter', { extendedTo: start + day }, start + 3 * day],
    ['never later than the maximum', { extendedTo: start + 40 * day }, start + 14 * day],
    ['none while nothing is held', { begunAt: null }, null],
    ['none before the first check', { limits: null }, null],
  ])('is %s', (_, changes, expected) => {
    expect(deadlineOf(lifetime(changes))).toBe(expected);
  });

  it('that moves is warned of anew, from then on', () => {
    const warned = lifetime({ warned: hour / 2 });
    const now = start + 3 * day - hour / 4;
    const after = settleDeadline(warned, { ...warned, askedAt: now }, now);
    expect(after).toMatchObject({ setAt: now, warned: null });
    expect(settleDeadline(warned, { ...warned, extendedTo: start }, now).warned).toBe(hour / 2);
  });
});

describe('an extension', () => {
  it('lets a preview live so long from now on', () => {
    const extension = extend(lifetime(), 5 * day, start + day);
    expect(extension).toEqual({ ok: true, until: start + 6 * day, deadline: start + 6 * day });
  });

  it('without a duration is a whole lifetime, and asked twice is asked once', () => {
    const now = start + 2 * day;
    const once = extend(lifetime(), null, now);
    expect(once).toMatchObject({ ok: true, deadline: now + 3 * day });
    const twice = extend(lifetime({ extendedTo: now + 3 * day }), null, now);
    expect(twice).toEqual(once);
  });

  it('that is shorter than what is left changes nothing', () => {
    expect(extend(lifetime(), hour, start + day)).toMatchObject({ ok: true, deadline: start + 3 * day });
  });

  it('that is shorter than one before it takes nothing away', () => {
    const extended = lifetime({ extendedTo: start + 6 * day });
    const unchanged = { ok: true, until: start + 6 * day, deadline: start + 6 * day };
    expect(extend(extended, null, start + day)).toEqual(unchanged);
  });

  it('beyond the maximum is refused with the reason and the largest possible', () => {
    const extension = extend(lifetime(), 14 * day, start + day);
    expect(extension).toMatchObject({ ok: false });
    const reason = extension.ok ? '' : extension.reason;
    expect(reason).toContain('14d from now is too long');
    expect(reason).toContain('The largest possible is 13d');
    expect(extend(lifetime(), 13 * day, start + day)).toMatchObject({ ok: true, deadline: start + 14 * day });
  });

  it('of a preview that holds nothing is refused', () => {
    expect(extend(lifetime({ begunAt: null }), hour, start)).toMatchObject({ ok: false });
  });
});

describe('warnings', () => {
  const end = start + 3 * day;

  it('come at their distances, one after the other', () => {
    expect(nextWarning(lifetime())).toEqual({ distance: day, at: end - day });
    expect(dueWarning(lifetime(), end - day - 1)).toBeNull();
    expect(dueWarning(lifetime(), end - day)).toBe(day);
    expect(nextWarning(lifetime({ warned: day }))).toEqual({ distance: 2 * hour, at: end - 2 * hour });
    expect(nextWarning(lifetime({ warned: hour / 2 }))).toBeNull();
  });

  it('that were slept through are given as one, the nearest', () => {
    expect(dueWarning(lifetime(), end - hour)).toBe(2 * hour);
    expect(dueWarning(lifetime(), end - 1)).toBe(hour / 2);
  });

  it('further away than the deadline was when it was set are not given', () => {
    const short = lifetime({ limits: { ...limits, defaultMs: hour } });
    expect(nextWarning(short)).toEqual({ distance: hour / 2, at: start + hour / 2 });
  });
});

describe('the latest deadline', () => {
  it('counts from the last push or command, and from the place where that came later', () => {
    expect(latestDeadline(lifetime({ askedAt: start + day }))).toBe(start + 15 * day);
    expect(latestDeadline(lifetime({ begunAt: start + 2 * day }))).toBe(start + 16 * day);
  });
});
