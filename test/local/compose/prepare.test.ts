import { X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { ask } from '../../../local/http.ts';
import { readProject, serviceOf } from '../../docs/compose/project.ts';
import type { Project } from '../../docs/compose/project.ts';
import { runService } from './run-service.ts';

let project: Project;
let folder: string;

beforeAll(async () => {
  project = await readProject();
}, 180_000);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pr-preview-prepare-'));
  for (const name of ['authority', 'manifests', 'settings']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'platform.yaml'), project.configs['platform']?.content ?? '', {
    // as compose copies it
    mode: 0o444,
  });
});
afterEach(() => rm(folder, { recursive: true }));

const place = (...names: string[]): string => join(folder, ...names);
const read = (...names: string[]): Promise<string> => readFile(place(...names), 'utf8');
const certificate = async (name: string): Promise<X509Certificate> =>
  new X509Certificate(await read('authority', `${name}.crt`));

async function prepare(environment: Record<string, string> = {}): Promise<string> {
  const { exitCode, said } = await runService(serviceOf(project, 'prepare'), {
    environment: {
      PLATFORM: place('platform.yaml'),
      AUTHORITY: place('authority'),
      MANIFESTS: place('manifests'),
      SETTINGS: place('settings'),
      ...environment,
    },
  }).ended;
  expect(exitCode, said).toBe(0);
  return said;
}

test('The certificate covers every preview, and is verified by the authority that worker and people get', async () => {
  await prepare();
  const [authority, wildcard] = [await certificate('ca'), await certificate('wildcard')];
  expect(wildcard.verify(authority.publicKey)).toBe(true);
  expect(wildcard.checkHost('pr-1-api.preview.localhost')).toBeDefined();
  expect(wildcard.checkHost('pr-1.elsewhere.localhost')).toBeUndefined();
  expect(await read('settings', 'ca.crt')).toBe(await read('authority', 'ca.crt'));
  expect((await stat(place('authority', 'ca.key'))).mode & 0o077).toBe(0);
});

test('The cluster gets it as the default of its ingress, and a client that knows the authority accepts it', async () => {
  await prepare();
  expect(await readdir(place('manifests'))).toEqual(['pr-preview-certificate.yaml']);
  const [secret, chart] = parseAllDocuments(await read('manifests', 'pr-preview-certificate.yaml')).map(
    (document) => document.toJS() as { data: Record<string, string>; spec: { valuesContent: string } },
  );
  expect(secret).toMatchObject({
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: { namespace: 'kube-system' },
  });
  expect(chart).toMatchObject({
    kind: 'HelmChartConfig',
    metadata: { name: 'traefik', namespace: 'kube-system' },
  });
  expect(parse(chart?.spec.valuesContent ?? '')).toEqual({
    tlsStore: { default: { defaultCertificate: { secretName: 'pr-preview-certificate' } } },
  });
  const plain = (key: string): Buffer => Buffer.from(secret?.data[key] ?? '', 'base64');
  const server = createServer({ cert: plain('tls.crt'), key: plain('tls.key') }, (_, response) =>
    response.end('here'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const answer = await ask(`https://127.0.0.1:${port}/`, {
    servername: 'pr-1.preview.localhost',
    caFile: place('settings', 'ca.crt'),
  });
  server.close();
  expect(answer).toEqual({ status: 200, body: 'here' });
  expect((await stat(place('manifests', 'pr-preview-certificate.yaml'))).mode & 0o077).toBe(0);
});

test('Another run keeps authority and certificate', async () => {
  await prepare();
  const before = [await read('authority', 'ca.crt'), await read('manifests', 'pr-preview-certificate.yaml')];
  expect(await prepare()).toBe('');
  expect([await read('authority', 'ca.crt'), await read('manifests', 'pr-preview-certificate.yaml')]).toEqual(
    before,
  );
});

test('Another domain, or a certificate that ends within a month, gets a new one of the same authority', async () => {
  await prepare();
  const before = await certificate('wildcard');
  expect(await prepare({ DOMAIN: 'previews.example.com' })).toBe(
    'a new certificate for *.previews.example.com',
  );
  expect((await certificate('wildcard')).checkHost('pr-1.previews.example.com')).toBeDefined();
  const authority = await read('authority', 'ca.crt');
  const script = serviceOf(project, 'prepare').command?.[0] ?? '';
  const short = { ...serviceOf(project, 'prepare'), command: [script.replace('-days 397', '-days 20')] };
  const environment = {
    PLATFORM: place('platform.yaml'),
    AUTHORITY: place('authority'),
    MANIFESTS: place('manifests'),
    SETTINGS: place('settings'),
  };
  await runService(short, { environment }).ended;
  const soon = await certificate('wildcard');
  expect(await prepare()).toBe('a new certificate for *.preview.localhost');
  const renewed = await certificate('wildcard');
  expect(new Set([before, soon, renewed].map(({ fingerprint256 }) => fingerprint256)).size).toBe(3);
  expect(renewed.validToDate.getTime()).toBeGreaterThan(soon.validToDate.getTime());
  expect(await read('authority', 'ca.crt')).toBe(authority);
});

test('The platform config comes as it is, and as values of the chart of rights', async () => {
  await prepare();
  expect(await read('settings', 'platform.yaml')).toBe(await read('platform.yaml'));
  expect(parse(await read('settings', 'rights.yaml'))).toEqual({
    worker: { enabled: false },
    platform: parse(await read('platform.yaml')),
  });
  // others than root read them
  for (const name of ['platform.yaml', 'rights.yaml', 'ca.crt'])
    expect((await stat(place('settings', name))).mode & 0o004).toBe(0o004);
});
