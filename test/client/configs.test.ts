import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { preview, previewJson } from './command-line.ts';

const example = fileURLToPath(new URL('../../examples/videocall/', import.meta.url));
const platform = join(example, 'platform.yaml');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pr-preview-configs-'));
});
afterAll(async () => await rm(folder, { recursive: true }));

interface Answer {
  readonly ok: boolean;
  readonly problems: { type: string; where: string | null; message: string }[];
  readonly warnings: string[];
}

/** A copy of the example with one file changed. */
async function changed(name: string, file: string, change: (text: string) => string): Promise<string> {
  const copy = join(folder, name);
  await cp(example, copy, { recursive: true });
  await writeFile(join(copy, file), change(await readFile(join(copy, file), 'utf8')));
  return copy;
}

function helmEnv(): Record<string, string> {
  return { HELM: inject('stack').tools.helm ?? 'helm' };
}

describe('preview validate', () => {
  it('accepts the example, without Helm and without any outside system', async () => {
    const { code, json } = await previewJson<Answer>(['validate', example, '--platform', platform], {
      PATH: '',
    });
    expect(json).toMatchObject({ ok: true, problems: [] });
    expect(code).toBe(0);
  });

  it('finds the platform config by PREVIEW_PLATFORM_CONFIG, and does without one', async () => {
    const both = await preview(['validate', example], { PREVIEW_PLATFORM_CONFIG: platform });
    expect(both).toMatchObject({ code: 0, stdout: 'preview.yaml and the platform config are valid' });
    const one = await preview(['validate', example]);
    expect(one).toMatchObject({ code: 0, stdout: 'preview.yaml is valid' });
  });

  it('ends with 3 and tells all problems of both files at once, each with its place', async () => {
    const copy = await changed('both', 'preview.yaml', (text) => text.replace('services:', 'servicse:'));
    const broken = join(copy, 'platform.yaml');
    await writeFile(broken, 'domain: not a domain\nrepositories: []\n');
    const { code, json } = await previewJson<Answer>(['validate', copy, '--platform', broken]);
    expect(code).toBe(3);
    const types = new Set(json.problems.map(({ type }) => type));
    expect(types).toEqual(new Set(['InvalidPlatformConfig', 'InvalidPreviewConfig']));
    expect(json.problems.length).toBeGreaterThan(2);
    const { stdout } = await preview(['validate', copy, '--platform', broken]);
    expect(stdout).toContain(`${broken}:1:`);
    expect(stdout).toContain('servicse');
    expect(stdout).toMatch(/\n\d+ problems$/);
  });

  it('finds an unknown template variable, by its path', async () => {
    const copy = await changed('variable', 'preview.yaml', (text) => text.replace('{{ hosts.', '{{ hots.'));
    const { code, stdout } = await preview(['validate', copy, '--platform', platform]);
    expect(code).toBe(3);
    expect(stdout).toContain('hots');
    expect(stdout).toMatch(/preview\.yaml:\d+:\d+: services\./);
  });

  it('warns of a chart that is not there', async () => {
    const copy = await changed('chart', 'preview.yaml', (text) => text.replace('helm/nats', 'helm/natz'));
    const { code, stdout } = await preview(['validate', copy, '--platform', platform]);
    expect(stdout).toMatch(
      /^warning: services\.nats\.chart\.path: there is no \S+\/helm\/natz\/Chart\.yaml$/m,
    );
    expect(code).toBe(0);
  });

  it('refuses a repository that the platform does not allow', async () => {
    const { code, json } = await previewJson<Answer>([
      'validate',
      example,
      '--platform',
      platform,
      '--repository',
      'some/other',
    ]);
    expect(code).toBe(3);
    expect(json.problems).toEqual([expect.objectContaining({ type: 'RepositoryNotAllowed' })]);
  });
});

describe('preview render', () => {
  it('prints the manifests of every service for the pull request that is named, the same each time', async () => {
    const words = ['render', example, '--platform', platform, '--number', '3021'];
    const first = await preview(words, helmEnv());
    expect(first.stderr).toContain('stand-in digests');
    expect(first.code).toBe(0);
    const objects = parseAllDocuments(first.stdout).map(
      (document) => document.toJS() as { kind: string; spec?: { rules?: { host: string }[] } },
    );
    const hosts = objects
      .filter(({ kind }) => kind === 'Ingress')
      .flatMap(({ spec }) => spec?.rules?.map(({ host }) => host) ?? []);
    expect(new Set(hosts)).toEqual(
      new Set(['pr-3021.preview.localhost', 'pr-3021-api.preview.localhost', 'pr-3021-ws.preview.localhost']),
    );
    expect((await preview(words, helmEnv())).stdout).toBe(first.stdout);
  });

  it('has names, services and manifests in its JSON', async () => {
    const { code, json } = await previewJson<{
      names: object;
      services: { release: string }[];
      manifests: Record<string, object[]>;
    }>(
      ['render', example, '--platform', platform, '--number', '3022', '--commit', 'ab'.repeat(20)],
      helmEnv(),
    );
    expect(code).toBe(0);
    expect(json.names).toMatchObject({ namespace: 'preview-3022', database: 'preview_3022' });
    expect(Object.keys(json.manifests)).toEqual(json.services.map(({ release }) => release));
    expect(JSON.stringify(json.manifests)).toContain('sha256:0000');
  });

  it('ends with 3 when what is rendered must not be deployed', async () => {
    const copy = await changed('foreign', 'platform.yaml', (text) =>
      text.replace('forbiddenStrings: [', 'forbiddenStrings: [runAsNonRoot, '),
    );
    const { code, json } = await previewJson<Answer>(
      ['render', copy, '--platform', join(copy, 'platform.yaml')],
      helmEnv(),
    );
    expect(code).toBe(3);
    expect(json.problems[0]?.message).toContain('runAsNonRoot');
  });

  it('ends with 3 when a chart does not render or is missing', async () => {
    const copy = await changed('chart', 'preview.yaml', (text) =>
      text.replace('helm/videocall-ui', 'helm/no-such-chart'),
    );
    const { code, stdout } = await preview(['render', copy, '--platform', platform], helmEnv());
    expect(code).toBe(3);
    expect(stdout).toContain('helm/no-such-chart');
  });

  it('ends with 2 when there is no Helm', async () => {
    const { code, stderr } = await preview(['render', example, '--platform', platform], {
      HELM: '/no/such/helm',
    });
    expect(stderr).toContain('preview: Helm is missing: there is no "/no/such/helm" to run');
    expect(code).toBe(2);
  });
});
