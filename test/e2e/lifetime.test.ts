import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { previewWorkflowId } from '../../domain/workflow-ids.ts';
import { fetchCommit } from '../../local/demo/fetch-page.ts';
import { extendUpdate } from '../../workflows/messages.ts';
import { fastForward } from '../workflows/fast-forward.ts';
import { leftOvers } from './cluster.ts';
import { smallApp } from './example-config.ts';
import { idsOf, poolOf } from './pool.ts';
import type { Scene } from './scene.ts';
import { eventually, startScene } from './scene.ts';
import { told } from './updates.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const number = 5057;

/** The preview's own time is moved forward; cluster, Postgres and GitHub stay where they are. */
describe('the lifetime of a real preview', { timeout: 4 * minute }, () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await startScene({ number, files: await smallApp('meeting-api') });
    await scene.push(await scene.app.open(number, { services: ['meeting-api'] }));
    await scene.reach('ready');
  }, 4 * minute);

  afterAll(async () => {
    await scene.end();
  }, 3 * minute);

  it('is extended by an Update, whose answer is the deadline that the comment says', async () => {
    const { deadline } = await handle().executeUpdate(extendUpdate, { args: ['5d'] });
    expect(deadline - Date.now()).toBeGreaterThan(5 * day - minute);
    expect((await scene.status()).deadline).toBe(deadline);
    const until = new Date(deadline).toISOString().slice(0, 10);
    await told(scene, ['| Until |', until]);
    expect(await scene.comment()).not.toContain('it is taken away');
  });

  it('is warned of a day before its end, and serves on', async () => {
    await fastForward(scene, handle(), 4 * day + hour);
    await eventually(async () => {
      expect((await scene.status()).warned).not.toBeNull();
    }, 'the warning');
    await told(scene, ['[!WARNING]', 'it is taken away', 'preview extend', 'Preview is ready']);
    expect(await leftOvers(number)).toHaveLength(3);
  });

  it('ends at the deadline without a trace, and the comment says how to bring it back', async () => {
    await fastForward(scene, handle(), day);
    const { reason, receipt } = await scene.reach('gone');
    expect(reason).toContain('its lifetime is over');
    expect(receipt?.items.map(({ state }) => state)).toEqual(['absent', 'absent', 'absent']);
    expect(await leftOvers(number)).toEqual([]);
    await told(scene, ['Preview is gone', 'brings it back', 'Receipt']);
    await eventually(async () => {
      expect(idsOf(await poolOf(scene), scene.ref)).toEqual([]);
    }, 'the place to be given back');
    // it rests: the pull request is still open
    expect((await handle().describe()).status.name).toBe('RUNNING');
  });

  it('begins anew with a push', async () => {
    const commit = await scene.app.push(number, { services: ['meeting-api'] });
    await scene.push(commit);
    const { liveCommit, warned } = await scene.reach('ready');
    expect({ liveCommit, warned }).toEqual({ liveCommit: commit, warned: null });
    const way = scene.stack.ingress ?? { httpsPort: 443, caFile: '' };
    expect(await fetchCommit(`https://pr-${number}-api.preview.localhost:18443`, way)).toBe(commit);
  });

  function handle() {
    return scene.client.workflow.getHandle(previewWorkflowId(scene.ref));
  }
});
