import { WorkflowNotFoundError, ScheduleNotFoundError } from '@temporalio/client';
import type { PlatformConfig } from '../../../domain/config.ts';
import type { Finding } from '../../../domain/diagnosis.ts';
import { bad, good, judgeReaper, unknown, warning } from '../../../domain/diagnosis.ts';
import { capacityWorkflowId } from '../../../domain/workflow-ids.ts';
import { capacityQuery } from '../../../workflows/messages.ts';
import { connectTemporal } from '../../connect.ts';
import { readReapSchedule } from '../../reap-schedule.ts';
import { readSearchAttributes } from '../../setup-search-attributes.ts';
import { createTemporalCalls } from '../../temporal-calls.ts';
import type { TemporalCalls } from '../../temporal-calls.ts';
import type { TemporalContext } from '../with-temporal.ts';
import { taskQueueOf } from '../with-temporal.ts';
import type { Examine } from './patient.ts';

const deadlineMs = 8_000;
const setUp = 'preview setup makes it';

/** Temporal, what `preview setup` makes in it, and whether workers ask it for work. */
export const examineTemporal: Examine = async ({ platform, env }, signal) => {
  const access = await connectTemporal(deadlineMs, env);
  try {
    const context = {
      calls: createTemporalCalls(access.client, { place: access.place, deadlineMs }),
      taskQueue: taskQueueOf(env),
    };
    const findings = await access.client.withAbortSignal(signal, async () => await ask(context, platform));
    return [good(`answers at ${access.place}`), ...findings];
  } finally {
    await access.close();
  }
};

async function ask(context: TemporalContext, platform: PlatformConfig | null): Promise<Finding[]> {
  const { calls } = context;
  const findings = [await attributes(calls), await pollers(context)];
  if (platform === null)
    return [...findings, unknown('pool and reaper are not looked at without a platform config')];
  const { name, capacity } = platform;
  const places = 'places' in capacity ? capacity.places : capacity.stems.length;
  return [...findings, await pool(calls, { name, places }), await reaper(calls, name)];
}

async function attributes(calls: TemporalCalls): Promise<Finding> {
  const found = await readSearchAttributes(calls);
  if (found === null)
    return unknown('does not say which search attributes it knows, as Temporal Cloud does not');
  const { missing, others } = found;
  if (missing.length + others.length === 0) return good('knows all search attributes of previews');
  const wrong = [
    ...missing.map((attribute) => `lacks ${attribute}`),
    ...others.map((attribute) => `has ${attribute} with another type`),
  ];
  return bad(
    wrong.join(', '),
    'preview setup registers what is missing; one of another type has to be removed first',
  );
}

/** Temporal remembers who asked for work within the last minutes. */
async function pollers({ calls, taskQueue }: TemporalContext): Promise<Finding> {
  const { connection, options } = calls.client;
  const workflows = 1;
  const { pollers: found } = await calls.ask(
    async () =>
      await connection.workflowService.describeTaskQueue({
        namespace: options.namespace,
        taskQueue: { name: taskQueue },
        taskQueueType: workflows,
      }),
  );
  const fresh = found.filter(({ lastAccessTime }) => secondsSince(lastAccessTime) < 90);
  if (fresh.length === 0)
    return bad(
      `no worker asks for work on task queue ${taskQueue}`,
      'Start the worker; its log says why it does not start',
    );
  // one that was killed since is remembered too
  const names = fresh.map(
    ({ identity, lastAccessTime }) =>
      `${identity ?? 'nameless'} (last ${secondsSince(lastAccessTime)} s ago)`,
  );
  return good(
    `${fresh.length === 1 ? '1 worker asks' : `${fresh.length} workers ask`} for work on task queue ${taskQueue}: ${names.join(', ')}`,
  );
}

type AccessTime = { readonly seconds?: unknown } | null | undefined;

function secondsSince(time: AccessTime): number {
  return Math.max(0, Math.round(Date.now() / 1000 - Number(time?.seconds ?? 0)));
}

async function pool(
  calls: TemporalCalls,
  wanted: { readonly name: string; readonly places: number },
): Promise<Finding> {
  const id = capacityWorkflowId(wanted.name);
  const handle = calls.client.workflow.getHandle(id);
  try {
    const { status } = await calls.within(deadlineMs, async () => await handle.describe());
    if (status.name !== 'RUNNING') return warning(`${id} does not run`, setUp);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return warning(`there is no ${id}`, setUp);
    throw calls.explain(error);
  }
  try {
    const { size, leases, queue } = await calls.within(
      deadlineMs,
      async () => await handle.query(capacityQuery),
    );
    const there = 'places' in size ? size.places : size.stems.length;
    const places = `${there} ${there === 1 ? 'place' : 'places'}`;
    const found = `${id} has ${places}; held: ${leases.length}, previews that wait: ${queue.length}`;
    if (there === wanted.places) return good(found);
    return warning(
      `${found}, but the platform config says ${wanted.places}`,
      'preview setup tells it the new size',
    );
  } catch {
    return warning(
      `${id} runs, and no worker answers for it`,
      'A worker that asked for work a moment ago may be gone: look at its pod and its log',
    );
  }
}

async function reaper(calls: TemporalCalls, platform: string): Promise<Finding> {
  try {
    return judgeReaper(await readReapSchedule(calls, platform), Date.now());
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return warning('the reaper has no Schedule', setUp);
    throw calls.explain(error);
  }
}
