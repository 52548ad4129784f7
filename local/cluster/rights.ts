import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { PartContext } from '../part.ts';
import { checkout } from '../folders.ts';
import { writeKubeconfig } from './pki.ts';
import { applyManifests, kubectlFor } from './kubectl.ts';
import type { Kubectl } from './kubectl.ts';

const NAMESPACE = 'pr-preview';
const ACCOUNT = 'worker';
const TOKEN_LIFETIME = '720h';

/** The cluster that gets the rights, seen as its administrator. */
export interface RightsTarget {
  adminKubeconfig: string;
  server: string;
  caFile: string;
}

/**
 * Applies the rights of `charts/pr-preview` as the cluster's administrator, waits until the admission policies
 * are enforced, and writes a kubeconfig with a token of the worker's own service account.
 *
 * @returns path of the worker's kubeconfig.
 */
export async function installRights(context: PartContext, target: RightsTarget): Promise<string> {
  const executable = await context.tool('kubectl');
  const admin = kubectlFor(executable, target.adminKubeconfig);
  const manifests = await renderRights(await context.tool('helm'));
  await applyManifests(admin, manifests);
  const token = (await admin(['create', 'token', ACCOUNT, '-n', NAMESPACE, '--duration', TOKEN_LIFETIME])).trim();
  const file = join(context.folder, 'worker.kubeconfig');
  await writeKubeconfig(file, { ...target, token, user: `${NAMESPACE}/${ACCOUNT}` });
  await waitUntilEnforced(context, kubectlFor(executable, file));
  return file;
}

/** The manifests of `charts/pr-preview` with the values of the local stack, rendered without any cluster. */
export async function renderRights(helm: string): Promise<string> {
  const chart = join(checkout, 'charts', 'pr-preview');
  const args = ['template', 'pr-preview', chart, '--namespace', NAMESPACE];
  const { stdout } = await execa(helm, args, { extendEnv: false, env: { HOME: '/nonexistent' } });
  return stdout;
}

/** A policy is enforced some moments after it was accepted: until then the worker could reach too far. */
async function waitUntilEnforced(context: PartContext, worker: Kubectl): Promise<void> {
  const outside = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'not-a-preview' } });
  await context.wait(
    async () => {
      const error = await worker(['create', '--dry-run=server', '-f', '-'], outside).then(
        () => undefined,
        (cause: unknown) => cause,
      );
      return error instanceof Error && error.message.includes('pr-preview-scope');
    },
    { what: 'The enforcement of the admission policies', everyMs: 100, timeoutMs: 60_000 },
  );
}

/** For a cluster that the user gave: the file of its authority, as its kubeconfig has it. */
export async function describeGivenCluster(
  kubectl: Kubectl,
  folder: string,
): Promise<{ server: string; caFile: string }> {
  const view = JSON.parse(await kubectl(['config', 'view', '--minify', '--flatten', '--raw', '-o', 'json'])) as {
    clusters: { cluster: { server: string; 'certificate-authority-data'?: string } }[];
  };
  const cluster = view.clusters[0]?.cluster;
  if (!cluster) throw new Error('KUBECONFIG names no cluster in its current context.');
  const caFile = join(folder, 'given-ca.crt');
  await rm(caFile, { force: true });
  await writeFile(caFile, Buffer.from(cluster['certificate-authority-data'] ?? '', 'base64'), { mode: 0o600 });
  return { server: cluster.server, caFile };
}
