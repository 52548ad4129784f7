import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureReapSchedule } from '../../client/reap-schedule.ts';
import { createTemporalCalls } from '../../client/temporal-calls.ts';
import type { ReapReport } from '../../domain/reconcile-report.ts';
import { reapWorkflowId } from '../../domain/workflow-ids.ts';
import { listed, namespace } from '../domain/reconcile-world.ts';
import { ref } from '../domain/support.ts';
import type { WorkflowTests } from '../workflows/environment.ts';
import { connect, until, withWorker } from '../workflows/environment.ts';
import type { FakeReapWorld } from '../workflows/fake-reap.ts';
import { createFakeReapWorld, fakeReapActivities } from '../workflows/fake-reap.ts';
import { createFakeWorld, fakeActivities } from '../workflows/fake-world.ts';
import { preview, previewJson, startPreview, temporalEnv } from './command-line.ts';

let tests: WorkflowTests;
const started: string[] = [];
beforeAll(async () => {
  tests = await connect();
});
afterAll(async () => {
  for (const id of started)
    await tests.client.workflow
      .getHandle(id)
      .terminate('end of the test')
      .catch(() => undefined);
  await tests.close();
});

interface Scene {
  readonly taskQueue: string;
  readonly env: Record<string, string>;
  readonly fake: FakeReapWorld;
  readonly withWorker: <T>(work: () => Promise<T>) => Promise<T>;
}

/** One namespace without a preview, on a task queue of its own. */
function scene(): Scene {
  const taskQueue = `reap-${randomUUID().slice(0, 8)}`;
  started.push(reapWorkflowId(taskQueue, true), reapWorkflowId(taskQueue, false));
  const createdAt = Date.now() - 3_600_000;
  const fake = createFakeReapWorld({ namespaces: listed([namespace(7, { createdAt })]) });
  const activities = { ...fakeActivities(createFakeWorld(ref)), ...fakeReapActivities(fake) };
  return {
    taskQueue,
    env: temporalEnv(taskQueue),
    fake,
    withWorker: async (work) => await withWorker({ activities, taskQueue }, work),
  };
}

describe('preview reap', () => {
  it('prints what it would send in a dry run, and sends nothing', async () => {
    const { env, fake, taskQueue, withWorker } = scene();
    await withWorker(async () => {
      const { code, stdout, stderr } = await preview(['reap', '--dry-run'], env);
      expect(code).toBe(0);
      expect(stdout).toContain('Reaper of platform pr-preview (dry run: nothing is sent): 1 message');
      expect(stdout).toContain(
        '- example/videocall#7 is cleaned up: no preview looks after namespace preview-7',
      );
      expect(stderr).toContain(`reap:${taskQueue}:dry-run runs`);
    });
    expect(fake.told).toEqual([]);
  });

  it('tells previews what differs, and prints its report as JSON', async () => {
    const { env, fake, withWorker } = scene();
    await withWorker(async () => {
      const { code, json } = await previewJson<ReapReport>(['reap'], env);
      expect(code).toBe(0);
      expect(json).toMatchObject({ dryRun: false, actions: [{ outcome: { state: 'sent' } }] });
    });
    expect(fake.told).toMatchObject([{ kind: 'clean-up' }]);
  });

  it('shows its report in Temporal Web UI', async () => {
    const { env, taskQueue, withWorker } = scene();
    await withWorker(async () => {
      await preview(['reap', '--dry-run'], env);
      const handle = tests.client.workflow.getHandle(reapWorkflowId(taskQueue, true));
      const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
      expect(metadata.currentDetails).toContain('### Would be sent');
      expect(await (await handle.describe()).staticSummary()).toBe('reaper, started by hand, dry run');
    });
  });

  it('joins one that runs already', async () => {
    const { env, fake, withWorker } = scene();
    let holds = true;
    fake.holds = () => holds;
    await withWorker(async () => {
      const runs = [1, 2].map(() => startPreview(['reap', '--dry-run'], env));
      for (const { said } of runs) await until(said, (text) => text.includes('runs'), 'a run');
      holds = false;
      expect(await Promise.all(runs.map(({ code }) => code))).toEqual([0, 0]);
    });
    expect(fake.calls.filter((name) => name === 'listOpenPreviews')).toHaveLength(1);
  });

  it('ends with 5 when no worker takes it', async () => {
    const { env, taskQueue } = scene();
    const { code, stderr } = await preview(['reap', '--dry-run'], env);
    expect(code).toBe(5);
    expect(stderr).toContain(`No worker takes reap:${taskQueue}:dry-run from task queue ${taskQueue}`);
  });

  it('ends with 3 when the run fails, with 6 when it is waited no longer', async () => {
    const { env, fake, taskQueue, withWorker } = scene();
    fake.faults.set('listOpenPreviews', 'TemporalUnavailable');
    await withWorker(async () => {
      const over = await preview(['reap', '--wait', '1s'], env);
      expect(over.code).toBe(6);
      expect(over.stderr).toContain('goes on without us');
      const waiting = startPreview(['reap'], env);
      await until(waiting.said, (text) => text.includes('runs'), 'the run');
      await tests.client.workflow.getHandle(reapWorkflowId(taskQueue, false)).terminate('by hand');
      expect(await waiting.code).toBe(3);
      expect(waiting.said()).toContain(`The reaper's run reap:${taskQueue}:now failed`);
    });
  });
});

describe('the Schedule', () => {
  it('starts runs that read their input', async () => {
    const { taskQueue, fake, withWorker } = scene();
    const calls = createTemporalCalls(tests.client, { place: 'here', deadlineMs: 10_000 });
    const { scheduleId } = await ensureReapSchedule(calls, { platform: taskQueue, taskQueue, mode: 'on' });
    const handle = tests.client.schedule.getHandle(scheduleId);
    try {
      await withWorker(async () => {
        await handle.trigger();
        await until(
          () => fake.told.length,
          (count) => count === 1,
          'what the run tells',
        );
      });
      const { info } = await handle.describe();
      const workflowId = info.recentActions[0]?.action.workflow.workflowId ?? '';
      expect(workflowId).toMatch(new RegExp(`^reap:${taskQueue}-\\d{4}-`));
      expect(await timeoutOf(tests.client, workflowId)).toBe(1_800);
    } finally {
      await handle.delete();
    }
  });
});

/** Seconds after which a run is over, whatever it does. */
async function timeoutOf(client: Client, workflowId: string): Promise<number> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  return Number(raw.executionConfig?.workflowExecutionTimeout?.seconds ?? 0);
}
