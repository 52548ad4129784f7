import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createKubernetesClients } from '../../../activities/kubernetes/clients.ts';
import { loadClusterAccess } from '../../../activities/kubernetes/cluster-access.ts';
import { kubectlFor } from '../../../local/cluster/kubectl.ts';
import { waitFor } from '../../../local/wait.ts';
import { readProject, serviceOf } from '../../docs/compose/project.ts';
import type { Service } from '../../docs/compose/project.ts';
import { startAccess } from './access.ts';
import type { Access } from './access.ts';

const stack = inject('stack');
let service: Service;
let folder: string;
let access: Access;

beforeAll(async () => {
  service = serviceOf(await readProject(), 'access');
  folder = await mkdtemp(join(tmpdir(), 'pr-preview-access-'));
  access = await startAccess({ service, stack, folder });
}, 180_000);
afterAll(async () => {
  await access.stop();
  await rm(folder, { recursive: true });
});

test('The worker gets a login of its own, which Helm and its own client take', async () => {
  const review = await kubectlFor(
    stack.tools.kubectl ?? '',
    access.kubeconfig,
  )(['auth', 'whoami', '-o', 'json']);
  const { status } = JSON.parse(review) as { status: { userInfo: { username: string } } };
  expect(status.userInfo.username).toBe('system:serviceaccount:pr-preview:worker');
  const { config } = await loadClusterAccess({ kubeconfig: access.kubeconfig, cacheFolder: folder }, {});
  const { worker } = createKubernetesClients(config);
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const seen = await worker.json<typeof status & { status: typeof status }>(
    { method: 'POST', path, body },
    AbortSignal.timeout(10_000),
  );
  expect(seen.status.userInfo.username).toBe('system:serviceaccount:pr-preview:worker');
});

test('It holds nothing of the administrator’s, and only its owner reads it', async () => {
  expect((await readdir(folder)).toSorted()).toEqual(['kubeconfig', 'token']);
  for (const name of ['kubeconfig', 'token'])
    expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  const [kubeconfig, token] = [await readFile(access.kubeconfig, 'utf8'), await access.token()];
  expect(kubeconfig).not.toContain(token);
  expect(kubeconfig).not.toMatch(/client-key|password/);
});

test('A token is good for an hour, and the health check looks for one of the last ten minutes', async () => {
  const [, payload = ''] = (await access.token()).split('.');
  const { exp, iat } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as {
    exp: number;
    iat: number;
  };
  expect(exp - iat).toBe(3600);
  expect(await access.healthy()).toBe(true);
  await access.age(11);
  expect(await access.healthy()).toBe(false);
});

test('It is renewed, in one step, by a container that is started again', async () => {
  const before = await access.token();
  await access.stop();
  access = await startAccess({ service, stack, folder });
  await waitFor(async () => (await access.token()) !== before, { what: 'A new token' });
  expect(await access.healthy()).toBe(true);
});
