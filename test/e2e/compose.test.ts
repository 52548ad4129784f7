import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { fetchPage } from '../../local/demo/fetch-page.ts';
import { readProject, serviceOf } from '../docs/compose/project.ts';
import type { Project } from '../docs/compose/project.ts';
import { startAccess } from '../local/compose/access.ts';
import type { Access } from '../local/compose/access.ts';
import { runService } from '../local/compose/run-service.ts';
import { startScene } from './scene.ts';
import type { Scene } from './scene.ts';

/*
 * `docker compose run --rm example …`, on the local stack in place of the containers: the same program with the same
 * words, and a worker that logs in by what `access` writes.
 */
const stack = inject('stack');
const number = 5190;
let project: Project;
let folder: string;
let access: Access;
let scene: Scene;

beforeAll(async () => {
  project = await readProject();
  folder = await mkdtemp(join(tmpdir(), 'pr-preview-access-'));
  access = await startAccess({ service: serviceOf(project, 'access'), stack, folder });
  scene = await startScene({ number, environment: { KUBECONFIG: access.kubeconfig } });
}, 300_000);
afterAll(async () => {
  await scene.end();
  await access.stop();
  await rm(folder, { recursive: true });
}, 300_000);

async function example(...words: string[]): Promise<{ exitCode: number | undefined; said: string }> {
  const { repository } = scene.app;
  return await runService(serviceOf(project, 'example'), {
    words: ['--repository', repository, ...words],
    environment: {
      GITHUB_API_URL: stack.github?.url ?? '',
      REGISTRY: `http://${stack.registry?.address ?? ''}`,
      TEMPORAL_ADDRESS: stack.temporal?.address ?? '',
      PREVIEW_TASK_QUEUE: scene.platform,
      // the images' programs and layers, which the container brings along
      HOME: process.env['HOME'] ?? '',
    },
  }).ended;
}

test('The example is deployed by one command, which says where it is; and updated, and taken away by another', async () => {
  const opened = await example('open', `${number}`);
  expect(opened.exitCode, opened.said).toBe(0);
  const page = /^ +ui +(https:\S+)$/m.exec(opened.said)?.[1] ?? '';
  expect(page).toMatch(/^https:\/\/pr-5190\.preview\.localhost:\d+$/);
  expect(opened.said).toContain(`Pull request    ${scene.app.pageOf(number)}`);
  const { httpsPort = 0, caFile = '' } = stack.ingress ?? {};
  const first = await fetchPage(page, { httpsPort, caFile });
  expect(opened.said).toContain(`It serves ${first.served}:`);

  const pushed = await example('push', `${number}`);
  expect(pushed.exitCode, pushed.said).toBe(0);
  const second = await fetchPage(page, { httpsPort, caFile });
  expect(second.served).not.toBe(first.served);
  expect(pushed.said).toContain(`It serves ${second.served}:`);

  const closed = await example('close', `${number}`);
  expect(closed.exitCode, closed.said).toBe(0);
  expect(closed.said).toMatch(/namespace +preview-5190 +absent/);
  expect(closed.said).toMatch(/database +preview_5190 +absent/);
}, 600_000);

test('What cannot be done is said in a line', async () => {
  const { exitCode, said } = await example('close', 'five');
  expect(exitCode).toBe(1);
  expect(said).toContain('It must be the number of a pull request');
  const gone = await example('close', '4711');
  expect(gone.exitCode).toBe(1);
  expect(gone.said).toMatch(/^example: .*404/m);
});
