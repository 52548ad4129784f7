import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PreviewClient } from '../../client/preview-client.ts';
import { createPreviewClient } from '../../client/preview-client.ts';
import { previewWorkflowId } from '../../domain/workflow-ids.ts';
import type { WorkflowTests } from '../workflows/environment.ts';
import { connect, ownPullRequest, until } from '../workflows/environment.ts';
import type { WorkerProcess } from './worker-process.ts';
import { fakeGitHub, startWorker, workerFolder } from './worker-process.ts';

let env: Record<string, string>;
let remove: () => Promise<void>;
let tests: WorkflowTests;
let deploymentName: string;
const workers: WorkerProcess[] = [];
const gitHubs: { close(): void }[] = [];
beforeEach(async () => {
  ({ env, remove } = await workerFolder());
  deploymentName = `deployment-of-${env['PREVIEW_TASK_QUEUE']}`;
  tests = await connect();
});
afterEach(async () => {
  for (const worker of workers.splice(0)) {
    worker.kill('SIGTERM');
    await worker.ended;
  }
  for (const gitHub of gitHubs.splice(0)) gitHub.close();
  await tests.close();
  await remove();
});

async function start(buildId: string): Promise<void> {
  const gitHub = await fakeGitHub((_, response) => {
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"Not Found"}');
  });
  gitHubs.push(gitHub);
  const worker = startWorker({
    ...env,
    GITHUB_API_URL: gitHub.url,
    TEMPORAL_DEPLOYMENT_NAME: deploymentName,
    TEMPORAL_WORKER_BUILD_ID: buildId,
  });
  workers.push(worker);
  await until(worker.output, (text) => text.includes('worker is polling'), 'the worker polling');
}

/** What an operator, or Temporal's Worker Controller, does to let a version have the work. */
async function makeCurrent(buildId: string): Promise<void> {
  const { connection, options } = tests.client;
  const set = async (): Promise<boolean> =>
    await connection.workflowService
      .setWorkerDeploymentCurrentVersion({
        namespace: options.namespace,
        deploymentName,
        buildId,
        identity: 'the test',
        ignoreMissingTaskQueues: true,
      })
      // the server learns of a version some moments after its worker's first poll
      .then(
        () => true,
        () => false,
      );
  await until(set, (done) => done, `${buildId} being current`);
}

function client(): PreviewClient {
  return createPreviewClient({
    client: tests.client,
    place: 'the tests',
    taskQueue: env['PREVIEW_TASK_QUEUE'] ?? '',
  });
}

describe('a worker that Temporal’s Worker Controller started', () => {
  it('gets work once its version is current, and a preview moves on to the next version', async () => {
    const { ref } = ownPullRequest();
    const handle = tests.client.workflow.getHandle(previewWorkflowId(ref));
    const buildOf = async (): Promise<string | undefined> => {
      const { raw } = await handle.describe();
      return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId ?? undefined;
    };
    await start('first');
    await client().push(ref, { sha: null, reason: 'command' });
    expect((await client().status(ref)).kind).toBe('silent');
    await makeCurrent('first');
    await until(buildOf, (build) => build === 'first', 'the first version having the preview');

    await start('second');
    await makeCurrent('second');
    // a version that became current is known to all of the server some moments later: until then the first one is asked
    const askAgain = async (): Promise<string | undefined> => {
      await client().push(ref, { sha: null, reason: 'command' });
      return await buildOf();
    };
    await until(askAgain, (build) => build === 'second', 'the second version having the preview');
    expect((await client().status(ref)).kind).toBe('answered');
    await handle.terminate('the test is over');
  });

  it('does not start with half of its version', async () => {
    const worker = startWorker({ ...env, TEMPORAL_WORKER_BUILD_ID: 'alone' });
    expect(await worker.ended).toMatchObject({ code: 2 });
    expect(worker.output()).toContain(
      'TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID belong together',
    );
  });
});
