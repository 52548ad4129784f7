import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client as Postgres } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { ExaminedArea, Finding } from '../../domain/diagnosis.ts';
import { examinedAreas } from '../../domain/diagnosis.ts';
import { capacityWorkflowId, reapScheduleId } from '../../domain/workflow-ids.ts';
import { createExampleApp } from '../../local/example-app.ts';
import { checkout } from '../../local/folders.ts';
import type { OwnWorker } from '../../local/own-worker.ts';
import { startOwnWorker } from '../../local/own-worker.ts';
import { workerEnvironment } from '../../local/worker-environment.ts';
import { connect } from '../workflows/environment.ts';
import { preview, previewJson } from './command-line.ts';

interface Diagnosis {
  readonly ok: boolean;
  readonly areas: readonly { readonly area: ExaminedArea; readonly findings: readonly Finding[] }[];
}

/** What is not as where all is well. */
interface Changes {
  readonly env?: Record<string, string>;
  readonly platform?: object;
}

const id = randomUUID().slice(0, 8);
const name = `doctor-${id}`;
const weakRole = `doctor_${id}`;
const stack = inject('stack');
let folder: string;
let worker: OwnWorker;
let healthy: Record<string, unknown>;
let env: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pr-preview-doctor-'));
  const repository = `doctor-${id}`;
  await createExampleApp({ stack, repository });
  const example = parse(await readFile(join(checkout, 'examples/videocall/platform.yaml'), 'utf8')) as {
    probe: object;
  };
  const own = { name, repositories: [`example/${repository}`], capacity: { places: 2 } };
  healthy = { ...example, ...own, probe: { ...example.probe, ca: stack.ingress?.caFile } };
  const settings = workerEnvironment(stack, {
    platformFile: await platformFile({}),
    cacheFolder: join(folder, 'cache'),
    helm: stack.tools.helm ?? '',
  });
  env = { ...settings, PREVIEW_TASK_QUEUE: name };
  worker = await startOwnWorker({ stack, taskQueue: name, platform: own });
  await preview(['setup', '--reaper', 'on'], env);
  await asSuperuser(
    `CREATE ROLE ${weakRole} LOGIN CREATEDB PASSWORD 'weak'; GRANT CONNECT ON DATABASE postgres TO ${weakRole}`,
  );
}, 180_000);

afterAll(async () => {
  await worker.stop();
  const { client, close } = await connect();
  await client.schedule.getHandle(reapScheduleId(name)).delete();
  await client.workflow.getHandle(capacityWorkflowId(name)).terminate('the test is over');
  await close();
  await asSuperuser(`DROP OWNED BY ${weakRole}; DROP ROLE ${weakRole}`);
  await rm(folder, { recursive: true });
}, 60_000);

async function platformFile(changes: object): Promise<string> {
  const file = join(folder, `${randomUUID()}.yaml`);
  await writeFile(file, stringify({ ...healthy, ...changes }));
  return file;
}

async function asSuperuser(statement: string): Promise<void> {
  const client = new Postgres({ connectionString: stack.postgres?.superuserUrl });
  await client.connect();
  await client.query(statement);
  await client.end();
}

/** The area that an expectation is about. */
const areaOf = ({ source }: RegExp): string => /^\^(\w+)/.exec(source)?.[1] ?? '';

const findings = ({ areas }: Diagnosis, verdict: Finding['verdict']): string[] =>
  areas.flatMap(({ area, findings: all }) =>
    all.filter((one) => one.verdict === verdict).map(({ text }) => `${area}: ${text}`),
  );

describe('preview doctor', { timeout: 60_000 }, () => {
  it('finds nothing wrong with a platform that is all there, and tells nothing secret', async () => {
    const { code, json, stdout } = await previewJson<Diagnosis>(['doctor'], env);
    expect(findings(json, 'bad')).toEqual([]);
    expect({ code, ok: json.ok }).toEqual({ code: 0, ok: true });
    expect(json.areas.map(({ area }) => area)).toEqual(examinedAreas);
    const good = findings(json, 'good').join('\n');
    for (const seen of [
      'knows all search attributes',
      `1 worker asks for work on task queue ${name}`,
      `capacity:${name} has 2 places`,
      'may create no namespace outside of the pattern',
      'may make no preview without Pod Security',
      'has none of the rights that it must not have',
      'ClusterRole preview-deployer is there',
      'is served a certificate of pr-preview local authority',
      'may create databases and roles, and is no superuser',
      'ghcr.io answers',
      'knows us as preview-robot',
    ])
      expect(good).toContain(seen);
    const told = json.areas.flatMap(({ findings: all }) => all.map(({ text }) => text));
    expect(told).toContainEqual(
      expect.stringMatching(
        /^Schedule reap:\S+ is on; it (has not run yet, and should every 10m|ran \w+ ago)$/,
      ),
    );
    for (const secret of [stack.github?.token ?? '?', new URL(stack.postgres?.adminUrl ?? '').password])
      expect(stdout).not.toContain(secret);
  });

  it('tells a person the same, with what to do below what is not right', async () => {
    const platform = await platformFile({ capacity: { places: 900 } });
    const { code, stdout } = await preview(['doctor', '--platform', platform], env);
    expect(code).toBe(3);
    expect(stdout).toMatch(/ {2}✗ 900 previews of 10 connections.*\n {6}Raise max_connections, or lower/);
    expect(stdout).toMatch(
      / {2}! capacity:\S+ has 2 places.*the platform config says 900\n {6}preview setup tells it/,
    );
    expect(stdout).toMatch(/\n1 thing is wrong; \d+ to look at, \d+ not seen from here$/);
  });

  it.each<[string, Changes, readonly RegExp[]]>([
    [
      'Temporal that is not there',
      { env: { TEMPORAL_ADDRESS: '127.0.0.1:1' } },
      [/^Temporal: .*127\.0\.0\.1:1.*does not answer/],
    ],
    [
      'a namespace of Temporal that is not there',
      { env: { TEMPORAL_NAMESPACE: 'nowhere' } },
      [/^Temporal: .*nowhere/],
    ],
    [
      'no worker',
      { env: { PREVIEW_TASK_QUEUE: 'nobody-serves-this' } },
      [/^Temporal: no worker asks for work on task queue nobody-serves-this/],
    ],
    [
      'an administrator in place of the worker',
      { env: { KUBECONFIG: inject('stack').cluster?.adminKubeconfig ?? '' } },
      [
        /^cluster: .*is no service account/,
        /^cluster: may create the namespace pr-preview-rights-probe/,
        /^cluster: may do everything, list secrets/,
      ],
    ],
    [
      'no account in a pod',
      { env: { KUBECONFIG: '', KUBERNETES_SERVICE_HOST: '127.0.0.1' } },
      [/^cluster: .*KUBECONFIG is not set/],
    ],
    [
      'an authority that is not there',
      { platform: { domain: 'does-not-exist.invalid', probe: { ca: '/does/not/exist' } } },
      [
        /^addresses: .*does-not-exist\.invalid does not lead anywhere/,
        /^addresses: the certificate is not looked at.*\/does\/not\/exist/,
      ],
    ],
    [
      'another pattern than the chart was installed with',
      { platform: { namespace: { pattern: 'other-{number}' } } },
      [/^cluster: may not create other-999999999: /],
    ],
    [
      'a certificate of somebody else',
      { platform: { probe: { connect: '127.0.0.1:18443' } } },
      [/^addresses: .*does not hold for it/],
    ],
    [
      'no ingress controller',
      { platform: { probe: { connect: '127.0.0.1:1' } } },
      [/^addresses: no TLS connection to 127\.0\.0\.1:1/],
    ],
    [
      'a name without an address',
      { platform: { domain: 'does-not-exist.invalid', probe: {} } },
      [/^addresses: .*does-not-exist\.invalid does not lead anywhere/],
    ],
    [
      'a database that is not there',
      { env: { DATABASE_ADMIN_URL: 'postgres://x:y@127.0.0.1:1/' } },
      [/^database: cannot be looked at/],
    ],
    [
      'a registry that is not there',
      { platform: { registries: [{ host: 'ghcr.io', url: 'http://127.0.0.1:1' }] } },
      [/^registries: ghcr\.io does not answer/],
    ],
    ['a token that GitHub does not know', { env: { GITHUB_TOKEN: 'not-a-token' } }, [/^GitHub: .*401/]],
    [
      'a repository that is not there',
      { platform: { repositories: ['example/not-there'] } },
      [/^GitHub: .*example\/not-there.*404/],
    ],
    ['no Helm', { env: { HELM: '/does/not/exist' } }, [/^Helm: .*Helm is missing/]],
    ['a platform config that is wrong', { platform: { publicPort: 'https' } }, [/^settings: .*port/i]],
  ])('says what is wrong with %s, and looks at all else', async (_, changes, wanted) => {
    const platform = await platformFile(changes.platform ?? {});
    const { code, json } = await previewJson<Diagnosis>(['doctor', '--platform', platform], {
      ...env,
      ...changes.env,
    });
    expect(code).toBe(3);
    const found = findings(json, 'bad');
    for (const text of wanted) expect(found).toContainEqual(expect.stringMatching(text));
    const elsewhere = found.filter((text) => !wanted.some((one) => text.startsWith(areaOf(one))));
    expect(elsewhere).toEqual([]);
    const advised = json.areas.flatMap(({ findings: all }) => all).filter(({ verdict }) => verdict === 'bad');
    expect(advised.every(({ advice }) => (advice ?? '') !== '')).toBe(true);
  });

  it('judges no Pod Security by a refusal that has another reason', async () => {
    const platform = await platformFile({ namespace: { pattern: 'other-{number}' } });
    const { json } = await previewJson<Diagnosis>(['doctor', '--platform', platform], env);
    expect(findings(json, 'good')).not.toContain('cluster: may make no preview without Pod Security');
    expect(findings(json, 'unknown')).toContain(
      'cluster: whether it may make previews without Pod Security shows only once it may make any',
    );
  });

  it('says which right the role of the database lacks, and warns of one that has them all', async () => {
    const as = async (user: string, password: string): Promise<Diagnosis> => {
      const url = new URL(stack.postgres?.adminUrl ?? '');
      Object.assign(url, { username: user, password });
      return (await previewJson<Diagnosis>(['doctor'], { ...env, DATABASE_ADMIN_URL: url.href })).json;
    };
    expect(findings(await as(weakRole, 'weak'), 'bad')).toEqual([
      expect.stringMatching(/^database: Postgres role "doctor_/),
    ]);
    const root = new URL(stack.postgres?.superuserUrl ?? '');
    const found = await as(root.username, root.password);
    expect(findings(found, 'warning')).toContain('database: the admin is a superuser');
    expect(found.ok).toBe(true);
  });

  describe('on a desk, of a platform that is all there', () => {
    const desk = () => ({
      TEMPORAL_ADDRESS: env['TEMPORAL_ADDRESS'] ?? '',
      TEMPORAL_NAMESPACE: env['TEMPORAL_NAMESPACE'] ?? '',
      PREVIEW_TASK_QUEUE: name,
      HELM: '/does/not/exist',
    });
    const inside = { probe: { connect: '127.0.0.1:1' } };

    it.each<[string, Changes, readonly RegExp[]]>([
      [
        'what is not set, or not installed',
        { platform: inside },
        [
          /^cluster: .*KUBECONFIG is not set/,
          /^addresses: no TLS connection to 127\.0\.0\.1:1/,
          /^database: DATABASE_ADMIN_URL is not set/,
          /^GitHub: neither GITHUB_TOKEN nor GITHUB_APP_ID is set/,
          /^Helm: .*Helm is missing/,
        ],
      ],
      [
        "files and names of the worker's pod",
        {
          platform: {
            probe: { connect: '127.0.0.1:1', ca: '/does/not/exist' },
            registries: [{ host: 'ghcr.io', url: 'http://127.0.0.1:1' }],
          },
        },
        [/^addresses: .*\/does\/not\/exist/, /^registries: ghcr\.io does not answer/],
      ],
      [
        "what the person's own access says nothing of",
        { env: { KUBECONFIG: stack.cluster?.adminKubeconfig ?? '', TEMPORAL_ADDRESS: '127.0.0.1:1' } },
        [/^cluster: knows us as .*, not as the worker/, /^Temporal: .*does not answer/],
      ],
    ])('finds nothing wrong, and tells %s', async (_, changes, wanted) => {
      const words = ['doctor', '--platform', await platformFile(changes.platform ?? {})];
      const { code, json } = await previewJson<Diagnosis>(words, { ...desk(), ...changes.env });
      expect(findings(json, 'bad')).toEqual([]);
      expect({ code, ok: json.ok }).toEqual({ code: 0, ok: true });
      for (const text of wanted)
        expect(findings(json, 'unknown')).toContainEqual(expect.stringMatching(text));
    });

    it('finds the same wrong in a pod', async () => {
      const words = ['doctor', '--platform', await platformFile(inside)];
      const pod = { ...desk(), KUBERNETES_SERVICE_HOST: '127.0.0.1' };
      const { code, json } = await previewJson<Diagnosis>(words, pod);
      expect(code).toBe(3);
      expect(findings(json, 'bad').map((text) => text.split(':', 1)[0])).toEqual([
        'cluster',
        'addresses',
        'Helm',
      ]);
    });
  });

  it('says what it cannot see from where nothing is set', async () => {
    const { json } = await previewJson<Diagnosis>(['doctor'], {
      TEMPORAL_ADDRESS: env['TEMPORAL_ADDRESS'] ?? '',
      HELM: env['HELM'] ?? '',
    });
    expect(findings(json, 'unknown')).toEqual(
      expect.arrayContaining([
        'settings: no platform config is named: --platform <file>, or PREVIEW_PLATFORM_CONFIG',
        'GitHub: neither GITHUB_TOKEN nor GITHUB_APP_ID is set here: run this where the worker runs',
      ]),
    );
  });
});
