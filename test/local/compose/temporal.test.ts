import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { searchAttributes } from '../../../domain/search-attributes.ts';
import { readProject, serviceOf } from '../../docs/compose/project.ts';
import type { Project } from '../../docs/compose/project.ts';
import { programsFolder, runService } from './run-service.ts';

const { address = '', executable = '' } = inject('stack').temporal ?? {};
const namespace = `compose-${randomUUID().slice(0, 8)}`;
let project: Project;
let folder: string;

beforeAll(async () => {
  project = await readProject({ TEMPORAL_NAMESPACE: namespace, TEMPORAL_RETENTION: '3d' });
  folder = await mkdtemp(join(tmpdir(), 'pr-preview-setup-'));
}, 180_000);
afterAll(async () => {
  await temporal('operator', 'namespace', 'delete', '--namespace', namespace, '--yes');
  await rm(folder, { recursive: true });
});

const temporal = async (...words: string[]): Promise<string> =>
  (await execa(executable, [...words, '--address', address], { extendEnv: false, env: {} })).stdout;

async function run(name: string, words?: readonly string[]): Promise<string> {
  const { exitCode, said } = await runService(serviceOf(project, name), {
    environment: { TEMPORAL_ADDRESS: address },
    programs: await programsFolder(folder, { temporal: executable }),
    ...(words === undefined ? {} : { words }),
  }).ended;
  expect(exitCode, said).toBe(0);
  return said;
}

test('The namespace is made once, with its retention, and known when the job ends', async () => {
  await run('temporal-namespace');
  expect(await temporal('operator', 'namespace', 'describe', '--namespace', namespace)).toContain('72h0m0s');
  expect(await run('temporal-namespace')).not.toContain('registered');
});

test('`preview setup` makes the rest of what Temporal must hold, and may run at each start', async () => {
  const file = join(folder, 'platform.yaml');
  await writeFile(file, project.configs['platform']?.content ?? '');
  const words = (serviceOf(project, 'setup').command ?? []).map((word) =>
    word === '/settings/platform.yaml' ? file : word,
  );
  expect(words).toContain(file);
  const said = await run('setup', words);
  for (const name of Object.keys(searchAttributes)) expect(said).toContain(name);
  expect(said).toContain('3 places');
  expect(await run('setup', words)).toContain('all there already');
});
