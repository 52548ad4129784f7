import { execa } from 'execa';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { checkout } from '../../local/folders.ts';
import { silentProgress } from '../../local/progress.ts';
import { toolFinder } from '../../local/tools.ts';

interface Container {
  name: string;
  image: string;
  env?: { name: string; value?: string }[];
  securityContext: Record<string, unknown>;
  readinessProbe?: unknown;
  startupProbe?: unknown;
  livenessProbe?: unknown;
  resources: { requests: Record<string, string>; limits: Record<string, string> };
}

interface KubernetesObject {
  kind: string;
  metadata: { name: string; annotations?: Record<string, string> };
  data: Record<string, string>;
  spec: {
    ingressClassName: string;
    rules: { host: string; http: { paths: { backend: unknown }[] } }[];
    tls: unknown;
    ports: { port: number; targetPort: string }[];
    template: {
      metadata: { annotations?: Record<string, string> };
      spec: {
        containers: Container[];
        automountServiceAccountToken: boolean;
        serviceAccountName: string;
        terminationGracePeriodSeconds: number;
        securityContext: Record<string, unknown>;
      };
    };
  };
}

const charts = ['nats', 'rustlemania-websocket', 'meeting-api', 'videocall-ui'] as const;
const withIngress = ['rustlemania-websocket', 'meeting-api', 'videocall-ui'] as const;

describe('The example’s charts', () => {
  let helm: string;
  beforeAll(async () => {
    helm = await toolFinder(silentProgress)('helm');
  }, 300_000);

  test.each(charts)('%s passes helm lint --strict', async (chart) => {
    const { stdout } = await execa(helm, ['lint', '--strict', pathOf(chart)]);
    expect(stdout).toContain('0 chart(s) failed');
  });

  test.each(charts)(
    '%s makes pods that Pod Security "restricted" admits and that write nothing',
    async (chart) => {
      const { spec } = workloadOf(await render(chart)).spec.template;
      const [container] = spec.containers;
      expect(spec).toMatchObject({ automountServiceAccountToken: false, serviceAccountName: 'default' });
      expect(spec.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(container?.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(spec.terminationGracePeriodSeconds).toBeLessThanOrEqual(10);
      for (const amounts of [container?.resources.requests, container?.resources.limits]) {
        expect(Object.keys(amounts ?? {})).toEqual(['cpu', 'memory']);
      }
    },
  );

  test('websocket and ui have no probes, as in videocall-rs; meeting-api and nats have', async () => {
    const probes = async (chart: (typeof charts)[number]) => {
      const [container] = workloadOf(await render(chart)).spec.template.spec.containers;
      return Object.keys(container ?? {}).filter((key) => key.endsWith('Probe'));
    };
    expect(await probes('rustlemania-websocket')).toEqual([]);
    expect(await probes('videocall-ui')).toEqual([]);
    expect(await probes('meeting-api')).toEqual(['readinessProbe']);
    expect(await probes('nats')).toEqual(['startupProbe', 'readinessProbe', 'livenessProbe']);
  });

  test.each(charts)(
    '%s takes its image, names, environment and annotations from the values',
    async (chart) => {
      const pinned = `pr-1@sha256:${'0'.repeat(64)}`;
      const objects = await render(chart, {
        image: { repository: 'registry.test/image', tag: pinned },
        fullnameOverride: 'given-name',
        env: [{ name: 'ADDED', value: 'yes' }],
        podAnnotations: { restarted: 'now' },
        imagePullSecrets: [{ name: 'pull' }],
        serviceAccount: { create: true },
        replicaCount: 2,
      });
      const workload = workloadOf(objects);
      const { metadata, spec } = workload.spec.template;
      expect(workload).toMatchObject({ metadata: { name: 'given-name' }, spec: { replicas: 2 } });
      expect(spec.containers[0]?.image).toBe(`registry.test/image:${pinned}`);
      expect(spec.containers[0]?.env).toContainEqual({ name: 'ADDED', value: 'yes' });
      expect(metadata.annotations).toMatchObject({ restarted: 'now' });
      expect(spec).toMatchObject({ imagePullSecrets: [{ name: 'pull' }], serviceAccountName: 'given-name' });
      expect(one(objects, 'ServiceAccount').metadata.name).toBe('given-name');
    },
  );

  test.each(withIngress)('%s claims production’s host unless it is told otherwise', async (chart) => {
    const ingress = one(await render(chart), 'Ingress');
    expect(ingress.spec.rules[0]?.host).toMatch(/\.videocall\.example$/);
    expect(ingress.metadata.annotations).toMatchObject({
      'cert-manager.io/issuer': 'letsencrypt-prod',
      'kubernetes.io/tls-acme': 'true',
    });
  });

  test.each(withIngress)(
    '%s leaves out annotations that are null, and a TLS secret that is not named',
    async (chart) => {
      const host = 'pr-1.preview.localhost';
      const service = { name: 'given-name', port: { number: 1234 } };
      const objects = await render(chart, {
        fullnameOverride: 'given-name',
        ingress: {
          className: 'traefik',
          annotations: { 'cert-manager.io/issuer': null, 'kubernetes.io/tls-acme': null },
          hosts: [{ host, paths: [{ path: '/', pathType: 'Prefix', service }] }],
          tls: [{ hosts: [host] }],
        },
      });
      const ingress = one(objects, 'Ingress');
      expect(
        Object.keys(ingress.metadata.annotations ?? {}).filter((key) => !key.startsWith('nginx')),
      ).toEqual([]);
      expect(ingress.spec.ingressClassName).toBe('traefik');
      expect(ingress.spec.tls).toEqual([{ hosts: [host] }]);
      expect(ingress.spec.rules[0]?.http.paths[0]?.backend).toEqual({ service });
      expect(JSON.stringify(ingress)).not.toContain('videocall.example');
    },
  );

  test.each(withIngress)('%s renders no Ingress when it is switched off', async (chart) => {
    const objects = await render(chart, { ingress: { enabled: false } });
    expect(objects.map(({ kind }) => kind)).not.toContain('Ingress');
  });

  test('the ui hands its configuration to the page, and rolls when that changes', async () => {
    const values = { runtimeConfig: { apiBaseUrl: 'https://pr-1-api.preview.localhost', wsUrl: 'wss://x' } };
    const objects = await render('videocall-ui', values);
    expect(one(objects, 'ConfigMap').data['config.js']).toBe(
      `window.__APP_CONFIG = Object.freeze(${JSON.stringify(values.runtimeConfig)});\n`,
    );
    const checksum = (rendered: KubernetesObject[]) =>
      workloadOf(rendered).spec.template.metadata.annotations?.['checksum/config'];
    expect(checksum(objects)).not.toBe(checksum(await render('videocall-ui')));
  });

  async function render(chart: (typeof charts)[number], values: unknown = {}): Promise<KubernetesObject[]> {
    const { stdout } = await execa(helm, ['template', 'release', pathOf(chart), '--values', '-'], {
      input: `${JSON.stringify(values)}\n`,
    });
    return parseAllDocuments(stdout)
      .map((document) => document.toJS() as KubernetesObject | null)
      .filter((object) => object !== null);
  }
});

function pathOf(chart: string): string {
  return join(checkout, 'examples/videocall/helm', chart);
}

function one(objects: KubernetesObject[], kind: string): KubernetesObject {
  const found = objects.filter((object) => object.kind === kind);
  expect(found, kind).toHaveLength(1);
  return found[0]!;
}

function workloadOf(objects: KubernetesObject[]): KubernetesObject {
  const found = objects.find(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');
  return found!;
}
