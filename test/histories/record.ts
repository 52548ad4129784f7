import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { capacityWorkflowId } from '../../domain/workflow-ids.ts';
import { fetchHistory, runsOf, typeOf } from '../support/histories.ts';
import { connect } from '../workflows/environment.ts';
import type { WorkflowTests } from '../workflows/environment.ts';
import { play } from '../workflows/play.ts';
import { scenes } from './scenes.ts';

/*
 * `npm run histories`: plays every scene on the real server and writes the histories of all workflows that took part,
 * for `replay.test.ts`. To be run when a scene is added; a history that exists is written anew only after a change
 * that is meant to break it, behind `patched`.
 */
let tests: WorkflowTests;
beforeAll(async () => {
  tests = await connect();
  const folder = import.meta.dirname;
  await mkdir(folder, { recursive: true });
  const old = (await readdir(folder)).filter((file) => file.endsWith('.json'));
  await Promise.all(old.map((file) => rm(join(folder, file))));
});
afterAll(async () => {
  await tests.close();
});

describe('the histories', () => {
  it.each(Object.entries(scenes))('of "%s" are recorded', async (name, scene) => {
    await play(tests, async (life) => {
      await scene(tests, life);
      const { workflowId } = life.handle;
      const runs = await runsOf(tests.client, workflowId);
      // one that never came to a place has no pool
      if (life.world.seen.deploys.length > 0)
        runs.push({ workflowId: capacityWorkflowId(life.world.pool), runId: undefined });
      for (const [index, run] of runs.entries()) {
        const history = await fetchHistory(tests.client, run);
        const text = JSON.stringify(anonymous(JSON.parse(historyToJSON(history))));
        const file = `${name.replaceAll(/\W+/g, '-')}.${index}.${typeOf(run)}.json`;
        await writeFile(join(import.meta.dirname, file), `${text}\n`);
      }
    });
  });
});

/** Fields that say who recorded it, and where. */
const traces: Readonly<Record<string, string>> = { identity: 'recorder', stackTrace: '' };

function anonymous(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(anonymous);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, held]) => [key, traces[key] ?? anonymous(held)]);
  return Object.fromEntries(entries) as unknown;
}
