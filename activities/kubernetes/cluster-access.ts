import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';

const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Access to the cluster, for our own requests and as a file for Helm. */
export interface ClusterAccess {
  readonly config: KubeConfig;
  readonly file: string;
}

/**
 * The kubeconfig that `KUBECONFIG` names; inside a cluster, one made of the pod's own account. A token file that it
 * names is read afresh, by Helm and by us: tokens of an hour are followed.
 *
 * @param cacheFolder where that file is put.
 * @throws one line when neither is there, or it cannot be read.
 */
export async function loadClusterAccess(
  { kubeconfig, cacheFolder }: { kubeconfig: string | null; cacheFolder: string },
  env: NodeJS.ProcessEnv,
): Promise<ClusterAccess> {
  const file = kubeconfig ?? (await writeOwn(cacheFolder, env));
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
    followTokenFile(config, { file, content: await readFile(file, 'utf8') });
  } catch (cause) {
    throw new Error(`the kubeconfig ${file} cannot be read`, { cause });
  }
  return { config, file };
}

/** The client passes over `tokenFile`, which everything else that reads a kubeconfig follows. */
function followTokenFile(
  config: KubeConfig,
  { file, content }: { readonly file: string; readonly content: string },
): void {
  const { users = [] } = parse(content) as Kubeconfig;
  const user = config.getCurrentUser();
  const tokenFile = users.find(({ name }) => name === user?.name)?.user?.tokenFile;
  if (user === null || tokenFile === undefined) return;
  const path = resolve(dirname(file), tokenFile);
  // the client's own way of reading a pod's token: again after a minute
  config.users = config.users.map((one) =>
    one === user ? { ...one, authProvider: { name: 'tokenFile', config: { tokenFile: path } } } : one,
  );
}

interface Kubeconfig {
  readonly users?: readonly { readonly name: string; readonly user?: { readonly tokenFile?: string } }[];
}

async function writeOwn(cacheFolder: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (!host || !port) {
    throw new Error('KUBECONFIG is not set, and this is no pod of a cluster: name a kubeconfig');
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
