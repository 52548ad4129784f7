import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readGitHubLogin } from '../../activities/github/login.ts';
import { readGatewaySettings } from '../../client/gateway/settings.ts';
import { parsePlatformConfig } from '../../config/platform.ts';
import { readSurroundings } from '../../local/compose/surroundings.ts';
import { readSettings } from '../../worker/config.ts';
import { composeFile, readProject, serviceOf } from './compose/project.ts';
import type { Project, Service } from './compose/project.ts';

const page = join(import.meta.dirname, '../../docs/compose.md');
const stays = ({ restart }: Service): boolean => restart === 'unless-stopped';
const isJob = ({ restart }: Service): boolean => restart?.startsWith('on-failure') ?? false;

describe('docker-compose.yml', () => {
  let text = '';
  let project: Project;
  let services: [name: string, service: Service][] = [];

  beforeAll(async () => {
    text = await readFile(composeFile, 'utf8');
    project = await readProject();
    services = Object.entries(project.services);
  }, 180_000);

  test("is read by compose's own parser, with a default for every variable", () => {
    const raw = parse(text, { merge: true }) as { services: object };
    expect(Object.keys(project.services).toSorted()).toEqual(Object.keys(raw.services).toSorted());
  });

  test('says what every variable is, and no other; so does its page', async () => {
    const used = new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name));
    const explained = [...text.matchAll(/^# {3}([A-Z_]+) {2,}\S/gm)].map(([, name]) => name);
    const rows = [...(await readFile(page, 'utf8')).matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name);
    expect(new Set(explained)).toEqual(used);
    expect(new Set(rows)).toEqual(used);
  });

  test('says the defaults there are; so does its page', async () => {
    const markdown = await readFile(page, 'utf8');
    const said = new Map<string, string>();
    for (const [, name = '', about = ''] of text.matchAll(/^# {3}([A-Z_]+) {2,}(.+(?:\n# {20,}\S.*)*)/gm))
      said.set(name, about.replaceAll(/\n#\s+/g, ' ').split('Default ')[1] ?? '');
    const plain = [...text.matchAll(/\$\{(\w+):?-([^${}]+)\}/g)];
    expect(plain.length).toBeGreaterThan(20);
    for (const [, name = '', value = ''] of plain) {
      const inWords = said.get(name)?.startsWith('the ') ?? false;
      if (!inWords) expect(said.get(name), name).toBe(value);
      if (!inWords) expect(markdown).toContain(`| \`${name}\` | \`${value}\` |`);
    }
  });

  test('pins every image that is not built here, and none that is deprecated', () => {
    for (const [name, { image, build }] of services) {
      if (build !== undefined) expect(image, name).toMatch(/^pr-preview[\w-]*:local$/);
      else expect(image, name).toMatch(/^(?!.*auto-setup)[\w./-]+:v?\d+\.\d+(\.\d+)?(-k3s\d+)?$/);
    }
  });

  test('checks the health of what stays, and of whatever somebody waits for', () => {
    for (const [name, service] of services) {
      if (stays(service)) expect(service.healthcheck?.test, name).toBeDefined();
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
        if (condition === 'service_healthy')
          expect(serviceOf(project, other).healthcheck, other).toBeDefined();
        else expect(condition).toBe('service_completed_successfully');
      }
    }
  });

  test('has somebody wait for the end of each job, without whom `up --wait` would call it a failure', () => {
    const awaited = services.flatMap(([, { depends_on = {} }]) =>
      Object.keys(depends_on).filter(
        (one) => depends_on[one]?.condition === 'service_completed_successfully',
      ),
    );
    const jobs = services.filter(([, service]) => isJob(service)).map(([name]) => name);
    expect(new Set(awaited)).toEqual(new Set(jobs));
    expect(jobs.length).toBeGreaterThan(3);
  });

  test('starts by itself everything but commands', () => {
    for (const [name, service] of services)
      expect([stays(service), isJob(service), service.profiles?.[0] === 'commands'], name).toContain(true);
  });

  test('lets nothing listen beyond what BIND_ADDRESS says', async () => {
    const elsewhere = await readProject({ BIND_ADDRESS: '192.0.2.1' });
    const addresses = ({ services }: Project): string[] =>
      Object.values(services).flatMap(({ ports = [] }) => ports.map(({ host_ip }) => host_ip));
    expect(new Set(addresses(project))).toEqual(new Set(['127.0.0.1']));
    expect(new Set(addresses(elsewhere))).toEqual(new Set(['192.0.2.1']));
  });

  test('gives nobody more than is needed: the cluster alone is privileged, ours and the jobs have no rights', () => {
    const privileged = services.filter(([, one]) => one.privileged).map(([name]) => name);
    expect(privileged).toEqual(['k3s']);
    for (const [name, service] of services) {
      if (service.build === undefined && !isJob(service) && name !== 'access') continue;
      expect(service.cap_drop, name).toEqual(['ALL']);
      expect(service.security_opt, name).toEqual(['no-new-privileges:true']);
      expect(service.cap_add ?? [], name).toEqual(name === 'access' ? ['CHOWN'] : []);
      expect(service.read_only ?? false, name).toBe(name !== 'prepare');
    }
  });

  test('copies configs only into containers that can be written to: compose refuses others', () => {
    for (const [name, { configs = [], read_only = false }] of services)
      if (read_only) expect(configs, name).toEqual([]);
  });

  test('keeps logins apart: the administrator’s from the worker, the worker’s from all others, the authority’s key from everybody', () => {
    const holders = (volume: string): string[] =>
      services.flatMap(([name, { volumes = [] }]) =>
        volumes
          .filter(({ source }) => source === volume)
          .map(({ read_only }) => `${name}${read_only ? '' : ' writes'}`),
      );
    expect(holders('admin').toSorted()).toEqual(['access', 'k3s writes', 'rights']);
    expect(holders('access').toSorted()).toEqual(['access writes', 'worker']);
    expect(holders('authority')).toEqual(['prepare writes']);
    expect(holders('manifests').toSorted()).toEqual(['k3s', 'prepare writes']);
  });

  test('hands secrets on by the environment, never by arguments', async () => {
    const names = [
      'POSTGRES_PASSWORD',
      'PREVIEW_ADMIN_PASSWORD',
      'TEMPORAL_DB_PASSWORD',
      'PREVIEW_GITHUB_TOKEN',
    ];
    const more = [
      'PREVIEW_GITHUB_APP_PRIVATE_KEY',
      'PREVIEW_GITHUB_PACKAGES_TOKEN',
      'PREVIEW_WEBHOOK_SECRET',
    ];
    const secrets = Object.fromEntries([...names, ...more].map((name) => [name, `secret-of-${name}`]));
    for (const service of Object.values((await readProject(secrets)).services)) {
      const { command, entrypoint, healthcheck, environment = {} } = service;
      expect(JSON.stringify([command, entrypoint, healthcheck])).not.toContain('secret-of-');
      // the stand-in is no place for a real token
      if (environment['GITHUB_STAND_IN_TOKEN'] !== undefined)
        expect(JSON.stringify(environment)).not.toContain('secret-of-');
    }
  });

  test('leaves the stand-in out where that is wanted', async () => {
    expect(serviceOf(project, 'github').scale ?? 1).toBe(1);
    expect(serviceOf(await readProject({ GITHUB_STAND_IN: '0' }), 'github').scale).toBe(0);
  });

  describe('gives each of ours an environment that it can start with', () => {
    const environmentOf = (of: Project, name: string): Record<string, string> =>
      Object.fromEntries(
        Object.entries(serviceOf(of, name).environment ?? {}).map(([key, value]) => [key, value ?? '']),
      );
    const problemsOf = (of: Project): string[] => {
      const worker = readSettings(environmentOf(of, 'worker'));
      const problems = worker.ok ? [] : worker.problems;
      readGatewaySettings(environmentOf(of, 'gateway'), problems);
      readGitHubLogin(environmentOf(of, 'gateway'), problems);
      return problems;
    };

    test('as the file is', () => {
      expect(problemsOf(project)).toEqual([]);
      expect(readSurroundings(environmentOf(project, 'example'))).toMatchObject({
        github: { url: environmentOf(project, 'worker')['GITHUB_API_URL'] },
        temporal: { address: environmentOf(project, 'worker')['TEMPORAL_ADDRESS'] },
      });
    });

    test('with GitHub, as its page says, by a token or an App', async () => {
      const markdown = await readFile(page, 'utf8');
      const [, lines = ''] = /```sh\n(PREVIEW_REPOSITORY=[^]*?)```/.exec(markdown) ?? [];
      const variables = parseEnv(lines) as Record<string, string>;
      expect(variables).toHaveProperty('PREVIEW_GITHUB_TOKEN');
      const byToken = await readProject(variables);
      expect(problemsOf(byToken)).toEqual([]);
      expect(environmentOf(byToken, 'worker')).toMatchObject({ GITHUB_API_URL: 'https://api.github.com' });
      const { privateKey } = generateKeyPairSync('rsa', {
        modulusLength: 2048,
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
      });
      const app = {
        PREVIEW_GITHUB_APP_ID: '7',
        PREVIEW_GITHUB_APP_PRIVATE_KEY: privateKey.replaceAll('\n', String.raw`\n`),
        PREVIEW_GITHUB_TOKEN: '',
      };
      const byApp = await readProject({ ...variables, ...app });
      expect(problemsOf(byApp)).toEqual([]);
    });
  });

  describe('has a platform config', () => {
    const platformOf = ({ configs }: Project) => {
      const parsed = parsePlatformConfig(configs['platform']?.content ?? '', 'platform.yaml');
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
      expect(parsed.warnings).toEqual([]);
      return parsed.value;
    };

    test('that is one, and follows the variables', async () => {
      const other = await readProject({
        PREVIEW_DOMAIN: 'previews.example.com',
        PREVIEW_REPOSITORY: 'acme/shop',
        PREVIEW_REGISTRY_URL: 'https://ghcr.io',
        HTTPS_PORT: '443',
        NETWORK_PREFIX: '10.1.2',
      });
      expect(platformOf(other)).toMatchObject({
        domain: 'previews.example.com',
        publicPort: 443,
        repositories: ['acme/shop'],
        registries: [{ host: 'ghcr.io', url: 'https://ghcr.io' }],
        database: { host: '10.1.2.10' },
        network: { database: [{ ipBlock: { cidr: '10.1.2.10/32' } }] },
      });
      expect(serviceOf(other, 'postgres').networks?.['default']?.ipv4_address).toBe('10.1.2.10');
    });

    test('that fits the file: database, public port, ingress, registry', () => {
      const platform = platformOf(project);
      const { ipv4_address } = serviceOf(project, 'postgres').networks?.['default'] ?? {};
      expect(platform.database?.host).toBe(ipv4_address);
      const port = serviceOf(project, 'k3s').ports?.find(({ target }) => target === 443)?.published;
      expect(String(platform.publicPort)).toBe(port);
      expect(platform.probe).toMatchObject({ connect: 'k3s:443', ca: '/settings/ca.crt' });
      const [registry] = platform.registries;
      const mirrors = parse(project.configs['registries']?.content ?? '') as {
        mirrors: Record<string, { endpoint: string[] }>;
      };
      expect(mirrors.mirrors).toEqual({ [registry?.host ?? '']: { endpoint: [registry?.url] } });
      expect(serviceOf(project, 'example').environment?.['REGISTRY']).toBe(registry?.url);
    });

    test('that can be another file, as its page says', async () => {
      const markdown = await readFile(page, 'utf8');
      const [, override = ''] = /```yaml\n(# docker-compose\.override\.yml\n[^]*?)```/.exec(markdown) ?? [];
      const folder = await mkdtemp(join(tmpdir(), 'pr-preview-compose-'));
      const file = join(folder, 'docker-compose.override.yml');
      await writeFile(file, override);
      const { configs } = await readProject({}, [file]);
      await rm(folder, { recursive: true });
      expect(configs['platform']?.content).toBeUndefined();
      expect(configs['platform']?.file).toMatch(/platform\.yaml$/);
    });
  });
});
