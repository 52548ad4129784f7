import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa, ExecaError } from 'execa';

/** Runs kubectl against one cluster, with nothing of the caller's environment, and returns what it printed. */
export type Kubectl = (args: readonly string[], input?: string) => Promise<string>;

/** @throws one line with what kubectl said. */
export function kubectlFor(executable: string, kubeconfig: string): Kubectl {
  const env = { KUBECONFIG: kubeconfig, KUBERC: 'off', KUBECACHEDIR: '/dev/null', HOME: '/' };
  return async (args, input = '') => {
    try {
      const { stdout } = await execa(executable, [...args], {
        extendEnv: false,
        env,
        input,
        timeout: 60_000,
      });
      return stdout;
    } catch (cause) {
      const said = cause instanceof ExecaError ? String(cause.stderr).trim() : String(cause);
      throw new Error(`kubectl ${args[0]} failed: ${said}`, { cause });
    }
  };
}

/** Server-side apply of a multi-document YAML text, under our field manager. */
export async function applyManifests(kubectl: Kubectl, manifests: string): Promise<void> {
  await kubectl(
    ['apply', '--server-side', '--force-conflicts', '--field-manager=pr-preview', '-f', '-'],
    manifests,
  );
}

/** What a kubeconfig written by us holds. */
export async function describeKubeconfig(
  file: string,
): Promise<{ server: string; token: string; certificateAuthority: Buffer }> {
  const config = JSON.parse(await readFile(file, 'utf8')) as {
    clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }];
    users: [{ user: { token: string } }];
  };
  const { cluster } = config.clusters[0];
  return {
    server: cluster.server,
    token: config.users[0].user.token,
    certificateAuthority: Buffer.from(cluster['certificate-authority-data'], 'base64'),
  };
}

/** Server and, as a file in `folder`, authority of the current context of a kubeconfig that the user gave. */
export async function describeGivenCluster(
  kubectl: Kubectl,
  folder: string,
): Promise<{ server: string; caFile: string | undefined }> {
  const view = JSON.parse(
    await kubectl(['config', 'view', '--minify', '--flatten', '--raw', '-o', 'json']),
  ) as {
    clusters: { cluster: { server: string; 'certificate-authority-data'?: string } }[] | null;
  };
  const cluster = view.clusters?.[0]?.cluster;
  if (!cluster) throw new Error('KUBECONFIG has no cluster in its current context.');
  const authority = cluster['certificate-authority-data'];
  if (authority === undefined) return { server: cluster.server, caFile: undefined };
  const caFile = join(folder, 'ca.crt');
  await writeFile(caFile, Buffer.from(authority, 'base64'));
  return { server: cluster.server, caFile };
}
