import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { createPreviewClient } from '../../client/preview-client.ts';
import type { PullRequestRef } from '../../domain/pull-request.ts';
import { controlOf } from '../../local/github/control.ts';
import type { OwnWorker } from '../../local/own-worker.ts';
import type { Stack } from '../../local/stack.ts';
import { inLanes } from '../lanes.ts';
import { isAlive } from '../usage.ts';
import { deleteNamespaces } from './kubectl.ts';

const closesAtOnce = 10;
const patienceMs = 8 * 60_000;

export interface Crowded {
  readonly client: Client;
  readonly refs: readonly PullRequestRef[];
  readonly taskQueue: string;
  readonly worker: OwnWorker;
}

/**
 * Closes every pull request and waits until the previews have taken themselves away. What is left after that (a
 * worker may have died) is deleted and terminated: a benchmark leaves nothing.
 */
export async function takeAway(stack: Stack, { client, refs, taskQueue, worker }: Crowded): Promise<void> {
  const github = controlOf(stack.github?.url ?? '');
  const previews = createPreviewClient({ client, place: 'the local stack', taskQueue });
  await inLanes(refs, closesAtOnce, async (ref) => {
    await github.closePullRequest({ owner: ref.owner, repo: ref.repository, number: ref.number });
    await previews.close(ref, { reason: 'event', by: null });
  });
  const givesUpAt = Date.now() + patienceMs;
  const open = `TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running'`;
  while ((await client.workflow.count(`${open} AND WorkflowType != 'capacity'`)).count > 0) {
    if (Date.now() > givesUpAt || !isAlive(worker.pid)) break;
    await sleep(1_000);
  }
  for await (const { workflowId } of client.workflow.list({ query: open }))
    await client.workflow.getHandle(workflowId).terminate('the benchmark is over');
  await deleteNamespaces(
    stack,
    refs.map(({ number }) => `preview-${number}`),
  );
}
