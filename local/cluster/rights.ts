import { createHash } from 'node:crypto';
import { glob, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { checkout } from '../folders.ts';
import type { ToolFinder } from '../tools.ts';
import { waitFor } from '../wait.ts';
import { writeKubeconfig } from './pki.ts';
import { stackAddresses } from '../addresses.ts';
import { kubectlFor } from './kubectl.ts';
import type { Kubectl } from './kubectl.ts';

const CHART = join(checkout, 'charts', 'pr-preview');
const NAMESPACE = 'pr-preview';
const ACCOUNT = 'worker';
const TOKEN_HOURS = 720;

/** The cluster that gets the rights, seen as its administrator. */
export interface RightsTarget {
  adminKubeconfig: string;
  server: string;
  /** Absent for a server whose certificate the system trusts. */
  caFile?: string | undefined;
}

/**
 * Installs the rights of `charts/pr-preview` as the cluster's administrator, waits until the admission policies
 * are enforced, and writes a kubeconfig with a token of the worker's own service account.
 *
 * @returns path of the worker's kubeconfig.
 */
export async function installRights(
  target: RightsTarget,
  options: { folder: string; tool: ToolFinder },
): Promise<string> {
  const { folder, tool } = options;
  const executable = await tool('kubectl');
  const admin = kubectlFor(executable, target.adminKubeconfig);
  await installChart(await tool('helm'), target.adminKubeconfig, folder);
  const token = (
    await admin(['create', 'token', ACCOUNT, '-n', NAMESPACE, '--duration', `${TOKEN_HOURS}h`])
  ).trim();
  const file = join(folder, 'worker.kubeconfig');
  await writeKubeconfig(file, { ...target, token, user: `${NAMESPACE}/${ACCOUNT}` });
  await waitUntilEnforced(kubectlFor(executable, file));
  await writeFile(join(folder, 'rights.key'), await chartKey());
  return file;
}

/** As `installRights`, where the chart is another one since, or the worker's token has been in use for half its life. */
export async function refreshRights(
  target: RightsTarget,
  options: { folder: string; tool: ToolFinder },
): Promise<void> {
  const keyFile = join(options.folder, 'rights.key');
  const installed = await readFile(keyFile, 'utf8').catch(() => '');
  const age = Date.now() - (await stat(keyFile).catch(() => ({ mtimeMs: 0 }))).mtimeMs;
  if (installed !== (await chartKey()) || age > TOKEN_HOURS * 1800 * 1000)
    await installRights(target, options);
}

/** Installs `charts/pr-preview` without worker and gateway, over what another checkout may have left. */
async function installChart(helm: string, kubeconfig: string, home: string): Promise<void> {
  const values = {
    worker: { enabled: false },
    platform: { domain: stackAddresses().domain, repositories: ['example/videocall'] },
  };
  const options = ['--namespace', NAMESPACE, '--create-namespace', '--kubeconfig', kubeconfig];
  const over = ['--take-ownership', '--force-conflicts', '--reset-values', '--history-max', '2'];
  await execa(helm, ['upgrade', '--install', 'pr-preview', CHART, ...options, ...over, '--values', '-'], {
    extendEnv: false,
    env: { HOME: home },
    input: `${JSON.stringify(values)}\n`,
  });
}

async function chartKey(): Promise<string> {
  const hash = createHash('sha256');
  const files: string[] = [];
  for await (const file of glob('**/*.{yaml,tpl,json,txt}', { cwd: CHART })) files.push(file);
  for (const file of files.toSorted()) hash.update(`${file}\0`).update(await readFile(join(CHART, file)));
  return hash.digest('hex');
}

/** A policy is enforced some moments after it was accepted: until then the worker could reach too far. */
async function waitUntilEnforced(worker: Kubectl): Promise<void> {
  const outside = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'not-a-preview' },
  });
  await waitFor(
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
