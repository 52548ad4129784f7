import type { Problem } from './failures.ts';
import type { Plan } from './plan.ts';
import type { ManifestObject } from './manifest-object.ts';
import { dig, nameOf, objectGroup, objectName, refuse, show } from './manifest-object.ts';

/** Kinds by API group that the namespace's deployer may create: the same list as its ClusterRole. */
export const deployerKinds: Readonly<Record<string, readonly string[]>> = {
  '': ['Secret', 'ConfigMap', 'Service', 'ServiceAccount', 'PersistentVolumeClaim'],
  apps: ['Deployment', 'StatefulSet'],
  batch: ['Job', 'CronJob'],
  'networking.k8s.io': ['Ingress'],
  autoscaling: ['HorizontalPodAutoscaler'],
  policy: ['PodDisruptionBudget'],
};

/** Secrets that would hand out another account's rights, or forge what Helm believes. */
const refusedSecretTypes = [
  'kubernetes.io/service-account-token',
  'bootstrap.kubernetes.io/token',
  'helm.sh/release.v1',
];

/** An object of a kind, in a place or with a name that a preview must not have. */
export function kindProblems(object: ManifestObject, plan: Plan): Problem[] {
  const problems: Problem[] = [];
  const group = objectGroup(object);
  const { kind = '' } = object;
  if (!deployerKinds[group]?.includes(kind)) {
    const allowed = Object.values(deployerKinds).flat().join(', ');
    return [
      refuse(
        object,
        `A preview may not create \`${kind}\`${group === '' ? '' : ` of \`${group}\``}. Allowed: ${allowed}. Turn it off in the chart's values.`,
      ),
    ];
  }
  const namespace = object.metadata?.namespace;
  if (nameOf(object) === '') problems.push(refuse(object, 'It has no name. Give it `metadata.name`.'));
  if (namespace !== undefined && namespace !== null && namespace !== plan.names.namespace)
    problems.push(
      refuse(
        object,
        `It lies in namespace ${show(namespace)}; a preview stays in its own, \`${plan.names.namespace}\`. Remove \`metadata.namespace\` from the chart, or set it to \`{{ namespace }}\`.`,
      ),
    );
  const holder = reservedBy(object, plan);
  if (holder !== null)
    problems.push(
      refuse(object, `The name belongs to ${holder}. Let the chart use another name, or not create it.`),
    );
  const type = dig(object, 'type');
  if (kind === 'Secret' && typeof type === 'string' && refusedSecretTypes.includes(type))
    problems.push(refuse(object, `A preview may not create a Secret of type \`${type}\`.`));
  return [...problems, ...volumeProblems(object)];
}

/** Two releases that render one object would take it from each other. */
export function repeatedProblems(objects: readonly ManifestObject[]): Problem[] {
  const seen = new Set<string>();
  const told = new Set<string>();
  return objects.flatMap((object) => {
    const name = `${objectGroup(object)}/${objectName(object)}`;
    const again = seen.has(name) && !told.has(name);
    if (again) told.add(name);
    seen.add(name);
    return again
      ? [
          refuse(
            object,
            'It is rendered twice; only one release can own it. Give each chart its own name, for example by `fullnameOverride`.',
          ),
        ]
      : [];
  });
}

function reservedBy(object: ManifestObject, plan: Plan): string | null {
  const { kind } = object;
  const name = nameOf(object);
  if (kind === 'ServiceAccount' && ['default', 'preview-deployer'].includes(name))
    return 'an account that pr-preview makes';
  if (kind !== 'Secret') return null;
  if (name === plan.database?.secret.name) return "the database's Secret, which pr-preview makes";
  if (plan.secrets.some((secret) => secret.name === name))
    return 'a Secret of `secrets`, which pr-preview makes';
  if (plan.tlsSecret?.name === name) return 'the certificate, which pr-preview copies';
  if (plan.pullSecrets.some((secret) => secret.name === name))
    return 'a Secret for pulling images, which pr-preview copies';
  return name.startsWith('sh.helm.release.') ? 'Helm' : null;
}

/** A claim that names a volume, or a source in another namespace, may show somebody else's data. */
function volumeProblems(object: ManifestObject): Problem[] {
  if (object.kind !== 'PersistentVolumeClaim') return [];
  const foreign =
    dig(object, 'spec', 'volumeName') !== undefined ||
    dig(object, 'spec', 'dataSourceRef', 'namespace') !== undefined;
  return foreign
    ? [refuse(object, 'A claim may name neither a volume (`volumeName`) nor a source in another namespace.')]
    : [];
}
