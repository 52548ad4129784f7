import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeKubeconfig, kubectlFor } from '../../../local/cluster/kubectl.ts';
import { checkout } from '../../../local/folders.ts';
import { plainProgress } from '../../../local/progress.ts';
import { ensureStack, stopStack } from '../../../local/stack.ts';
import type { Stack } from '../../../local/stack.ts';
import { readProject, serviceOf } from '../../docs/compose/project.ts';
import type { Project } from '../../docs/compose/project.ts';
import { beginAccess } from './access.ts';
import { programsFolder, runService } from './run-service.ts';

/** Nobody else's: rights are those of a whole cluster. */
const instance = 5;
let project: Project;
let stack: Stack;
let folder: string;
let programs: string;

beforeAll(async () => {
  project = await readProject();
  stack = await ensureStack({ instance, parts: ['cluster'], progress: plainProgress('rights') });
  folder = await mkdtemp(join(tmpdir(), 'pr-preview-rights-'));
  const { helm, kubectl } = stack.tools;
  programs = await programsFolder(folder, { helm, kubectl });
  await prepareSettings();
}, 300_000);
afterAll(async () => {
  await stopStack({ instance });
  await rm(folder, { recursive: true });
}, 120_000);

/** What the job `prepare` leaves for `rights`. */
async function prepareSettings(): Promise<void> {
  for (const name of ['authority', 'manifests', 'settings', 'access']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'platform.yaml'), project.configs['platform']?.content ?? '');
  const { exitCode, said } = await runService(serviceOf(project, 'prepare'), {
    environment: {
      PLATFORM: join(folder, 'platform.yaml'),
      AUTHORITY: join(folder, 'authority'),
      MANIFESTS: join(folder, 'manifests'),
      SETTINGS: join(folder, 'settings'),
    },
  }).ended;
  expect(exitCode, said).toBe(0);
}

async function helm(words: readonly string[]): Promise<{ exitCode: number | undefined; said: string }> {
  const admin = stack.cluster?.adminKubeconfig ?? '';
  const { server } = await describeKubeconfig(admin);
  return await runService(serviceOf(project, 'rights'), {
    programs,
    words: words.map((word) =>
      word
        .replace(/^\/chart$/, join(checkout, 'charts/pr-preview'))
        .replace('/settings/', join(folder, 'settings/')),
    ),
    environment: { KUBECONFIG: admin, HELM_KUBEAPISERVER: server, HOME: folder },
  }).ended;
}

test('A cluster that never saw us gets the rights, and only then the worker its login; at each start again', async () => {
  const command = serviceOf(project, 'rights').command ?? [];
  // what the local stack installed itself; and what docs/compose.md has people do
  expect(await helm(['uninstall', 'pr-preview', '--namespace', 'pr-preview'])).toMatchObject({ exitCode: 0 });
  const access = await beginAccess({
    service: serviceOf(project, 'access'),
    stack,
    folder: join(folder, 'access'),
  });
  try {
    const installed = await helm(command);
    expect(installed.exitCode, installed.said).toBe(0);
    await access.begun;
    const worker = kubectlFor(stack.tools.kubectl ?? '', access.kubeconfig);
    await expect(worker(['create', 'namespace', 'elsewhere', '--dry-run=server'])).rejects.toThrow(
      'pr-preview-scope',
    );
    const again = await helm(command);
    expect(again.exitCode, again.said).toBe(0);
    const history = await helm(['history', 'pr-preview', '--namespace', 'pr-preview', '--output', 'json']);
    expect(JSON.parse(history.said)).toMatchObject([{ status: 'superseded' }, { status: 'deployed' }]);
  } finally {
    await access.stop();
  }
});
