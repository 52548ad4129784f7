import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPreviewClient } from '../../client/preview-client.ts';
import type { PreviewClient } from '../../client/preview-client.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import { previewWorkflowId } from '../../domain/workflow-ids.ts';
import type { WorkflowTests } from '../workflows/environment.ts';
import { connect, ownPullRequest, until } from '../workflows/environment.ts';
import { fakeGitHub, platformText, startWorker, workerFolder } from './worker-process.ts';

let env: Record<string, string>;
let remove: () => Promise<void>;
let tests: WorkflowTests;
let ref: PullRequestRef;
beforeEach(async () => {
  ({ ref } = ownPullRequest());
  const repository = `${ref.owner}/${ref.repository}`;
  ({ env, remove } = await workerFolder(platformText.replace('example/videocall', repository)));
  tests = await connect();
});
afterEach(async () => {
  await tests.close();
  await remove();
});

/** A GitHub that knows no pull request, and says so when it is let. */
async function slowGitHub() {
  let answer = (): void => undefined;
  const open = new Promise<void>((resolve) => (answer = resolve));
  let asked = 0;
  const server = await fakeGitHub((_, response) => {
    asked += 1;
    void open.then(() =>
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"Not Found"}'),
    );
  });
  return { ...server, answer, asked: () => asked };
}

function client(): PreviewClient {
  return createPreviewClient({
    client: tests.client,
    place: 'the tests',
    taskQueue: env['PREVIEW_TASK_QUEUE'] ?? '',
  });
}

describe('a worker that is told to end while an activity runs', () => {
  it('lets the activity end by itself, and ends with 0', async () => {
    const github = await slowGitHub();
    const worker = startWorker({ ...env, GITHUB_API_URL: github.url });
    await client().push(ref, { sha: null, reason: 'command' });
    await until(github.asked, (asked) => asked > 0, 'the activity running');
    worker.kill('SIGTERM');
    await until(worker.output, (text) => text.includes('worker is draining'), 'the worker draining');
    github.answer();
    expect((await worker.ended).code).toBe(0);
    const handle = tests.client.workflow.getHandle(previewWorkflowId(ref));
    const { events = [] } = await handle.fetchHistory();
    const ended = events?.flatMap((event) => event.activityTaskFailedEventAttributes ?? []) ?? [];
    // GitHub's own answer, not the worker's shutdown, ended the first and only attempt.
    expect(ended.map(({ failure }) => failure?.applicationFailureInfo?.type)).toEqual(['GitHubNotFound']);
    const started = events?.flatMap((event) => event.activityTaskStartedEventAttributes ?? []) ?? [];
    expect(started.map(({ attempt }) => attempt)).toEqual([1]);
    await handle.terminate('end of the test');
    github.close();
  });

  it('ends at once on a second signal', async () => {
    const github = await slowGitHub();
    const worker = startWorker({ ...env, GITHUB_API_URL: github.url, PREVIEW_SHUTDOWN_GRACE: '1m' });
    await client().push(ref, { sha: null, reason: 'command' });
    await until(github.asked, (asked) => asked > 0, 'the activity running');
    worker.kill('SIGTERM');
    await until(worker.output, (text) => text.includes('worker is draining'), 'the worker draining');
    const begun = Date.now();
    worker.kill('SIGTERM');
    expect((await worker.ended).code).toBe(143);
    expect(Date.now() - begun).toBeLessThan(5_000);
    github.close();
    await tests.client.workflow.getHandle(previewWorkflowId(ref)).terminate('end of the test');
  });
});
