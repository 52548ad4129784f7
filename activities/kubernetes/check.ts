import { ApplicationFailure } from '@temporalio/common';
import { isFailureType, type Problem } from '../../domain/failures.ts';
import type { PreviewNames, SecretCopy } from '../../domain/plan.ts';
import type { OwnerMark } from '../../domain/pull-request.ts';
import type { KubernetesApi } from './api.ts';
import { copiesOf, readSource } from './copied-secrets.ts';
import { readResources } from './discovery.ts';
import { clusterFailure } from './failure.ts';
import { readNamespace } from './namespace.ts';
import { together } from './pause.ts';

export interface ClusterQuestion {
  readonly names: Pick<PreviewNames, 'namespace' | 'hosts'>;
  readonly owner: OwnerMark;
  readonly tlsSecret: SecretCopy | null;
  readonly pullSecrets: readonly SecretCopy[];
  /** Other secrets the application wants copied. */
  readonly copies: readonly SecretCopy[];
  readonly outsider: boolean;
}

export interface ClusterAnswer {
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
  /** The preview's namespace is there and ours. */
  readonly exists: boolean;
}

/**
 * Finds out whether the cluster is ready for a preview, without changing anything: whose the namespace is, whether
 * every secret to copy is there and may be read, whether Deployments without a probe get one.
 *
 * @throws failure `ClusterUnavailable`, `ClusterDenied` when the question itself could not be asked.
 */
export async function checkCluster(
  api: KubernetesApi,
  question: ClusterQuestion,
  signal: AbortSignal,
): Promise<ClusterAnswer> {
  try {
    const [namespace, secrets, warnings] = await together(signal, [
      (signal) => lookAtNamespace(api, question, signal),
      (signal) => secretProblems(api, question, signal),
      (signal) => probeWarnings(api, signal),
    ]);
    return { problems: [...namespace.problems, ...secrets], warnings, exists: namespace.exists };
  } catch (error) {
    throw clusterFailure(error, `looking at the cluster for ${question.names.namespace}`);
  }
}

async function lookAtNamespace(
  api: KubernetesApi,
  { names, owner }: ClusterQuestion,
  signal: AbortSignal,
): Promise<Pick<ClusterAnswer, 'problems' | 'exists'>> {
  const reading = await readNamespace(api, { ...owner, namespace: names.namespace }, signal);
  if (reading.state !== 'foreign') return { problems: [], exists: reading.state === 'ours' };
  const message =
    `Namespace ${names.namespace} belongs to ${reading.whose}. ` +
    'Delete it, or give one of the two platforms another namespace pattern.';
  return {
    problems: [{ type: 'NamespaceNotOurs', where: `Namespace/${names.namespace}`, message }],
    exists: false,
  };
}

async function secretProblems(
  api: KubernetesApi,
  question: ClusterQuestion,
  signal: AbortSignal,
): Promise<readonly Problem[]> {
  const { tlsSecret, pullSecrets, copies, outsider } = question;
  const secrets = copies.map((copy) => ({ kind: 'copy' as const, ...copy }));
  const forbidden = outsider ? [...(tlsSecret ? [tlsSecret] : []), ...copies] : [];
  const wanted = outsider ? pullSecrets : copiesOf({ tlsSecret, pullSecrets, secrets });
  const read = await together(
    signal,
    wanted.map((copy) => async (signal: AbortSignal) => {
      const isTls = copy === tlsSecret;
      try {
        const missing = isTls ? 'TlsSecretMissing' : 'SourceSecretMissing';
        await readSource(api, { copy, missing }, signal);
        return [];
      } catch (error) {
        return [secretProblem(error, { copy, hosts: isTls ? Object.values(question.names.hosts) : [] })];
      }
    }),
  );
  return [...forbidden.map(outsiderProblem), ...read.flat()];
}

function secretProblem(
  error: unknown,
  { copy, hosts }: { readonly copy: SecretCopy; readonly hosts: readonly string[] },
): Problem {
  if (!(error instanceof ApplicationFailure) || !isFailureType(error.type ?? '')) throw error;
  const { namespace, name } = copy.from;
  const where = `Secret/${namespace}/${name}`;
  if (error.type === 'TlsSecretMissing') {
    return { type: 'TlsSecretMissing', where, message: tlsMessage(copy, hosts) };
  }
  const type = error.type === 'ClusterDenied' ? 'ClusterDenied' : 'SourceSecretMissing';
  return { type, where, message: error.message };
}

function outsiderProblem({ from }: SecretCopy): Problem {
  return {
    type: 'PlanRefused',
    where: `Secret/${from.namespace}/${from.name}`,
    message: `Secret ${from.namespace}/${from.name} is never copied into an outsider's preview.`,
  };
}

/** With the manifest that makes the certificate, to be applied as it stands. */
function tlsMessage({ from }: SecretCopy, hosts: readonly string[]): string {
  const parents = new Set(hosts.map((host) => host.slice(host.indexOf('.') + 1)));
  const names = [...parents].map((domain) => `    - "*.${domain}"`);
  return [
    `TLS secret ${from.namespace}/${from.name} is not there, so no certificate could be served for ${hosts.join(', ') || 'the preview'}.`,
    'Apply this where cert-manager runs (with your issuer), or make a secret of type kubernetes.io/tls of that name:',
    '',
    '```yaml',
    'apiVersion: cert-manager.io/v1',
    'kind: Certificate',
    'metadata:',
    `  name: ${from.name}`,
    `  namespace: ${from.namespace}`,
    'spec:',
    `  secretName: ${from.name}`,
    '  dnsNames:',
    ...(names.length > 0 ? names : ['    - "*.<your domain>"']),
    '  issuerRef:',
    '    kind: ClusterIssuer',
    '    name: <your issuer>',
    '```',
  ].join('\n');
}

async function probeWarnings(api: KubernetesApi, signal: AbortSignal): Promise<readonly string[]> {
  const { resources } = await readResources(api, 'admissionregistration.k8s.io/v1', signal);
  if (resources?.some(({ name }) => name === 'mutatingadmissionpolicies')) return [];
  return [
    'This cluster does not serve MutatingAdmissionPolicy (Kubernetes 1.36 or newer does): Deployments without a ' +
      'readiness probe get none, so an update that crashes may take the running pod away; and pods whose chart makes ' +
      'a service account are refused unless it says automountServiceAccountToken: false.',
  ];
}
