import { execa } from 'execa';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { checkout } from '../../local/folders.ts';
import { silentProgress } from '../../local/progress.ts';
import { toolFinder } from '../../local/tools.ts';
import { digest, examplePlan } from './plans.ts';
import type { ExamplePlan } from './plans.ts';

describe('The example’s preview', () => {
  let example: ExamplePlan;
  let manifests: string;

  beforeAll(async () => {
    example = await examplePlan({
      folder: 'videocall',
      platform: 'platform.yaml',
      preview: 'preview.yaml',
      repository: 'example/videocall',
    });
    const helm = await toolFinder(silentProgress)('helm');
    const rendered = example.plan.services.map(async ({ release, chart, values }) => {
      const path = join(checkout, 'examples/videocall', chart.kind === 'path' ? chart.path : '');
      const options = { input: `${JSON.stringify(values)}\n` };
      return (await execa(helm, ['template', release, path, '--values', '-'], options)).stdout;
    });
    manifests = (await Promise.all(rendered)).join('\n---\n');
  }, 300_000);

  test('is planned without a warning: every value it sets is one that its chart has', () => {
    expect(example.warnings).toEqual([]);
  });

  test('has three hosts that one wildcard certificate covers, with the local port in their URLs', () => {
    expect(example.plan.names).toEqual({
      namespace: 'preview-123',
      database: 'preview_123',
      hosts: {
        ui: 'pr-123.preview.localhost',
        'meeting-api': 'pr-123-api.preview.localhost',
        websocket: 'pr-123-ws.preview.localhost',
      },
      urls: {
        ui: 'https://pr-123.preview.localhost:18443',
        'meeting-api': 'https://pr-123-api.preview.localhost:18443',
        websocket: 'https://pr-123-ws.preview.localhost:18443',
      },
    });
  });

  test('gives the database to those who use it, and makes them wait for it and for nats', () => {
    const needs = example.plan.services.map(({ name, needs, needsDatabase }) => [name, needs, needsDatabase]);
    expect(needs).toEqual([
      ['nats', [], false],
      ['websocket', ['nats'], true],
      ['meeting-api', ['nats'], true],
      ['ui', [], false],
    ]);
  });

  test('renders without one of production’s names', () => {
    expect(example.forbiddenStrings).not.toEqual([]);
    for (const forbidden of [...example.forbiddenStrings, 'letsencrypt-prod', 'tls-acme']) {
      expect(manifests).not.toContain(forbidden);
    }
  });

  test('pins every image by digest', () => {
    const images = [...manifests.matchAll(/image: "?([^"\s]+)"?/g)].map(([, image]) => image);
    expect(images).toEqual([
      `ghcr.io/example/videocall-nats:2.15.1@${digest}`,
      `ghcr.io/example/videocall-websocket:pr-123@${digest}`,
      `ghcr.io/example/videocall-meeting-api:pr-123@${digest}`,
      `ghcr.io/example/videocall-ui:pr-123@${digest}`,
    ]);
  });

  test('fits its quota while all its Deployments are updated at once', () => {
    const workloads = parseAllDocuments(manifests)
      .map((document) => document.toJS() as { kind: string; spec: PodSpec } | null)
      .filter((object) => object?.kind === 'Deployment' || object?.kind === 'StatefulSet');
    const amount = (of: (container: Container) => string) =>
      workloads
        .map((object) => {
          const cpu = Number.parseInt(of(object!.spec.template.spec.containers[0]!), 10);
          return object!.kind === 'Deployment' ? 2 * cpu : cpu;
        })
        .reduce((sum, cpu) => sum + cpu, 0);
    expect(workloads).toHaveLength(4);
    expect(amount(({ resources }) => resources.requests.cpu)).toBeLessThanOrEqual(500);
    expect(amount(({ resources }) => resources.limits.cpu)).toBeLessThanOrEqual(1000);
  });
});

interface Container {
  resources: Record<'requests' | 'limits', { cpu: string }>;
}

interface PodSpec {
  template: { spec: { containers: Container[] } };
}
