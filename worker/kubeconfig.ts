import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { Refusal } from './refusal.ts';

const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Access to the cluster, for our own requests and as a file for Helm. */
export interface ClusterAccess {
  readonly config: KubeConfig;
  readonly file: string;
}

/**
 * The kubeconfig that `KUBECONFIG` names; inside a cluster, one made of the pod's own account, whose token file is
 * named and read afresh by whoever uses it.
 *
 * @param cacheFolder where that file is put.
 * @throws {Refusal} when neither is there.
 */
export async function loadClusterAccess(
  { kubeconfig, cacheFolder }: { kubeconfig: string | null; cacheFolder: string },
  env: NodeJS.ProcessEnv,
): Promise<ClusterAccess> {
  const file = kubeconfig ?? (await writeOwn(cacheFolder, env));
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (cause) {
    throw new Refusal('settings', [`the kubeconfig ${file} cannot be read`], { cause });
  }
  return { config, file };
}

async function writeOwn(cacheFolder: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (!host || !port) {
    throw new Refusal('settings', [
      'KUBECONFIG is not set, and this is no pod of a cluster: name a kubeconfig',
    ]);
  }
  const name = 'in-cluster';
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority': join(accountFolder, 'ca.crt') } }],
    users: [{ name, user: { tokenFile: join(accountFolder, 'token') } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  await mkdir(cacheFolder, { recursive: true, mode: 0o700 });
  const file = join(cacheFolder, 'kubeconfig.json');
  await writeFile(file, JSON.stringify(content), { mode: 0o600 });
  await chmod(file, 0o600);
  return file;
}
