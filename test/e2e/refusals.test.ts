import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { PreviewStatus } from '../../domain/status.ts';
import { deployWorkflowId } from '../../domain/workflow-ids.ts';
import { apply, kubectl, leftOvers } from './cluster.ts';
import { exampleText, exampleWith, positionOf } from './example-config.ts';
import { removeImage } from './registry.ts';
import type { Preview, Scene } from './scene.ts';
import { eventually, startScene } from './scene.ts';

/** Where the platform says its certificate is; the worker may read it, and it is not there. */
const certificates = 'e2e-certificates-5100';

const everywhere = 5100;
const badYaml = 5101;
const badTemplates = 5102;
const badCharts = 5103;

describe('a check that refuses', { timeout: 120_000 }, () => {
  let scene: Scene;

  beforeAll(async () => {
    await apply(certificatesNamespace());
    scene = await startScene({
      number: everywhere,
      platform: {
        tls: { mode: 'secret', namespace: certificates, name: 'wildcard' },
        images: { wait: 0 },
        // what nats and meeting-api take, and not a pod more
        quota: { requestsCpu: '250m' },
        access: { configFrom: 'head' },
      },
    });
  }, 120_000);

  afterAll(async () => {
    await scene.end();
    await kubectl('delete', 'namespace', certificates, '--wait=false');
  }, 120_000);

  it('tells missing certificate, production host, quota and wrong images in one error', async () => {
    const text = await exampleWith(({ services }) => {
      // not `wsUrl`: the chart's own default, which is production's, stays
      services['ui']!.values['runtimeConfig'] = { apiBaseUrl: '{{ urls.meeting-api }}', wsURL: 'wss://x' };
    });
    const files = { 'preview.yaml': text };
    await removeImage('example/videocall-ui', `pr-${everywhere}`);
    const sha = await scene.app.open(everywhere, { files, services: ['websocket', 'meeting-api'] });
    const another = '0123456789012345678901234567890123456789';
    await scene.app.build(everywhere, another, { services: ['websocket'] });
    const { failure, warnings } = await refused(scene, sha);
    expect(failure?.summary).toBe('5 problems stand in the way');
    expect(failure?.problems).toEqual([
      {
        type: 'TlsSecretMissing',
        where: `Secret/${certificates}/wildcard`,
        message: expect.stringContaining('kind: Certificate'),
      },
      {
        type: 'PlanRefused',
        where: `ConfigMap ui-pr-${everywhere}-config`,
        message: expect.stringContaining('contains `videocall.example`, which the platform forbids'),
      },
      {
        type: 'PlanRefused',
        where: 'platform config: quota',
        message: expect.stringMatching(
          /^The quota does not hold this preview\.\n- `requests\.cpu`: 290m needed, 250m allowed: .*nats \(.*\) 1 × 50m = 50m \+ .*100m more while meeting-api is updated/,
        ),
      },
      {
        type: 'ImageOfAnotherCommit',
        where: 'preview.yaml: services.websocket.images.main',
        message: expect.stringContaining(`pr-${everywhere} is of ${another}, wanted ${sha}`),
      },
      {
        type: 'ImageMissing',
        where: 'preview.yaml: services.ui.images.main',
        message: expect.stringContaining(`videocall-ui:pr-${everywhere} is not there`),
      },
    ]);
    expect(warnings).toEqual([expect.stringContaining('`wsUrl`')]);
    await told(scene, ['5 problems stand in the way', 'secretName: wildcard', '- "*.preview.localhost"']);
    await createdNothing(scene);
  });

  it('asks for nothing more of what a person has mended since', async () => {
    const manifest = { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls' };
    const data = { 'tls.crt': '', 'tls.key': '' };
    await apply({ ...manifest, metadata: { name: 'wildcard', namespace: certificates }, data });
    await scene.app.build(everywhere, (await scene.status()).commit ?? '');
    const { failure } = await refused(scene, null, 'command');
    expect(failure?.problems.map(({ where }) => where)).toEqual([
      `ConfigMap ui-pr-${everywhere}-config`,
      'platform config: quota',
    ]);
    await kubectl('delete', 'secret', 'wildcard', '-n', certificates);
  });

  it('tells where YAML cannot be read, by line and column', async () => {
    const preview = scene.beside(badYaml);
    const text = (await exampleText()).replace('needs: [nats]\n', 'needs: [nats\n');
    const { failure } = await refused(preview, await open(scene, badYaml, { 'preview.yaml': text }));
    const [line] = positionOf(text, 'probe: { path: /healthz }').split(':');
    expect(failure?.problems.length).toBeGreaterThan(0);
    expect(failure?.problems[0]).toEqual({
      type: 'InvalidPreviewConfig',
      where: expect.stringMatching(new RegExp(`^preview\\.yaml:${line ?? ''}:\\d+`)),
      message: expect.stringContaining('This is not valid YAML'),
    });
    await told(preview, [`preview.yaml:${line ?? ''}:`]);
    await createdNothing(preview);
  });

  it('tells every unknown variable and field by its path, and what was meant', async () => {
    const preview = scene.beside(badTemplates);
    const text = (await exampleText())
      .replace("apiBaseUrl: '{{ urls.meeting-api }}'", "apiBaseUrl: '{{ urls.meeting-app }}'")
      .replace("release: 'preview-{{ pr.number }}-ui'", "release: 'preview-{{ pr.nummer }}-ui'")
      .replace('timeout: 3m\n', 'timeouts: 3m\n');
    const { failure } = await refused(preview, await open(scene, badTemplates, { 'preview.yaml': text }));
    expect(failure?.problems).toEqual([
      {
        type: 'InvalidPreviewConfig',
        where: `preview.yaml:${positionOf(text, 'timeouts: 3m')}: services.nats.timeouts`,
        message: expect.stringContaining('There is no setting `timeouts`; did you mean `timeout`?'),
      },
      {
        type: 'InvalidPreviewConfig',
        where: `preview.yaml:${positionOf(text, "'preview-{{ pr.nummer")}: services.ui.release`,
        message: expect.stringContaining('There is no template variable `pr.nummer`'),
      },
      {
        type: 'InvalidPreviewConfig',
        where: `preview.yaml:${positionOf(text, "'{{ urls.meeting-app")}: services.ui.values.runtimeConfig.apiBaseUrl`,
        message: expect.stringContaining('There is no template variable `urls.meeting-app`'),
      },
    ]);
    await createdNothing(preview);
  });

  it('tells of each chart that cannot be used, whatever the others are like', async () => {
    const preview = scene.beside(badCharts);
    const files = {
      'preview.yaml': await exampleWith(({ services }) => {
        services['websocket']!.chart.path = 'helm/nowhere';
      }),
      'helm/videocall-ui/templates/broken.yaml': '{{ fail "the page has lost its way" }}\n',
    };
    const { failure } = await refused(preview, await scene.app.open(badCharts, { files }));
    expect(failure?.problems).toEqual([
      expect.objectContaining({ type: 'TlsSecretMissing' }),
      {
        type: 'ChartNotFound',
        where: 'preview.yaml: services.websocket.chart',
        message: expect.stringContaining('There is no chart at helm/nowhere'),
      },
      {
        type: 'ChartInvalid',
        where: 'preview.yaml: services.ui.chart',
        message: expect.stringContaining('the page has lost its way'),
      },
    ]);
    await createdNothing(preview);
  });

  async function createdNothing({ ref, number }: Preview): Promise<void> {
    expect(await leftOvers(number)).toEqual([]);
    const deploy = scene.client.workflow.getHandle(deployWorkflowId(ref));
    await expect(deploy.describe()).rejects.toBeInstanceOf(WorkflowNotFoundError);
  }
});

async function open(scene: Scene, number: number, files: Record<string, string>): Promise<string> {
  return await scene.app.open(number, { files, services: [] });
}

async function refused(
  preview: Preview,
  sha: string | null,
  reason: 'event' | 'command' = 'event',
): Promise<PreviewStatus> {
  await preview.push(sha, reason);
  return await preview.reach('failed', 60_000);
}

/** Waits until the comment says all of it. */
async function told(preview: Preview, words: readonly string[]): Promise<void> {
  await eventually(async () => {
    const comment = await preview.comment();
    for (const word of words) expect(comment).toContain(word);
  }, 'the comment');
}

/** A namespace whose one secret the worker may read, as the operator's chart allows it. */
function certificatesNamespace(): object {
  const metadata = { name: 'pr-preview-source-secrets', namespace: certificates };
  const group = 'rbac.authorization.k8s.io';
  const rules = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'], resourceNames: ['wildcard'] }];
  const roleRef = { apiGroup: group, kind: 'Role', name: metadata.name };
  const subjects = [{ kind: 'ServiceAccount', name: 'worker', namespace: 'pr-preview' }];
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: certificates } },
      { apiVersion: `${group}/v1`, kind: 'Role', metadata, rules },
      { apiVersion: `${group}/v1`, kind: 'RoleBinding', metadata, roleRef, subjects },
    ],
  };
}
