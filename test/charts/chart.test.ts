import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';
import { describe, expect, inject, it } from 'vitest';

const chart = new URL('../../charts/pr-preview', import.meta.url).pathname;
const { helm } = inject('stack').tools;

interface Manifest {
  kind: string;
  metadata: { name: string; namespace?: string };
}

async function render(values: object = {}): Promise<Manifest[]> {
  const args = ['template', 'pr-preview', chart, '--namespace', 'pr-preview', '--values', '-'];
  const { stdout } = await execa(helm!, args, { input: `${JSON.stringify(values)}\n` });
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

const find = (manifests: Manifest[], kind: string, name: string) =>
  manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);

describe('the chart of rights', () => {
  it('has a binding for each policy, and both are called alike', async () => {
    const manifests = await render();
    const named = (kind: string) => manifests.filter((one) => one.kind === kind).map((one) => one.metadata.name);
    expect(named('ValidatingAdmissionPolicy')).toEqual(named('ValidatingAdmissionPolicyBinding'));
    expect(named('ValidatingAdmissionPolicy')).toEqual(
      expect.arrayContaining(['pr-preview-scope', 'pr-preview-hosts', 'pr-preview-services', 'pr-preview-accounts']),
    );
    expect(named('MutatingAdmissionPolicyBinding')).toEqual(['pr-preview-defaults']);
  });

  it('puts the platform’s namespace pattern into the policy, backslashes and all', async () => {
    const pattern = '^preview-[a-z]+\\.[1-9][0-9]*$';
    const policy = find(await render({ namespacePattern: pattern }), 'ValidatingAdmissionPolicy', 'pr-preview-scope');
    expect(JSON.stringify(policy)).toContain(JSON.stringify(`variables.ns.matches(r'${pattern}')`).slice(1, -1));
  });

  it.each([
    ['without its start', 'preview-[0-9]+$'],
    ['without its end', '^preview-[0-9]+'],
    ['with a quote', "^preview-'$"],
    ['that is empty', ''],
  ])('refuses a namespace pattern %s', async (_, namespacePattern) => {
    await expect(render({ namespacePattern })).rejects.toThrow('namespacePattern');
  });

  it('refuses a setting that it does not know', async () => {
    await expect(render({ namespacesPattern: '^x$' })).rejects.toThrow('namespacesPattern');
  });

  it('lets the worker get exactly the named secrets of a source namespace', async () => {
    const manifests = await render({ sourceSecrets: [{ namespace: 'ingress', names: ['wildcard-tls', 'other'] }] });
    expect(find(manifests, 'Role', 'pr-preview-source-secrets')).toMatchObject({
      metadata: { namespace: 'ingress' },
      rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'], resourceNames: ['wildcard-tls', 'other'] }],
    });
    expect(find(manifests, 'RoleBinding', 'pr-preview-source-secrets')).toMatchObject({
      metadata: { namespace: 'ingress' },
      subjects: [{ kind: 'ServiceAccount', name: 'worker', namespace: 'pr-preview' }],
    });
  });

  it('lets the platform’s own annotations pass, as exact key and value', async () => {
    const allowedAnnotations = { 'nginx.ingress.kubernetes.io/auth-url': 'https://login.example/"check"' };
    const policy = find(await render({ ingress: { allowedAnnotations } }), 'ValidatingAdmissionPolicy', 'pr-preview-hosts');
    expect(policy).toMatchObject({
      spec: { variables: expect.arrayContaining([{ name: 'platformAnnotations', expression: JSON.stringify(allowedAnnotations) }]) as object[] },
    });
  });

  it('does without the default probes where the cluster has no mutating policies', async () => {
    const manifests = await render({ defaultProbes: { enabled: false } });
    expect(manifests.filter(({ kind }) => kind.startsWith('Mutating'))).toEqual([]);
  });
});
