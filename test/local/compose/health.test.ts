import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { waitFor } from '../../../local/wait.ts';
import { readProject, serviceOf } from '../../docs/compose/project.ts';
import type { Project } from '../../docs/compose/project.ts';
import { freePort } from '../../support/free-port.ts';
import { runService } from './run-service.ts';

let project: Project;
beforeAll(async () => {
  project = await readProject();
}, 180_000);

/** The end of a health check that asks our own port in place of the container's. */
async function check(name: string, port: number): Promise<number | undefined> {
  const [kind, program, ...words] = serviceOf(project, name).healthcheck?.test ?? [];
  expect([kind, program]).toEqual(['CMD', 'node']);
  const asked = words.map((word) => word.replace(/(?<=127\.0\.0\.1:)\d+/, `${port}`));
  expect(asked).not.toEqual(words);
  return (await execa(process.execPath, asked, { reject: false })).exitCode;
}

test.each(['worker', 'gateway'])('The health check of the %s is that it is ready', async (name) => {
  let status = 200;
  const server = createServer((request, response) =>
    response.writeHead(request.url === '/readyz' ? status : 404).end(),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  expect(await check(name, port)).toBe(0);
  status = 503;
  expect(await check(name, port)).toBe(1);
  await new Promise((resolve) => server.close(resolve));
  expect(await check(name, port)).toBe(1);
});

test('The stand-in starts with the words of the file, and its health check asks for a page', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pr-preview-stand-in-'));
  const port = await freePort();
  const service = serviceOf(project, 'github');
  const words = (service.command ?? []).map((word) =>
    word
      .replace('--host=0.0.0.0', '--host=127.0.0.1')
      .replace('--port=28080', `--port=${port}`)
      .replace('/state/', `${folder}/`),
  );
  expect(await check('github', port)).toBe(1);
  const standIn = runService(service, { words });
  await waitFor(async () => (await check('github', port)) === 0, { what: 'The stand-in' });
  const about = await (await fetch(`http://127.0.0.1:${port}/_control`)).json();
  expect(about).toMatchObject({ url: 'http://localhost:28080', token: 'stand-in' });
  await standIn.stop();
  await rm(folder, { recursive: true });
});
