import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import type { ScheduleDescription } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureReapSchedule } from '../../client/reap-schedule.ts';
import { registerSearchAttributes } from '../../client/setup-search-attributes.ts';
import { createTemporalCalls } from '../../client/temporal-calls.ts';
import { searchAttributes } from '../../domain/search-attributes.ts';
import { capacityWorkflowId, reapScheduleId } from '../../domain/workflow-ids.ts';
import type { WorkflowTests } from '../workflows/environment.ts';
import { connect, until } from '../workflows/environment.ts';
import { preview, previewJson, temporalEnv } from './command-line.ts';

let tests: WorkflowTests;
let folder: string;
const platforms: string[] = [];
beforeAll(async () => {
  tests = await connect();
  folder = await mkdtemp(join(tmpdir(), 'pr-preview-setup-'));
});
afterAll(async () => {
  for (const platform of platforms) {
    await tests.client.schedule
      .getHandle(reapScheduleId(platform))
      .delete()
      .catch(() => undefined);
    const pool = tests.client.workflow.getHandle(capacityWorkflowId(platform));
    await pool.terminate('end of the test').catch(() => undefined);
  }
  await rm(folder, { recursive: true, force: true });
  await tests.close();
});

interface Scene {
  readonly platform: string;
  readonly file: string;
  readonly env: Record<string, string>;
  readonly schedule: () => Promise<ScheduleDescription>;
}

/** A platform of its own, with its file and task queue. */
async function scene(more = ''): Promise<Scene> {
  const platform = `setup-${randomUUID().slice(0, 8)}`;
  platforms.push(platform);
  const file = join(folder, `${platform}.yaml`);
  await writeFile(
    file,
    `name: ${platform}\ndomain: sandbox.example.com\nrepositories: [example/app]\n${more}`,
  );
  return {
    platform,
    file,
    env: temporalEnv(platform),
    schedule: async () => await tests.client.schedule.getHandle(reapScheduleId(platform)).describe(),
  };
}

interface SetUp {
  readonly platform: string;
  readonly searchAttributes: { readonly state: string; readonly registered: readonly string[] };
  readonly pool: { readonly workflowId: string; readonly size: object };
  readonly reaper: { readonly scheduleId: string; readonly mode: string; readonly change: string };
}

describe('preview setup', () => {
  it('makes the Schedule as a dry run and the pool, and says the second time what was right', async () => {
    const { platform, file, env, schedule } = await scene('capacity: { places: 5 }\n');
    const first = await previewJson<SetUp>(['setup', '--platform', file], env);
    expect(first.code).toBe(0);
    expect(first.json).toMatchObject({
      platform,
      searchAttributes: { state: 'registered', registered: [] },
      pool: { workflowId: capacityWorkflowId(platform), size: { places: 5 } },
      reaper: { scheduleId: `reap:${platform}`, mode: 'dry-run', change: 'created' },
    });
    const { spec, policies, action, state } = await schedule();
    expect(spec).toMatchObject({ intervals: [{ every: 600_000 }], jitter: 60_000 });
    expect(policies).toEqual({ overlap: 'SKIP', catchupWindow: 600_000, pauseOnFailure: false });
    expect(action).toMatchObject({
      workflowType: 'reap',
      taskQueue: platform,
      args: [{ v: 1, dryRun: true }],
      workflowExecutionTimeout: 1_800_000,
      staticSummary: `reaper of ${platform}, dry run`,
    });
    expect(state.paused).toBe(false);
    const again = await preview(['setup', '--platform', file], env);
    expect(again.code).toBe(0);
    expect(again.stdout).toContain('search attributes: all there already');
    expect(again.stdout).toContain(
      `Schedule reap:${platform}: right already; it runs every 10 minutes and sends nothing`,
    );
  });

  it('tells the pool its size each time, and starts it once', async () => {
    const { platform, file, env } = await scene('capacity: { stems: [alpha, beta] }\n');
    await preview(['setup', '--platform', file], env);
    const { stdout } = await preview(['setup', '--platform', file], env);
    expect(stdout).toContain(`capacity:${platform}: told of the places alpha, beta, held for 3d by default`);
    const { events } = await tests.client.workflow.getHandle(capacityWorkflowId(platform)).fetchHistory();
    const names = (events ?? []).map((event) => event.workflowExecutionSignaledEventAttributes?.signalName);
    expect(names.filter((name) => name === 'configure')).toHaveLength(2);
  });

  it('turns the reaper on and off when it is told to, and else keeps what is there', async () => {
    const { file, env, schedule } = await scene();
    const setup = async (...flags: string[]): Promise<SetUp['reaper']> =>
      (await previewJson<SetUp>(['setup', '--platform', file, ...flags], env)).json.reaper;
    expect(await setup('--reaper', 'on')).toMatchObject({ mode: 'on', change: 'created' });
    expect((await schedule()).action.args).toEqual([{ v: 1, dryRun: false }]);
    expect(await setup()).toMatchObject({ mode: 'on', change: 'none' });
    expect(await setup('--reaper', 'off')).toMatchObject({ mode: 'off', change: 'updated' });
    expect((await schedule()).state.paused).toBe(true);
    expect(await setup()).toMatchObject({ mode: 'off', change: 'none' });
    expect(await setup('--reaper', 'dry-run')).toMatchObject({ mode: 'dry-run', change: 'updated' });
    expect((await schedule()).state.paused).toBe(false);
  });

  it("keeps an operator's pause and the choice of dry run when it mends the rest", async () => {
    const { platform, file, env, schedule } = await scene();
    await preview(['setup', '--platform', file, '--reaper', 'on'], env);
    const handle = tests.client.schedule.getHandle(reapScheduleId(platform));
    await handle.update((found) => ({ ...found, spec: { intervals: [{ every: '1h' }] } }));
    await handle.pause('the cluster is being moved');
    const { json } = await previewJson<SetUp>(['setup', '--platform', file], env);
    expect(json.reaper).toMatchObject({ mode: 'off', change: 'updated' });
    const { spec, state, action } = await schedule();
    expect(spec.intervals).toMatchObject([{ every: 600_000 }]);
    expect(state).toMatchObject({ paused: true, note: 'the cluster is being moved' });
    expect(action.args).toEqual([{ v: 1, dryRun: false }]);
  });

  it('is made once when two set up at once', async () => {
    const { platform } = await scene();
    const calls = createTemporalCalls(tests.client, { place: 'here', deadlineMs: 10_000 });
    const wanted = { platform, taskQueue: platform, mode: null };
    const made = await Promise.all([1, 2, 3].map(async () => await ensureReapSchedule(calls, wanted)));
    expect(made.map(({ change }) => change).sort()).toEqual(['created', 'none', 'none']);
  });

  it.each([
    [[], 'wanted the platform config: --platform <file>'],
    [['--platform', '/nowhere/platform.yaml'], 'cannot read /nowhere/platform.yaml'],
  ])('ends with 2 when it is called with %j', async (flags, message) => {
    const { code, stderr } = await preview(['setup', ...flags], temporalEnv('none'));
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it('ends with 2 for another word than on, dry-run and off, and with 3 for a config with problems', async () => {
    const { file, env } = await scene();
    const wrong = await preview(['setup', '--platform', file, '--reaper', 'yes'], env);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('wanted --reaper as on, dry-run, off, got "yes"');
    await writeFile(file, 'domain: 7\n');
    expect((await preview(['setup', '--platform', file], env)).code).toBe(3);
  });
});

describe('search attributes', () => {
  it('that a new namespace lacks are registered, and known when the command ends', async () => {
    const namespace = `setup-${randomUUID().slice(0, 8)}`;
    const { connection } = tests.client;
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    const { file, env } = await scene();
    const inNamespace = { ...env, TEMPORAL_NAMESPACE: namespace };
    // the server takes some seconds to know a namespace everywhere
    const first = await until(
      async () => await previewJson<SetUp>(['setup', '--platform', file], inNamespace),
      ({ code }) => code === 0,
      'the setup of a new namespace',
    );
    expect(first.json.searchAttributes.state).toBe('registered');
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    expect(Object.keys(customAttributes ?? {})).toEqual(
      expect.arrayContaining(Object.keys(searchAttributes)),
    );
    const calls = createTemporalCalls(new Client({ connection: tests.client.connection, namespace }), {
      place: 'here',
      deadlineMs: 10_000,
    });
    expect(await registerSearchAttributes(calls)).toMatchObject({ registered: [] });
    await connection.operatorService.deleteNamespace({ namespace });
  });

  it('that Temporal does not let us register are named, with what to do', async () => {
    const refusal = Object.assign(new Error('not here'), { code: 12, details: 'not here', metadata: {} });
    const connection = {
      ...tests.client.connection,
      operatorService: { listSearchAttributes: () => Promise.reject(refusal) },
      withDeadline: async <T>(_: number | Date, call: () => Promise<T>): Promise<T> => await call(),
    };
    const client = new Client({ connection: connection as unknown as Client['connection'] });
    const calls = createTemporalCalls(client, { place: 'here', deadlineMs: 10_000 });
    expect(await registerSearchAttributes(calls)).toEqual({
      state: 'not-allowed',
      advice: expect.stringContaining('PreviewRepo (Keyword), PreviewPr (Int)') as string,
    });
  });
});
