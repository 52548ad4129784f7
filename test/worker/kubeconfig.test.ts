import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadClusterAccess } from '../../worker/kubeconfig.ts';

it("inside a cluster, a kubeconfig for Helm names the account's token file instead of holding the token", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pr-preview-kubeconfig-'));
  const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
  const { config, file } = await loadClusterAccess(
    { kubeconfig: null, cacheFolder: join(folder, 'cache') },
    env,
  );
  expect(config.getCurrentCluster()?.server).toBe('https://[fd00::1]:443');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readFile(file, 'utf8')).toContain(
    '"tokenFile":"/var/run/secrets/kubernetes.io/serviceaccount/token"',
  );
  await rm(folder, { recursive: true });
});
