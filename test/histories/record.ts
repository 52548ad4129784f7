import { readdir, writeFile } from 'node:fs/promises';
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
 * `npm run histories`: plays every scene that has no histories yet on the real server and writes those of all
 * workflows that took part, for `replay.test.ts`. What exists is what running workflows are like and stays; after a
 * change that is meant to break it, behind `patched`, delete the files of its scene first.
 */
let tests: WorkflowTests;
beforeAll(async () => {
  tests = await connect();
});
afterAll(async () => {
  await tests.close();
});

const recorded = await readdir(import.meta.dirname);
const fileOf = (name: string): string => name.replaceAll(/\W+/g, '-');
const missing = Object.entries(scenes).filter(
  ([name]) => !recorded.some((file) => file.startsWith(`${fileOf(name)}.`)),
);

describe('the histories', () => {
  it('that exist stay', () => undefined);

  it.each(missing)('of "%s" are recorded', async (name, scene) => {
    await play(tests, async (life) => {
      const others = (await scene(tests, life)) ?? [];
      const { workflowId } = life.handle;
      const runs = await runsOf(tests.client, workflowId);
      // one that never came to a place has no pool
      if (life.world.seen.deploys.length > 0)
        runs.push({ workflowId: capacityWorkflowId(life.world.pool), runId: undefined });
      for (const workflowId of others) runs.push({ workflowId, runId: undefined });
      for (const [index, run] of runs.entries()) {
        const history = await fetchHistory(tests.client, run);
        const text = JSON.stringify(anonymous(JSON.parse(historyToJSON(history))));
        const file = `${fileOf(name)}.${index}.${typeOf(run)}.json`;
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
