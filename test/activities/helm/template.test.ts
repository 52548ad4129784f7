import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Helm } from '../../../activities/helm/helm.ts';
import { createHelm } from '../../../activities/helm/helm.ts';
import { helmExecutable, saying, temporaryFolder, workerKubeconfig, writeChart } from './support.ts';

const { signal } = new AbortController();

async function helm(): Promise<Helm> {
  const cacheFolder = await temporaryFolder();
  return createHelm({ executable: helmExecutable(), kubeconfig: workerKubeconfig(), cacheFolder });
}

async function render(
  files: Readonly<Record<string, string>>,
  values: Readonly<Record<string, unknown>> = {},
): Promise<Record<string, unknown>[]> {
  const chart = await writeChart(files);
  const rendering = { chart, release: 'rel', namespace: 'preview-2000', values };
  return (await (await helm()).template(rendering, signal)) as unknown as Record<string, unknown>[];
}

describe('template', () => {
  test('renders as what is asked for', async () => {
    const objects = await render({}, { word: 'hello' });
    expect(objects).toMatchObject([
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'rel' }, data: { word: 'hello' } },
    ]);
  });

  test.each([1, 2, 3])('values of exactly 4096·%i bytes arrive whole', async (pages) => {
    for (const length of [4096 * pages - 1, 4096 * pages, 4096 * pages + 1]) {
      const empty = JSON.stringify({ word: 'kept', padding: '' }).length;
      const values = { word: 'kept', padding: 'x'.repeat(length - empty) };
      expect(JSON.stringify(values)).toHaveLength(length);
      const data = { word: 'kept', length: String(length - empty) };
      expect(await render({}, values)).toMatchObject([{ data }]);
    }
  });

  test('hands on null, words that look like numbers, commas, dots and odd characters as they are', async () => {
    const template =
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {all: {{ .Values | toJson | quote }}}\n';
    const odd = 'a,b.c\u0085\u2028\u007f\ufeff"\\ \t\n{{ }} 😀';
    const values = { word: null, flag: 'false', number: '0644', 'with.dots/and': [1, 'x,y'], odd };
    const [object] = await render({ 'templates/config.yaml': template }, values);
    const { word: _, ...rest } = values;
    const data = object?.['data'] as { all: string } | undefined;
    expect(JSON.parse(data?.all ?? '')).toEqual(rest);
  });

  test('reads YAML as Helm does: octal numbers, yes and no, times as text', async () => {
    const template =
      'apiVersion: v1\nkind: Odd\nspec: {mode: 0644, on: no, time: 12:30:45, day: 2026-01-01}\n';
    const [object] = await render({ 'templates/config.yaml': template });
    expect(object).toMatchObject({ spec: { mode: 420, true: false, time: '12:30:45', day: '2026-01-01' } });
  });

  test('includes hooks and leaves out tests and CRDs', async () => {
    const hook = (name: string): string =>
      `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, annotations: {helm.sh/hook: ${name}}}\n`;
    const objects = await render({
      'templates/hook.yaml': hook('pre-install'),
      'templates/test.yaml': hook('test'),
      'crds/crd.yaml':
        'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\n',
    });
    expect(objects.map((object) => object['kind'])).toEqual(['ConfigMap', 'Pod']);
  });

  test('sees no cluster, whatever the worker’s environment offers', async () => {
    for (const [name, value] of Object.entries({
      KUBECONFIG: workerKubeconfig(),
      KUBERNETES_SERVICE_HOST: '10.250.0.1',
      KUBERNETES_SERVICE_PORT: '26443',
    })) {
      const before = process.env[name];
      process.env[name] = value;
      onTestFinished(() => {
        if (before === undefined) delete process.env[name];
        else process.env[name] = before;
      });
    }
    const template = `
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: {found: {{ lookup "v1" "Namespace" "" "" | toJson | quote }}}
`;
    const [object] = await render({ 'templates/config.yaml': template });
    expect(object).toMatchObject({ data: { found: '{}' } });
  });

  test('reads no file of the machine from a template', async () => {
    const secret = join(await temporaryFolder(), 'secret');
    await writeFile(secret, 'canary');
    const template = `
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: {found: {{ .Files.Get "${secret}" | quote }}, up: {{ .Files.Get "../../${secret}" | quote }}}
`;
    const [object] = await render({ 'templates/config.yaml': template });
    expect(object).toMatchObject({ data: { found: '', up: '' } });
  });

  test.each(['--kube-apiserver=http://evil', 'UPPER', '', 'a'.repeat(54)])(
    'refuses the release name %j',
    async (release) => {
      const rendering = { chart: await writeChart(), release, namespace: 'preview-2000', values: {} };
      const rendered = (await helm()).template(rendering, signal);
      await expect(rendered).rejects.toMatchObject({ type: 'InvalidPreviewConfig', nonRetryable: true });
    },
  );

  test.each([
    {
      name: 'values that break the schema are told by path',
      files: { 'values.schema.json': '{"properties": {"word": {"type": "integer"}}}' },
      message: /don't meet the specifications.*\/word.*want integer/s,
    },
    {
      name: 'a template’s own words are told',
      files: { 'templates/fail.yaml': '{{ fail "set word to something better" }}' },
      message: /set word to something better/,
    },
    {
      name: 'a broken template is told by file and line',
      files: { 'templates/broken.yaml': 'a: b\n{{ if }}\n' },
      message: /broken\.yaml:2/,
    },
    {
      name: 'bad YAML is told by file',
      files: { 'templates/bad.yaml': 'kind: x\n  y: [\n' },
      message: /bad\.yaml/,
    },
    {
      name: 'an object without a kind is refused',
      files: { 'templates/bad.yaml': 'a: b\n' },
      message: /no Kubernetes object/,
    },
  ])('$name', async ({ files, message }) => {
    const rendered = render(files, { word: 'x' });
    await expect(rendered).rejects.toMatchObject({
      type: 'ChartInvalid',
      nonRetryable: true,
      message: saying(message),
    });
  });
});
