import { describe, expect, it } from 'vitest';
import type { ReaperReading } from '../../domain/diagnosis.ts';
import { judgeReaper } from '../../domain/diagnosis.ts';

const minute = 60_000;
const now = Date.UTC(2026, 10, 20);

describe('the reaper', () => {
  const reading = { scheduleId: 'reap:p', mode: 'on', everyMs: 10 * minute, lastRun: now - minute } as const;

  it.each<[Partial<ReaperReading>, string, string]>([
    [{}, 'good', 'Schedule reap:p is on; it ran 1m ago'],
    [{ lastRun: now - 30 * minute }, 'good', 'Schedule reap:p is on; it ran 30m ago'],
    [
      { lastRun: now - 31 * minute },
      'warning',
      'Schedule reap:p is on; it ran 31m ago, and should every 10m',
    ],
    [{ lastRun: now - 31 * minute, everyMs: 60 * minute }, 'good', 'Schedule reap:p is on; it ran 31m ago'],
    [{ lastRun: null }, 'warning', 'Schedule reap:p is on; it has not run yet, and should every 10m'],
    [{ mode: 'off' }, 'warning', 'Schedule reap:p is off; it ran 1m ago'],
    [{ mode: 'dry-run', lastRun: null }, 'warning', 'Schedule reap:p is a dry run; it has not run yet'],
  ])('with %j is %s: %s', (changes, verdict, text) => {
    expect(judgeReaper({ ...reading, ...changes }, now)).toMatchObject({ verdict, text });
  });

  it('that starts no run is looked for in Temporal', () => {
    expect(judgeReaper({ ...reading, lastRun: null }, now).advice).toContain('workflow reap:p');
  });
});
