import type {
  CoreV1Event,
  V1ConfigMap,
  V1Deployment,
  V1Job,
  V1Lease,
  V1LimitRange,
  V1Namespace,
  V1NetworkPolicy,
  V1Pod,
  V1ReplicaSet,
  V1ResourceQuota,
  V1RoleBinding,
  V1Secret,
  V1ServiceAccount,
  V1StatefulSet,
} from '@kubernetes/client-node';

/** A type of the client as its JSON is: times are text. */
export type Raw<T> = T extends Date ? string : T extends object ? { [K in keyof T]: Raw<T[K]> } : T;

export type Namespace = Raw<V1Namespace>;
export type Pod = Raw<V1Pod>;
export type ReplicaSet = Raw<V1ReplicaSet>;
export type Deployment = Raw<V1Deployment>;
export type StatefulSet = Raw<V1StatefulSet>;
export type Job = Raw<V1Job>;
export type KubernetesEvent = Raw<CoreV1Event>;
export type Lease = Raw<V1Lease>;
export type Secret = Raw<V1Secret>;
export type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

/** What the API server calls a kind of object, and where it keeps them. */
export interface Resource<T> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Never there; carries the type. */
  readonly type?: T;
}

/** The kinds the worker itself reads or writes. */
export const resources = {
  namespaces: { ...core<Namespace>('Namespace', 'namespaces'), namespaced: false },
  pods: core<Pod>('Pod', 'pods'),
  events: core<KubernetesEvent>('Event', 'events'),
  secrets: core<Secret>('Secret', 'secrets'),
  configMaps: core<Raw<V1ConfigMap>>('ConfigMap', 'configmaps'),
  serviceAccounts: core<Raw<V1ServiceAccount>>('ServiceAccount', 'serviceaccounts'),
  limitRanges: core<Raw<V1LimitRange>>('LimitRange', 'limitranges'),
  resourceQuotas: core<Raw<V1ResourceQuota>>('ResourceQuota', 'resourcequotas'),
  deployments: of<Deployment>('apps/v1', 'Deployment', 'deployments'),
  replicaSets: of<ReplicaSet>('apps/v1', 'ReplicaSet', 'replicasets'),
  statefulSets: of<StatefulSet>('apps/v1', 'StatefulSet', 'statefulsets'),
  jobs: of<Job>('batch/v1', 'Job', 'jobs'),
  leases: of<Lease>('coordination.k8s.io/v1', 'Lease', 'leases'),
  networkPolicies: of<Raw<V1NetworkPolicy>>('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'),
  roleBindings: of<Raw<V1RoleBinding>>('rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings'),
} as const;

/** Path of a kind's collection, of one object when a name is given, of its subresource when that is. */
export function pathOf(
  resource: Resource<unknown>,
  at: { readonly namespace?: string | null; readonly name?: string; readonly subresource?: string },
): string {
  const group = resource.apiVersion.includes('/') ? '/apis' : '/api';
  const parts = resource.namespaced && at.namespace ? ['namespaces', at.namespace] : [];
  parts.push(resource.plural);
  if (at.name !== undefined) parts.push(at.name);
  if (at.subresource !== undefined) parts.push(at.subresource);
  return `${group}/${resource.apiVersion}/${parts.map(encodeURIComponent).join('/')}`;
}

function core<T>(kind: string, plural: string): Resource<T> {
  return of<T>('v1', kind, plural);
}

function of<T>(apiVersion: string, kind: string, plural: string): Resource<T> {
  return { apiVersion, kind, plural, namespaced: true };
}
