import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { createPreviewClient } from '../../client/preview-client.ts';
import { capacityWorkflowId, previewWorkflowId } from '../../domain/workflow-ids.ts';
import { createExampleApp } from '../../local/example-app.ts';
import { startOwnWorker } from '../../local/own-worker.ts';
import type { Stack } from '../../local/stack.ts';
import { costsOf, runsOf } from '../../test/support/histories.ts';
import type { Image } from './helm.ts';

export interface Ours {
  /** From the push to a verified deploy. */
  readonly seconds: number;
  /** Temporal events of all workflows of one deploy and one cleanup. */
  readonly events: number;
  /** The image that was deployed, for the others. */
  readonly image: Image;
}

const chartFiles = ['Chart.yaml', 'values.yaml', 'templates/deployment.yaml'];

/** One preview of the four services, from push to verified, then taken away. */
export async function deployByUs(stack: Stack, number: number): Promise<Ours> {
  const id = randomUUID().slice(0, 8);
  const repository = `bench-${id}`;
  const app = await createExampleApp({ stack, repository, files: await benchFiles() });
  const taskQueue = `bench-${id}`;
  // a name of its own: a pool of places is one workflow for each platform name
  const platform = { name: taskQueue, repositories: [`${app.owner}/${repository}`] };
  const worker = await startOwnWorker({ stack, taskQueue, platform });
  const connection = await Connection.connect({ address: stack.temporal?.address ?? '' });
  const client = new Client({ connection });
  try {
    const previews = createPreviewClient({ client, place: 'the local stack', taskQueue });
    const ref = app.refOf(number);
    const sha = await app.open(number, { services: ['ui'] });
    const started = performance.now();
    await previews.push(ref, { sha, reason: 'event' });
    for (;;) {
      const reading = await previews.status(ref);
      if (reading.kind === 'answered' && reading.status.phase === 'ready') break;
      if (reading.kind === 'answered' && reading.status.phase === 'failed')
        throw new Error(`the deploy failed: ${reading.status.reason}`);
      await sleep(50);
    }
    const seconds = (performance.now() - started) / 1000;
    await app.github.closePullRequest({ owner: app.owner, repo: repository, number });
    await previews.close(ref, { reason: 'event', by: null });
    await client.workflow.getHandle(previewWorkflowId(ref)).result();
    const pool = { workflowId: capacityWorkflowId(taskQueue), runId: undefined };
    const costs = await costsOf(client, [...(await runsOf(client, previewWorkflowId(ref))), pool]);
    const image = { repository: 'ghcr.io/example/videocall-ui', tag: `pr-${number}` };
    return { seconds, events: costs.reduce((sum, { events }) => sum + events, 0), image };
  } finally {
    await worker.stop();
    await client.workflow
      .getHandle(capacityWorkflowId(taskQueue))
      .terminate('the benchmark is over')
      .catch(() => undefined);
    await connection.close();
  }
}

/** The example's repository with another config and one chart. */
async function benchFiles(): Promise<Record<string, string>> {
  const read = (name: string): Promise<string> => readFile(join(import.meta.dirname, name), 'utf8');
  const charts = chartFiles.map(async (name) => [`chart/${name}`, await read(`chart/${name}`)] as const);
  return { 'preview.yaml': await read('preview.yaml'), ...Object.fromEntries(await Promise.all(charts)) };
}
