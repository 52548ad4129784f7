import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { inject } from 'vitest';
import { createGitHub } from '../../../activities/github/clients.ts';
import { createKubernetesClients, loadKubeConfig } from '../../../activities/kubernetes/clients.ts';
import { createKubernetesOperations } from '../../../activities/kubernetes/operations.ts';
import { createConnect } from '../../../activities/postgres/clients.ts';
import type { ReapActivities, ReapDependencies } from '../../../activities/reap/activities.ts';
import { createReapActivities } from '../../../activities/reap/activities.ts';
import type { PullRequestRef } from '../../../domain/pull-request.ts';
import { capacityWorkflowId, previewWorkflowId } from '../../../domain/workflow-ids.ts';
import { previewStart, previewWorkflowType } from '../../../workflows/messages.ts';
import { platform } from '../../config/samples.ts';

export interface Fixture {
  readonly client: Client;
  /** Of the platform, and of the repository of its pull requests: nobody else has it. */
  readonly name: string;
  readonly taskQueue: string;
  readonly deps: ReapDependencies;
  /** The activities over real systems, each in an activity's context of its own on the fixture's task queue. */
  readonly run: ReapActivities;
  runWith(changes: Partial<ReapDependencies>): ReapActivities;
  ref(number: number): PullRequestRef;
  /** Starts a preview's workflow that no worker serves. */
  open(number: number, options?: { memo?: unknown; taskQueue?: string }): Promise<WorkflowHandle>;
  close(): Promise<void>;
}

export async function createFixture(): Promise<Fixture> {
  const { temporal, cluster, postgres } = inject('stack');
  if (!temporal || !cluster || !postgres) throw new Error('The local stack lacks a part.');
  const name = `reap-${randomUUID().slice(0, 8)}`;
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection, namespace: temporal.namespace });
  const started = new Set<string>([capacityWorkflowId(name)]);
  const ref = (number: number): PullRequestRef => ({ owner: 'example', repository: name, number });
  const deps: ReapDependencies = {
    platform: { ...platform(), name, repositories: [`example/${name}`] },
    workflows: client.workflow,
    octokit: createGitHub({ token: 'none', baseUrl: 'http://127.0.0.1:1' }),
    connect: createConnect(postgres.adminUrl),
    operations: createKubernetesOperations(createKubernetesClients(loadKubeConfig(cluster.workerKubeconfig))),
  };
  const runWith = (changes: Partial<ReapDependencies>): ReapActivities =>
    inActivities(createReapActivities({ ...deps, ...changes }), name);
  return {
    client,
    name,
    taskQueue: name,
    deps,
    run: runWith({}),
    runWith,
    ref: (number) => {
      started.add(previewWorkflowId(ref(number)));
      return ref(number);
    },
    open: async (number, { memo, taskQueue = name } = {}) => {
      started.add(previewWorkflowId(ref(number)));
      return await client.workflow.start(previewWorkflowType, {
        ...previewStart(ref(number), { taskQueue, gitHubUrl: 'https://github.com' }),
        ...(memo === undefined ? {} : { memo: { preview: memo } }),
      });
    },
    close: async () => {
      for (const id of started)
        await client.workflow
          .getHandle(id)
          .terminate('the test is over')
          .catch(() => undefined);
      await connection.close();
    },
  };
}

function inActivities(activities: ReapActivities, taskQueue: string): ReapActivities {
  const run =
    <Args extends unknown[], Result>(activity: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> =>
      await new MockActivityEnvironment({ taskQueue }, { logger: new DefaultLogger('ERROR') }).run(
        activity,
        ...args,
      );
  return {
    reapScope: run(activities.reapScope),
    listOpenPreviews: run(activities.listOpenPreviews),
    listOpenPullRequests: run(activities.listOpenPullRequests),
    listPreviewNamespaces: run(activities.listPreviewNamespaces),
    listPreviewDatabases: run(activities.listPreviewDatabases),
    listLeases: run(activities.listLeases),
    isPoolOpen: run(activities.isPoolOpen),
    describePreviews: run(activities.describePreviews),
    tellPreview: run(activities.tellPreview),
  };
}
