import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { describe, expect, inject, it } from 'vitest';
import { withPlatform } from '../../config/chart-schema.ts';
import { parsePlatformConfig } from '../../config/platform.ts';
import { parsePattern, patternExpression } from '../../domain/name-pattern.ts';
import { formatDuration } from '../../domain/lifetime.ts';
import { readSettings } from '../../worker/config.ts';

const chart = fileURLToPath(new URL('../../charts/pr-preview', import.meta.url));
const { helm = 'helm' } = inject('stack').tools;
const platform = { domain: 'preview.example', repositories: ['example/videocall'] };
const rightsOnly = { worker: { enabled: false } };
const everything = {
  platform,
  worker: { environmentSecret: 'worker', registryAuthSecret: 'registries' },
  gateway: {
    enabled: true,
    environmentSecret: 'gateway',
    ingress: { enabled: true, host: 'gateway.example' },
  },
  networkPolicy: {
    metricsFrom: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
  },
  monitoring: { podMonitor: true, prometheusRule: true },
};

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

interface Pod {
  readonly terminationGracePeriodSeconds: number;
  readonly automountServiceAccountToken: boolean;
  readonly serviceAccountName: string;
  readonly securityContext: object;
  readonly volumes: readonly { readonly name: string }[];
  readonly containers: readonly {
    readonly image: string;
    readonly args?: readonly string[];
    readonly env: readonly { readonly name: string; readonly value: string }[];
    readonly volumeMounts: readonly { readonly name: string }[];
  }[];
}

interface Deployment extends Manifest {
  readonly spec: { readonly replicas: number; readonly template: { readonly spec: Pod } };
}

async function render(values: object, ...args: readonly string[]): Promise<Manifest[]> {
  const command = ['template', 'pr-preview', chart, '--namespace', 'pr-preview', '--values', '-', ...args];
  const { stdout } = await execa(helm, command, { input: `${JSON.stringify(values)}\n` });
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

const find = (manifests: Manifest[], kind: string, name: string): Manifest => {
  const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found;
};

const podOf = (manifests: Manifest[], part: 'worker' | 'gateway'): Pod =>
  (find(manifests, 'Deployment', `pr-preview-${part}`) as Deployment).spec.template.spec;

const variablesOf = (pod: Pod): Record<string, string> =>
  Object.fromEntries(pod.containers[0]?.env.map(({ name, value }) => [name, value]) ?? []);

describe('rights and policies of the chart', () => {
  it('have a binding for each policy, and both are called alike', async () => {
    const manifests = await render(rightsOnly);
    const named = (kind: string) =>
      manifests.filter((one) => one.kind === kind).map((one) => one.metadata.name);
    expect(named('ValidatingAdmissionPolicy')).toEqual(named('ValidatingAdmissionPolicyBinding'));
    expect(named('ValidatingAdmissionPolicy')).toEqual(
      expect.arrayContaining([
        'pr-preview-scope',
        'pr-preview-hosts',
        'pr-preview-services',
        'pr-preview-accounts',
        'pr-preview-pods',
      ]),
    );
    expect(named('MutatingAdmissionPolicy')).toEqual(['pr-preview-defaults', 'pr-preview-tokens']);
    expect(named('MutatingAdmissionPolicyBinding')).toEqual(['pr-preview-defaults', 'pr-preview-tokens']);
    expect(named('Deployment')).toEqual([]);
  });

  it.each(['preview-{number}', 'pr{number}', '{repository}-{number}', 'p-{repository}-{number}-x'])(
    'let the worker write where the worker itself looks with the pattern %s',
    async (pattern) => {
      const values = { platform: { ...platform, namespace: { pattern } } };
      const policy = find(await render(values), 'ValidatingAdmissionPolicy', 'pr-preview-scope');
      const expression = patternExpression(parsePattern(pattern).parts);
      expect(JSON.stringify(policy)).toContain(
        JSON.stringify(`variables.ns.matches(r'${expression}')`).slice(1, -1),
      );
    },
  );

  it.each([
    ['without a number', 'preview'],
    ['with a quote', "preview-{number}'"],
    ['with upper case', 'Preview-{number}'],
  ])('refuse a namespace pattern %s', async (_, pattern) => {
    await expect(render({ platform: { ...platform, namespace: { pattern } } })).rejects.toThrow(
      'platform.namespace.pattern must',
    );
  });

  it('let the worker get exactly the secrets that the platform config names', async () => {
    const manifests = await render({
      platform: {
        ...platform,
        tls: { mode: 'secret', namespace: 'ingress', name: 'wildcard-tls' },
        sourceSecrets: [
          { namespace: 'ingress', name: 'oauth', repositories: ['example/videocall'] },
          { namespace: 'shared', name: 'license', repositories: ['example/videocall'] },
        ],
        registries: [
          { host: 'ghcr.io', pullSecret: { namespace: 'shared', name: 'pull' } },
          { host: 'other.example' },
        ],
      },
    });
    const roles = manifests
      .filter(({ kind }) => kind === 'Role')
      .map(({ metadata, ...rest }) => [metadata.namespace, rest]);
    const get = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] };
    expect(roles).toMatchObject([
      ['ingress', { rules: [{ ...get, resourceNames: ['oauth', 'wildcard-tls'] }] }],
      ['shared', { rules: [{ ...get, resourceNames: ['license', 'pull'] }] }],
    ]);
    expect(find(manifests, 'RoleBinding', 'pr-preview-source-secrets')).toMatchObject({
      subjects: [{ kind: 'ServiceAccount', name: 'worker', namespace: 'pr-preview' }],
    });
  });

  it('let the platform’s own annotations pass, as exact key and value', async () => {
    const annotations = { 'nginx.ingress.kubernetes.io/auth-url': 'https://login.example/"check"' };
    const values = { platform: { ...platform, ingress: { annotations } } };
    expect(find(await render(values), 'ValidatingAdmissionPolicy', 'pr-preview-hosts')).toMatchObject({
      spec: {
        variables: expect.arrayContaining([
          { name: 'platformAnnotations', expression: JSON.stringify(annotations) },
        ]) as object[],
      },
    });
  });

  it('do without the default probes where the cluster has no mutating policies', async () => {
    const manifests = await render(rightsOnly, '--kube-version', '1.35.2');
    expect(manifests.filter(({ kind }) => kind.startsWith('Mutating'))).toEqual([]);
  });

  it('take tokens from service accounts wherever the cluster can do that', async () => {
    const changing = async (version: string) => {
      const manifests = await render(
        { ...rightsOnly, defaultProbes: { enabled: false } },
        '--kube-version',
        version,
      );
      return manifests
        .filter(({ kind }) => kind === 'MutatingAdmissionPolicy')
        .map(({ metadata }) => metadata.name);
    };
    expect(await changing('1.36.0')).toEqual(['pr-preview-tokens']);
    expect(await changing('v1.37.1+k3s1')).toEqual(['pr-preview-tokens']);
  });

  it('can be left to an administrator: two releases that have no object in common hold all that one holds', async () => {
    const named = (manifests: Manifest[]): string[] =>
      manifests
        .map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`)
        .toSorted();
    const whole = named(await render(everything));
    const rights = named(
      await render(everything, '--set', 'worker.enabled=false', '--set', 'gateway.enabled=false'),
    );
    const team = await render(everything, '--set', 'rights.enabled=false');
    expect([...rights, ...named(team)].toSorted()).toEqual(whole);
    expect(
      team.filter(({ kind, metadata }) => metadata.namespace === undefined || /Role/.test(kind)),
    ).toEqual([]);
    expect(
      rights.filter((name) => !/^(Cluster)?Role(Binding)? |AdmissionPolicy(Binding)? /.test(name)),
    ).toEqual(['ServiceAccount pr-preview/worker']);
  });
});

describe('worker and gateway of the chart', () => {
  it('read the platform config of the values, as it was meant', async () => {
    const own = {
      ...platform,
      publicPort: 8443,
      lifetime: { default: '12h' },
      network: { dns: [{ ipBlock: { cidr: '10.0.0.1/32' } }] },
    };
    const map = find(await render({ platform: own }), 'ConfigMap', 'pr-preview-platform');
    const text = (map as Manifest & { data: Record<string, string> }).data['platform.yaml'] ?? '';
    expect(parse(text)).toEqual(own);
    expect(parsePlatformConfig(text, 'platform.yaml').ok).toBe(true);
  });

  it('are restarted when the platform config changes, and only then', async () => {
    const sums = async (values: object) => {
      const text = JSON.stringify(await render({ ...everything, ...values }));
      return [...text.matchAll(/"checksum\/platform":"(\w+)"/g)].map(([, sum]) => sum);
    };
    const before = await sums({});
    expect(before).toHaveLength(2);
    expect(await sums({ image: { tag: 'other' } })).toEqual(before);
    expect(await sums({ platform: { ...platform, publicPort: 8443 } })).not.toEqual(before);
  });

  it.each([
    ['the defaults', {}],
    ['longer ones', { shutdownGraceSeconds: 60, shutdownForceSeconds: 300 }],
  ])('give the worker longer than its own shutdown takes: %s', async (_, own) => {
    const pod = podOf(await render({ platform, worker: { environmentSecret: 'worker', ...own } }), 'worker');
    const settings = readSettings({ ...variablesOf(pod), GITHUB_TOKEN: 'x' });
    if (!settings.ok) throw new Error(settings.problems.join('\n'));
    const { shutdownGraceMs, shutdownForceMs } = settings.value.limits;
    expect(pod.terminationGracePeriodSeconds * 1000).toBeGreaterThan(shutdownGraceMs + shutdownForceMs);
    expect([formatDuration(shutdownGraceMs), formatDuration(shutdownForceMs)]).toEqual(
      'shutdownGraceSeconds' in own ? ['1m', '5m'] : ['10s', '2m'],
    );
  });

  it('run without root, without privileges and on a file system that cannot be written to', async () => {
    const manifests = await render(everything);
    for (const part of ['worker', 'gateway'] as const) {
      const pod = podOf(manifests, part);
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      for (const container of pod.containers)
        expect(container).toMatchObject({
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        });
      expect(
        pod.containers.flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name)).toSorted(),
      ).toEqual(pod.volumes.map(({ name }) => name).toSorted());
    }
  });

  it('give an account with rights to the worker, and none to the gateway', async () => {
    const manifests = await render(everything);
    expect(podOf(manifests, 'worker')).toMatchObject({
      serviceAccountName: 'worker',
      automountServiceAccountToken: true,
    });
    expect(podOf(manifests, 'gateway')).toMatchObject({
      serviceAccountName: 'gateway',
      automountServiceAccountToken: false,
    });
  });

  it('take secrets by name only, each its own', async () => {
    const manifests = await render(everything);
    const from = (part: 'worker' | 'gateway') => JSON.stringify(podOf(manifests, part).containers);
    expect(from('worker')).toContain('"envFrom":[{"secretRef":{"name":"worker"}}]');
    expect(from('gateway')).toContain('"envFrom":[{"secretRef":{"name":"gateway"}}]');
    expect(manifests.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });

  it('get the variables of both and their own, the own ones first', async () => {
    const manifests = await render({
      ...everything,
      environment: { TEMPORAL_ADDRESS: 'temporal:7233', PREVIEW_LOG_LEVEL: 'info' },
      worker: {
        environmentSecret: 'worker',
        environment: { PREVIEW_LOG_LEVEL: 'debug', PREVIEW_MAX_ACTIVITIES: 100 },
      },
    });
    expect(variablesOf(podOf(manifests, 'worker'))).toMatchObject({
      TEMPORAL_ADDRESS: 'temporal:7233',
      PREVIEW_LOG_LEVEL: 'debug',
      PREVIEW_MAX_ACTIVITIES: '100',
    });
    expect(variablesOf(podOf(manifests, 'gateway'))).toMatchObject({
      TEMPORAL_ADDRESS: 'temporal:7233',
      PREVIEW_LOG_LEVEL: 'info',
    });
  });

  it('get each variable once, with the values’ word before the chart’s default, and whole numbers as they are', async () => {
    const manifests = await render({
      ...everything,
      environment: { GITHUB_APP_ID: 123_456_789, RATIO: 0.25, DEBUG: true },
      worker: {
        ...everything.worker,
        environment: { NODE_OPTIONS: '', DEBUG: false, PREVIEW_MAX_ACTIVITIES: 0 },
      },
    });
    const pod = podOf(manifests, 'worker');
    const names = pod.containers[0]?.env.map(({ name }) => name) ?? [];
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(variablesOf(pod)).toMatchObject({
      GITHUB_APP_ID: '123456789',
      RATIO: '0.25',
      DEBUG: 'false',
      NODE_OPTIONS: '',
      PREVIEW_MAX_ACTIVITIES: '0',
      REGISTRY_AUTH_FILE: '/etc/pr-preview-registries/.dockerconfigjson',
    });
  });

  it('need no variables of yours', async () => {
    const manifests = await render({
      ...everything,
      environment: null,
      worker: { ...everything.worker, environment: null },
    });
    expect(variablesOf(podOf(manifests, 'worker'))).toMatchObject({ PREVIEW_HEALTH_ADDRESS: '0.0.0.0:8081' });
  });

  it('keep the gateway to what has its NetworkPolicy’s peers, which are nobody where the platform names none', async () => {
    const policyOf = async (network: object) =>
      find(
        await render({ ...everything, platform: { ...platform, network } }),
        'NetworkPolicy',
        'pr-preview-gateway',
      );
    const peers = [{ ipBlock: { cidr: '10.1.0.0/16' } }];
    expect(await policyOf({ ingress: peers })).toMatchObject({
      spec: { policyTypes: ['Ingress'], ingress: [{ from: peers, ports: [{ port: 'http' }] }] },
    });
    const { spec } = (await policyOf({ ingress: [] })) as Manifest & { spec: object };
    expect(spec).toMatchObject({ policyTypes: ['Ingress'] });
    expect(spec).not.toHaveProperty('ingress');
  });

  it('name the image by its digest where one is given', async () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const manifests = await render({
      ...everything,
      image: { repository: 'r.example/pr-preview', tag: '1.2.3', digest },
    });
    for (const part of ['worker', 'gateway'] as const)
      expect(podOf(manifests, part).containers[0]?.image).toBe(`r.example/pr-preview:1.2.3@${digest}`);
  });

  it('wrap the alert rules for the Prometheus operator as they are', async () => {
    const rules = parse(await readFile(`${chart}/files/alerts.yaml`, 'utf8')) as object;
    const manifests = await render({
      ...everything,
      monitoring: { podMonitor: true, prometheusRule: true, labels: { release: 'prometheus' } },
    });
    expect(find(manifests, 'PodMonitor', 'pr-preview-worker')).toMatchObject({
      metadata: { labels: { release: 'prometheus' } },
    });
    expect(find(manifests, 'PrometheusRule', 'pr-preview')).toMatchObject({
      metadata: { labels: { release: 'prometheus' } },
      spec: rules,
    });
  });
});

describe('the values of the chart', () => {
  it('pass the strict lint, rights alone and everything', async () => {
    for (const values of [rightsOnly, everything]) {
      const { stdout } = await execa(helm, ['lint', '--strict', chart, '--values', '-'], {
        input: `${JSON.stringify(values)}\n`,
      });
      expect(stdout).toContain('0 chart(s) failed');
    }
  });

  it('of getting started are good ones, and the platform config in them is', async () => {
    const page = await readFile(`${chart}/../../docs/getting-started.md`, 'utf8');
    const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(
      ([, text]) => parse(text ?? '') as object,
    );
    const values = blocks.find((block) => 'platform' in block) as { readonly platform: object };
    const manifests = await render(values);
    expect(podOf(manifests, 'worker').containers[0]?.image).toBe('registry.example.com/pr-preview:0.1.0');
    expect(parsePlatformConfig(stringify(values.platform), 'platform.yaml')).toMatchObject({
      ok: true,
      warnings: [],
    });
  });

  it('know the platform config as the worker knows it', async () => {
    const schema = JSON.parse(await readFile(`${chart}/values.schema.json`, 'utf8')) as { $defs: object };
    expect(schema).toEqual(JSON.parse(JSON.stringify(withPlatform(schema))));
  });

  it.each([
    ['a setting that is not known', { wrker: {} }, /additional properties 'wrker' not allowed/],
    [
      'a worker without a platform config',
      { platform: {} },
      /at '\/platform': missing properties 'domain', 'repositories'/,
    ],
    [
      'a domain that is none',
      { platform: { ...platform, domain: 'https://preview.example' } },
      /\/platform\/domain': 'https:\/\/preview.example' does not match pattern/,
    ],
    ['a part that is emptied', { worker: null }, /missing property 'worker'/],
    ['an image without a name', { image: { repository: null } }, /\/image': missing property 'repository'/],
    [
      'a field of the platform config that is not known',
      { platform: { ...platform, domian: 'x' } },
      /at '\/platform': additional properties 'domian' not allowed/,
    ],
    [
      'a port that is none',
      { platform: { ...platform, publicPort: 'https' } },
      /\/platform\/publicPort': got string, want integer/,
    ],
    [
      'an Ingress without a host',
      { gateway: { enabled: true, ingress: { enabled: true } } },
      /\/gateway\/ingress\/host'/,
    ],
    [
      'a PodMonitor that the NetworkPolicy keeps out',
      { monitoring: { podMonitor: true } },
      /podMonitor needs networkPolicy\.metricsFrom/,
    ],
    [
      'secrets, and what other values decide, among the variables; all of them named',
      {
        environment: { GITHUB_TOKEN: 'x', TEMPORAL_GRPC_META_AUTHORIZATION: 'y' },
        worker: { environment: { PREVIEW_SHUTDOWN_GRACE: '1m' } },
      },
      /GITHUB_TOKEN may not be .*it is a secret[\s\S]*PREVIEW_SHUTDOWN_GRACE may not be .*worker\.shutdownGraceSeconds[\s\S]*TEMPORAL_GRPC_META_AUTHORIZATION may not be .*it is a secret/,
    ],
    ['a digest that is none', { image: { digest: 'latest' } }, /\/image\/digest'/],
  ])('are refused with %s', async (_, values, message) => {
    await expect(render({ platform, ...values })).rejects.toThrow(message);
  });

  it('refuse a cluster that is too old', async () => {
    await expect(render(rightsOnly, '--kube-version', '1.33.0')).rejects.toThrow(/kubeVersion: >=1.34.0-0/);
  });
});
