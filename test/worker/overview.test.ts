import { randomUUID } from 'node:crypto';
import type { SearchAttributePair } from '@temporalio/common';
import { defineSearchAttributeKey } from '@temporalio/common';
import { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readSettings } from '../../worker/config.ts';
import type { OverviewSource } from '../../worker/read-overview.ts';
import { readDeadline, readOverview } from '../../worker/read-overview.ts';
import { until } from '../workflows/environment.ts';

const deadline = defineSearchAttributeKey('PreviewDeadline', 'DATETIME');
const phase = defineSearchAttributeKey('PreviewPhase', 'KEYWORD');
const hour = 3_600_000;

describe('the overview of previews', () => {
  let source: OverviewSource;
  let client: Client;
  const started: string[] = [];

  /** A preview that no worker takes up, with what its workflow would say of itself. */
  const start = async (
    attributes: { typed: SearchAttributePair[] } | { untyped: Record<string, unknown> },
  ): Promise<void> => {
    const workflowId = `overview-${randomUUID()}`;
    const { taskQueue } = source;
    const said =
      'typed' in attributes
        ? { typedSearchAttributes: attributes.typed }
        : { searchAttributes: attributes.untyped as Record<string, Date[]> };
    await client.workflow.start('preview', { workflowId, taskQueue, args: [], ...said });
    started.push(workflowId);
  };
  const lag = async (wanted: number, what: string): Promise<void> => {
    const near = ({ lagMs }: { lagMs: number }): boolean => lagMs >= wanted && lagMs < wanted + hour / 2;
    await until(async () => await readOverview(source), near, what);
  };

  beforeAll(async () => {
    const { temporal } = inject('stack');
    const namespace = temporal?.namespace ?? 'default';
    const connection = await NativeConnection.connect({ address: temporal?.address ?? '' });
    source = { connection, namespace, taskQueue: `of the overview's ${randomUUID()}` };
    client = new Client({ connection, namespace });
  });
  afterAll(async () => {
    for (const workflowId of started)
      await client.workflow.getHandle(workflowId).terminate('the test is over');
    await source.connection.close();
  });

  it('is nothing but zeros where there are none, whatever the task queue is called', async () => {
    const { previews, lagMs } = await readOverview(source);
    expect(previews.map(([, count]) => count)).toEqual(previews.map(() => 0));
    expect(lagMs).toBe(0);
  });

  it('counts by phase, and says how far the most overdue of all is past its deadline', async () => {
    const at = (hours: number): SearchAttributePair => ({
      key: deadline,
      value: new Date(Date.now() + hours * hour),
    });
    await start({ typed: [at(1), { key: phase, value: 'ready' }] });
    await start({ typed: [at(-2), { key: phase, value: 'ready' }] });
    await start({ typed: [at(-1), { key: phase, value: 'queued' }] });
    await start({ typed: [{ key: phase, value: 'cleanup-stuck' }] });
    await lag(2 * hour, 'the overdue preview');
    const counts = { ready: 2, queued: 1, 'cleanup-stuck': 1, gone: 0 };
    await until(
      async () => Object.fromEntries((await readOverview(source)).previews),
      (seen) => Object.entries(counts).every(([name, count]) => seen[name] === count),
      'the counts',
    );
  });

  it('reads a deadline that was written in a list', async () => {
    await start({ untyped: { PreviewDeadline: [new Date(Date.now() - 5 * hour)] } });
    await lag(5 * hour, 'the one in a list');
  });
});

it.each([
  ['"2026-01-02T03:04:05Z"', Date.UTC(2026, 0, 2, 3, 4, 5)],
  ['"2026-01-02T05:04:05.123456789+02:00"', Date.UTC(2026, 0, 2, 3, 4, 5, 123)],
  ['["2026-01-02T03:04:05Z"]', Date.UTC(2026, 0, 2, 3, 4, 5)],
  ['"soon"', null],
  ['{}', null],
  ['half a "', null],
  ['', null],
])('the deadline in %s is %s', (text, expected) => {
  expect(readDeadline(Buffer.from(text))).toBe(expected);
});

it.each(['of "two" words', 'back\\slash'])(
  'a task queue %s, whose previews Temporal cannot list, is refused',
  (name) => {
    const settings = readSettings({
      PREVIEW_PLATFORM_CONFIG: 'p',
      GITHUB_TOKEN: 'x',
      PREVIEW_TASK_QUEUE: name,
    });
    expect(settings).toEqual({
      ok: false,
      problems: [
        `PREVIEW_TASK_QUEUE must be a name without " and \\, not ${name}: Temporal cannot list workflows by those`,
      ],
    });
  },
);
