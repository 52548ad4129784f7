import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { previewWorkflowId } from '../../domain/workflow-ids.ts';
import { fetchCommit } from '../../local/demo/fetch-page.ts';
import { resetSignal } from '../../workflows/messages.ts';
import { secretValue, sql } from './cluster.ts';
import { smallApp } from './example-config.ts';
import type { Scene } from './scene.ts';
import { startScene } from './scene.ts';

const minute = 60_000;
const number = 5058;
const database = `preview_${number}`;

describe('a reset', { timeout: 4 * minute }, () => {
  let scene: Scene;
  let commit: string;

  beforeAll(async () => {
    scene = await startScene({ number, files: await smallApp('meeting-api') });
    commit = await scene.app.open(number, { services: ['meeting-api'] });
    await scene.push(commit);
    await scene.reach('ready');
  }, 4 * minute);

  afterAll(async () => {
    await scene.end();
  }, 3 * minute);

  it('gives an empty, migrated database under the password that was, and the service serves', async () => {
    await addRow();
    const before = await databaseUrl();
    await reset();
    const { liveCommit, failure } = await scene.reach('ready');
    expect({ liveCommit, failure }).toEqual({ liveCommit: commit, failure: null });
    expect(await rows()).toEqual([]);
    expect(await databaseUrl()).toBe(before);
    expect(await served()).toBe(commit);
  });

  it('whose deploy fails falls back to what was live, on the new database', async () => {
    const broken = await scene.app.push(number, {
      services: ['meeting-api'],
      faults: { 'meeting-api': 'crash-on-start' },
    });
    await scene.push(broken);
    await scene.reach('update-failed');
    await addRow();
    await reset();
    const status = await scene.reach('update-failed', 3 * minute);
    expect(status).toMatchObject({ commit: broken, liveCommit: commit, disturbed: [] });
    expect(status.failure).toMatchObject({ type: 'ServiceFailed', service: 'meeting-api' });
    expect(await served()).toBe(commit);
    expect(await rows()).toEqual([]);
  });

  async function reset(): Promise<void> {
    await scene.client.workflow.getHandle(previewWorkflowId(scene.ref)).signal(resetSignal, { by: 'alice' });
  }

  async function addRow(): Promise<void> {
    await sql(`INSERT INTO meetings (name) VALUES ('of before')`, database);
    expect(await rows()).toEqual([{ name: 'of before' }]);
  }

  /** Fails where no migration has made the table. */
  async function rows(): Promise<object[]> {
    return await sql('SELECT name FROM meetings', database);
  }

  async function databaseUrl(): Promise<string> {
    return await secretValue(scene.namespace, { name: 'database', key: 'url' });
  }

  async function served(): Promise<string> {
    const way = scene.stack.ingress ?? { httpsPort: 443, caFile: '' };
    return await fetchCommit(`https://pr-${number}-api.preview.localhost:18443`, way);
  }
});
