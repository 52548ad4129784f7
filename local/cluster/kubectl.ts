import { readFile } from 'node:fs/promises';
import { execa } from 'execa';

/** Runs kubectl against one cluster, with nothing of the caller's environment, and returns what it printed. */
export type Kubectl = (args: readonly string[], input?: string) => Promise<string>;

export function kubectlFor(executable: string, kubeconfig: string): Kubectl {
  return async (args, input) => {
    const options = { extendEnv: false, env: { KUBECONFIG: kubeconfig, HOME: '/nonexistent' }, timeout: 60_000 } as const;
    const { stdout } = await execa(executable, [...args], input === undefined ? options : { ...options, input });
    return stdout;
  };
}

/** Server-side apply of a multi-document YAML text, under our field manager. */
export async function applyManifests(kubectl: Kubectl, manifests: string): Promise<void> {
  await kubectl(['apply', '--server-side', '--force-conflicts', '--field-manager=pr-preview', '-f', '-'], manifests);
}

/** What a kubeconfig written by us holds. */
export async function describeKubeconfig(file: string): Promise<{ server: string; token: string; certificateAuthority: Buffer }> {
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
