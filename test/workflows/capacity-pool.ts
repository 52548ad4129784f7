import { fileURLToPath } from 'node:url';
import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';
import { inject } from 'vitest';
import type { CapacityActivities } from '../../activities/capacity/activities.ts';
import { createCapacityActivities } from '../../activities/capacity/activities.ts';
import { failure } from '../../activities/failure.ts';
import type { PreviewNamespace } from '../../activities/kubernetes/preview-namespaces.ts';
import type { AcquireMessage, CapacityStatus } from '../../domain/capacity-messages.ts';
import type { LeaseMessage } from '../../domain/messages.ts';
import { capacityWorkflowId, previewWorkflowId } from '../../domain/workflow-ids.ts';
import {
  acquireSignal,
  capacityQuery,
  capacityStart,
  capacityWorkflowType,
} from '../../workflows/messages.ts';
import { asker, doneSignal, wordsQuery } from './asker-workflows.ts';

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const workflowsPath = fileOf('asker-workflows.ts');
const payloadConverterPath = fileOf('../../workflows/payload-converter.ts');
const hour = 3_600_000;

let bundle: Promise<WorkflowBundle> | undefined;

/** A pool of its own on the real server, and a cluster that is a list. */
export interface TestPool {
  readonly name: string;
  readonly handle: WorkflowHandle;
  readonly taskQueue: string;
  /** What the cluster has; null: it does not answer. */
  cluster: PreviewNamespace[] | null;
  readonly status: () => Promise<CapacityStatus>;
  /** Sends an `acquire` as an activity does. */
  readonly acquire: (message: AcquireMessage) => Promise<unknown>;
  /** Workflow id of an asker. */
  readonly idOf: (number: number) => string;
  readonly ask: (number: number) => Promise<unknown>;
  readonly done: (number: number) => Promise<void>;
  readonly words: (number: number) => Promise<readonly LeaseMessage[]>;
  /** Has a worker that knows `capacity` and askers while `work` runs. */
  readonly serve: (work: () => Promise<void>) => Promise<void>;
}

/** Plays a scene with a pool. Whatever still runs is terminated. */
export async function withPool(
  { client, places }: { readonly client: Client; readonly places: number },
  scene: (pool: TestPool) => Promise<void>,
): Promise<void> {
  const name = `test-${randomUUID().slice(0, 8)}`;
  const workflows = client.workflow;
  const asked: number[] = [];
  const idOf = (number: number): string => previewWorkflowId({ owner: 'example', repository: name, number });
  const config = { size: { places }, holdMs: hour };
  const pool: TestPool = {
    name,
    handle: workflows.getHandle(capacityWorkflowId(name)),
    taskQueue: name,
    cluster: [],
    status: () => pool.handle.query(capacityQuery),
    acquire: (message) =>
      workflows.signalWithStart(capacityWorkflowType, {
        ...capacityStart({ pool: name, config, taskQueue: name }),
        signal: acquireSignal,
        signalArgs: [message],
      }),
    idOf,
    ask: (number) => {
      asked.push(number);
      const options = { workflowId: idOf(number), taskQueue: name };
      return workflows.start(asker, { ...options, args: [{ askedAt: number }] });
    },
    done: (number) => workflows.getHandle(idOf(number)).signal(doneSignal),
    words: (number) => workflows.getHandle(idOf(number)).query(wordsQuery),
    serve: (work) => serve({ taskQueue: name, activities }, work),
  };
  const activities = createCapacityActivities({
    platform: {
      name,
      capacity: { places },
      lifetime: { default: hour, maximum: hour, warnings: [] },
    },
    workflows,
    operations: {
      listPreviewNamespaces: async () => {
        if (pool.cluster === null) throw failure('ClusterUnavailable', 'the cluster does not answer');
        return pool.cluster;
      },
    },
  });
  try {
    await scene(pool);
  } finally {
    const ids = [capacityWorkflowId(name), ...asked.map(idOf)];
    await Promise.all(
      ids.map((id) =>
        workflows
          .getHandle(id)
          .terminate('the test is over')
          .catch(() => undefined),
      ),
    );
  }
}

async function serve(
  { taskQueue, activities }: { readonly taskQueue: string; readonly activities: CapacityActivities },
  work: () => Promise<void>,
): Promise<void> {
  bundle ??= bundleWorkflowCode({ workflowsPath, payloadConverterPath, logger: new DefaultLogger('ERROR') });
  const { temporal } = inject('stack');
  const connection = await NativeConnection.connect({ address: temporal?.address ?? '' });
  try {
    const worker = await Worker.create({
      connection,
      namespace: temporal?.namespace ?? 'default',
      taskQueue,
      workflowBundle: await bundle,
      activities: { ...activities },
      dataConverter: { payloadConverterPath },
      shutdownGraceTime: '100ms',
    });
    await worker.runUntil(work);
  } finally {
    await connection.close();
  }
}
