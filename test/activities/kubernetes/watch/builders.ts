import type {
  ContainerStatus,
  Deployment,
  Job,
  KubernetesEvent,
  Pod,
  ReplicaSet,
  StatefulSet,
} from '../../../../activities/kubernetes/resources.ts';
import type { World } from '../../../../activities/kubernetes/watch/world.ts';

/** A small world by hand: the newest ReplicaSet of a Deployment is `<name>-2`. */
export function worldOf(objects: {
  readonly deployments?: readonly Deployment[];
  readonly replicaSets?: readonly ReplicaSet[];
  readonly statefulSets?: readonly StatefulSet[];
  readonly jobs?: readonly Job[];
  readonly pods?: readonly Pod[];
  readonly events?: readonly KubernetesEvent[];
}): World {
  return {
    deployments: byUid(objects.deployments),
    replicaSets: byUid(objects.replicaSets),
    statefulSets: byUid(objects.statefulSets),
    jobs: byUid(objects.jobs),
    pods: byUid(objects.pods),
    events: byUid(objects.events),
  };
}

export function deploymentOf(
  name: string,
  changes: { readonly ready?: boolean; readonly stale?: boolean } = {},
): Deployment {
  const count = changes.ready ? 1 : 0;
  return {
    metadata: {
      uid: name,
      name,
      generation: 2,
      annotations: { 'meta.helm.sh/release-name': name, 'deployment.kubernetes.io/revision': '2' },
    },
    spec: { replicas: 1, selector: {}, template: { spec: { containers: [{ name: 'app', image: 'app' }] } } },
    status: {
      observedGeneration: changes.stale ? 1 : 2,
      replicas: 1,
      updatedReplicas: 1,
      readyReplicas: count,
      availableReplicas: count,
    },
  };
}

export function replicaSetOf(deployment: string, revision: number, failure?: string): ReplicaSet {
  const failed = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: failure ?? '' };
  return {
    metadata: {
      uid: `${deployment}-${revision}`,
      name: `${deployment}-${revision}`,
      annotations: { 'deployment.kubernetes.io/revision': String(revision) },
      ownerReferences: [ownedBy(deployment)],
    },
    status: { replicas: 0, ...(failure === undefined ? {} : { conditions: [failed] }) },
  };
}

export function statefulSetOf(name: string, status: StatefulSet['status']): StatefulSet {
  return {
    metadata: { uid: name, name, generation: 1, annotations: { 'meta.helm.sh/release-name': name } },
    spec: { replicas: 1, selector: {}, serviceName: name, template: { spec: { containers: [] } } },
    ...(status ? { status } : {}),
  };
}

export function jobOf(name: string, condition?: { readonly type: string; readonly reason: string }): Job {
  const conditions = condition ? [{ ...condition, status: 'True', message: 'it failed' }] : [];
  return {
    metadata: { uid: name, name, generation: 1, annotations: { 'helm.sh/hook': 'pre-upgrade' } },
    spec: { template: { spec: { containers: [] } } },
    status: { conditions },
  };
}

export function podOf(
  name: string,
  owner: string,
  status: {
    readonly phase?: string;
    readonly containers?: readonly Partial<ContainerStatus>[];
    readonly conditions?: readonly { type: string; status: string; reason?: string; message?: string }[];
    readonly leaving?: boolean;
    readonly revision?: string;
  } = {},
): Pod {
  return {
    metadata: {
      uid: name,
      name,
      ownerReferences: [ownedBy(owner)],
      ...(status.leaving ? { deletionTimestamp: '2026-11-23T12:00:00Z' } : {}),
      ...(status.revision === undefined ? {} : { labels: { 'controller-revision-hash': status.revision } }),
    },
    status: {
      phase: status.phase ?? 'Running',
      conditions: [...(status.conditions ?? [])],
      containerStatuses: (status.containers ?? []).map((container) => ({
        name: 'app',
        image: 'app:v1',
        imageID: '',
        ready: false,
        restartCount: 0,
        ...container,
      })),
    },
  };
}

export function eventOf(
  reason: string,
  about: string,
  rest: { readonly message: string; readonly at: string },
): KubernetesEvent {
  return {
    metadata: { uid: `${reason}-${about}` },
    reason,
    message: rest.message,
    involvedObject: { uid: about, kind: 'Pod', name: about },
    lastTimestamp: rest.at,
  };
}

function ownedBy(uid: string): { apiVersion: string; kind: string; name: string; uid: string } {
  return { apiVersion: 'v1', kind: 'Any', name: uid, uid };
}

function byUid<T extends { readonly metadata?: { readonly uid?: string } }>(
  objects: readonly T[] = [],
): ReadonlyMap<string, T> {
  return new Map(objects.map((object) => [object.metadata?.uid ?? '', object]));
}
