import { NativeConnection, Worker } from '@temporalio/worker';
import { KubeConfig } from '@kubernetes/client-node';
import { WorkflowClient } from '@temporalio/client';
import { createActivities } from '../../activities/index.ts';
import { createGitHub } from '../../activities/github/clients.ts';
import { parsePlatformConfig } from '../../config/platform.ts';
import { readSettings } from '../../worker/config.ts';
import { createLogger, installRuntime } from '../../worker/logger.ts';
import { workerOptions } from '../../worker/options.ts';
import type { TemporalConnection } from '../../worker/temporal.ts';

/*
 * A worker's process as `worker/main.ts` is one, without a cluster, a registry and GitHub, which an idle preview never
 * asks: the same settings, workflow code and activities. Ends on SIGTERM.
 */
const settings = readSettings(process.env);
if (!settings.ok) throw new Error(settings.problems.join('\n'));
installRuntime(createLogger('warn'), null);
const namespace = process.env['TEMPORAL_NAMESPACE'] ?? 'default';
const connection = await NativeConnection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '' });
const worker = await Worker.create({
  ...(await workerOptions(settings.value, { connection, namespace })),
  activities: activities({ connection, namespace }),
});
process.once('SIGTERM', () => worker.shutdown());
const running = worker.run();
process.stdout.write('worker is polling\n');
await running;
await connection.close();
process.exit(0);

function activities({ connection, namespace }: TemporalConnection): object {
  const platform = parsePlatformConfig('domain: preview.example\nrepositories: [example/idle]\n', 'platform');
  if (!platform.ok) throw new Error(platform.problems.map(({ message }) => message).join('\n'));
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser(
    { name: 'none', server: 'https://127.0.0.1:1', skipTLSVerify: false },
    { name: 'nobody' },
  );
  const octokit = createGitHub({ token: 'none', baseUrl: 'http://127.0.0.1:1' });
  return {
    ...createActivities({
      platform: platform.value,
      kubeConfig,
      account: { namespace: 'pr-preview', name: 'worker' },
      octokit,
      packages: { octokit, token: null },
      connect: () => Promise.reject(new TypeError('this platform has no databases')),
      helm: { executable: '/nonexistent', kubeconfig: '/nonexistent' },
      cacheFolder: '/nonexistent',
      registryCredentials: () => null,
      workflows: new WorkflowClient({ connection, namespace }),
      workflowUrl: () => null,
    }),
  };
}
