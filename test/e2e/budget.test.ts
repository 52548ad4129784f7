import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capacityWorkflowId, previewWorkflowId } from '../../domain/workflow-ids.ts';
import { extendUpdate } from '../../workflows/messages.ts';
import type { RunCost } from '../support/histories.ts';
import { costsOf, runsOf } from '../support/histories.ts';
import type { Scene } from './scene.ts';
import { startScene } from './scene.ts';

const number = 5032;

/** The life that the budget is of: four services, deployed, updated twice, extended and taken away. */
describe('a whole life', { timeout: 240_000 }, () => {
  let scene: Scene;
  let costs: readonly RunCost[];

  beforeAll(async () => {
    scene = await startScene({ number });
    const { app, client } = scene;
    const handle = client.workflow.getHandle(previewWorkflowId(scene.ref));
    await scene.push(await app.open(number));
    await scene.reach('ready');
    for (const _ of ['the first update', 'the second']) {
      const commit = await app.push(number);
      await scene.push(commit);
      expect((await scene.reach('ready')).liveCommit).toBe(commit);
    }
    await handle.executeUpdate(extendUpdate, { args: ['5d'] });
    await scene.close();
    await handle.result();
    // the pool served nobody else: all of its events are this life's
    const pool = { workflowId: capacityWorkflowId(scene.platform), runId: undefined };
    costs = await costsOf(client, [...(await runsOf(client, handle.workflowId)), pool]);
  }, 240_000);

  afterAll(async () => {
    await scene.end();
  }, 180_000);

  it('costs at most 600 events of Temporal, over all its workflows', () => {
    const events = costs.reduce((sum, cost) => sum + cost.events, 0);
    const each = costs.map((cost) => `${cost.type} ${cost.events}`).join(', ');
    expect(costs.map(({ type }) => type).toSorted()).toEqual(
      'capacity check check check cleanup deploy deploy deploy preview'.split(' '),
    );
    expect(events, `${events} events: ${each}`).toBeLessThanOrEqual(600);
  });

  it('needs at most 22 activities for a check and its deploy together', () => {
    const of = (type: string): number[] =>
      costs.filter((cost) => cost.type === type).map(({ activities }) => activities);
    const checks = of('check');
    const pairs = of('deploy').map((amount, index) => amount + (checks[index] ?? Number.NaN));
    expect(Math.max(...pairs), `activities: ${pairs.join(', ')}`).toBeLessThanOrEqual(22);
  });
});
