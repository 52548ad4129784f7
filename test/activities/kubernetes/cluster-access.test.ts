import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { loadClusterAccess } from '../../../activities/kubernetes/cluster-access.ts';

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

it('follows the token file that a kubeconfig names, beside itself, though the client would pass over it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pr-preview-kubeconfig-'));
  const kubeconfig = join(folder, 'kubeconfig');
  const content = {
    clusters: [{ name: 'here', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [
      { name: 'other', user: { token: 'of-somebody-else' } },
      { name: 'worker', user: { tokenFile: 'token' } },
    ],
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'worker' } }],
    'current-context': 'here',
  };
  await writeFile(kubeconfig, JSON.stringify(content));
  await writeFile(join(folder, 'token'), 'first');
  const { config } = await loadClusterAccess({ kubeconfig, cacheFolder: folder }, {});
  const login = async (): Promise<unknown> => {
    const options = { headers: {} };
    await config.applyToHTTPSOptions(options);
    return options.headers;
  };
  vi.useFakeTimers({ toFake: ['Date'] });
  expect(await login()).toEqual({ Authorization: 'Bearer first' });
  await writeFile(join(folder, 'token'), 'second');
  vi.setSystemTime(Date.now() + 61_000);
  expect(await login()).toEqual({ Authorization: 'Bearer second' });
  vi.useRealTimers();
  await rm(folder, { recursive: true });
});
