import type { Logger } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import { createActivities } from '../activities/index.ts';
import { createKubernetesClients } from '../activities/kubernetes/clients.ts';
import { loadClusterAccess } from '../activities/kubernetes/cluster-access.ts';
import type { Connect } from '../activities/postgres/clients.ts';
import { openDatabases } from '../activities/postgres/open-databases.ts';
import { createClients } from './clients.ts';
import { serveHealth } from './health.ts';
import { workerOptions } from './options.ts';
import { keepOverview } from './overview.ts';
import { loadPlatform } from './platform.ts';
import { refuse } from './refusal.ts';
import { requireRights } from './rights.ts';
import type { WorkerSettings } from './config.ts';
import { ownVersion } from '../config/own-version.ts';
import { connectTemporal, requireSearchAttributes } from './temporal.ts';

export interface RunOptions {
  readonly settings: WorkerSettings;
  readonly env: NodeJS.ProcessEnv;
  readonly logger: Logger;
  /** Aborts when the worker shall drain and end. */
  readonly signal: AbortSignal;
}

/**
 * Config → clients → worker → run → drain. Resolves when everything that ran has ended after the signal.
 *
 * @throws {Refusal} when it must not start.
 */
export async function runWorker({ settings, env, logger, signal }: RunOptions): Promise<void> {
  const { platform, warnings } = await loadPlatform(settings);
  for (const warning of warnings) logger.warn(warning);
  const cluster = await loadClusterAccess(settings, env).catch(refuse);
  const api = createKubernetesClients(cluster.config).worker;
  const patience = { logger, patienceMs: settings.startPatienceMs };
  const account = await requireRights(api, { ...patience, platform }, signal);
  const temporal = await connectTemporal(patience, signal);
  try {
    await requireSearchAttributes(temporal, logger);
    const clients = await createClients({ settings, platform, cluster, account, temporal, env });
    if (platform.database !== null) void warnOfOpenDatabases(clients.connect, logger, signal);
    const worker = await Worker.create({
      ...(await workerOptions(settings, temporal)),
      activities: { ...createActivities(clients) },
    });
    if (settings.metricsAddress !== null) {
      const { taskQueue } = worker.options;
      const { connection, namespace } = temporal;
      const overview = { connection, namespace, taskQueue, version: ownVersion(), logger };
      void keepOverview(overview, signal);
    }
    await untilDrained(worker, { settings, logger, signal });
  } finally {
    await temporal.connection.close();
  }
}

/** Previews get roles of their own; this tells the operator where those may log in besides. */
async function warnOfOpenDatabases(connect: Connect, logger: Logger, signal: AbortSignal): Promise<void> {
  try {
    const names = await openDatabases(connect, signal);
    if (names.length === 0) return;
    const revoke = names.map((name) => `REVOKE CONNECT ON DATABASE "${name}" FROM PUBLIC`).join('; ');
    logger.warn(`previews' roles may connect to databases that are not theirs: ${names.join(', ')}`, {
      revoke,
    });
  } catch (error) {
    logger.warn('Postgres does not answer yet', { error });
  }
}

async function untilDrained(
  worker: Worker,
  { settings, logger, signal }: Pick<RunOptions, 'settings' | 'logger' | 'signal'>,
): Promise<void> {
  const source = {
    dead: () => (['STOPPED', 'FAILED'].includes(worker.getState()) ? stateOf(worker) : null),
    unready: () => (worker.getState() === 'RUNNING' ? null : stateOf(worker)),
  };
  const { healthAddress } = settings;
  const health = healthAddress === null ? null : await serveHealth(healthAddress, source);
  const drain = (): void => {
    logger.info('worker is draining', { status: worker.getStatus() });
    worker.shutdown();
  };
  const running = worker.run();
  logger.info('worker is polling', {
    taskQueue: worker.options.taskQueue,
    namespace: worker.options.namespace,
  });
  if (signal.aborted) drain();
  else signal.addEventListener('abort', drain, { once: true });
  try {
    await running;
    logger.info('worker has drained');
  } finally {
    signal.removeEventListener('abort', drain);
    await health?.close();
  }
}

function stateOf(worker: Worker): string {
  return `the worker is ${worker.getState().toLowerCase()}`;
}
