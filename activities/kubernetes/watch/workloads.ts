import type { Deployment, Job, Pod, StatefulSet } from '../resources.ts';
import type { World } from './world.ts';

/** One Deployment, StatefulSet or Job and how far it is. */
export interface Workload {
  readonly kind: 'Deployment' | 'StatefulSet' | 'Job';
  readonly uid: string;
  readonly name: string;
  /** Helm release it is of; null for hooks and for what Helm did not make. */
  readonly release: string | null;
  /** Made by a Helm hook. */
  readonly hook: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly generation: number;
  /** Its controller has seen its present spec; before that nothing below is about it. */
  readonly observed: boolean;
  /** Uid of the newest ReplicaSet, the updateRevision, or the Job's uid; null while it is not known. */
  readonly revision: string | null;
  readonly ready: boolean;
  /** Pods it wants, and those of the newest revision that are available. */
  readonly wanted: number;
  readonly available: number;
  /** Images of the containers it wants. */
  readonly images: readonly string[];
  /** Of the newest revision, without those being deleted. */
  readonly pods: readonly Pod[];
  /** Uid of what creates the pods: the newest ReplicaSet, the StatefulSet, the Job. */
  readonly creator: string | null;
  /** Conditions that its controller wrote, by type, as far as they hold. */
  readonly conditions: ReadonlyMap<string, { readonly reason: string; readonly message: string }>;
}

/** Every workload of a namespace. */
export function workloads(world: World): readonly Workload[] {
  return [
    ...[...world.deployments.values()].map((deployment) => ofDeployment(deployment, world)),
    ...[...world.statefulSets.values()].map((statefulSet) => ofStatefulSet(statefulSet, world)),
    ...[...world.jobs.values()].map((job) => ofJob(job, world)),
  ];
}

function ofDeployment(deployment: Deployment, world: World): Workload {
  const base = baseOf('Deployment', deployment);
  const { spec, status, metadata } = deployment;
  const wanted = spec?.replicas ?? 1;
  const number = metadata?.annotations?.[revisionAnnotation];
  const newest = [...world.replicaSets.values()].find(
    (set) =>
      isOwnedBy(set, base.uid) &&
      number !== undefined &&
      set.metadata?.annotations?.[revisionAnnotation] === number,
  );
  const creator = base.observed ? (newest?.metadata?.uid ?? null) : null;
  const available = status?.availableReplicas ?? 0;
  const counts = [status?.updatedReplicas ?? 0, status?.replicas ?? 0, available];
  return {
    ...base,
    wanted,
    available: Math.min(available, status?.updatedReplicas ?? 0),
    revision: creator,
    creator,
    ready: base.observed && counts.every((count) => count === wanted),
    pods: creator === null ? [] : podsOf(world, creator),
    // The Deployment repeats what older ReplicaSets failed with too.
    conditions: new Map([
      ...[...conditionsOf(status?.conditions)].filter(([type]) => type !== 'ReplicaFailure'),
      ...conditionsOf(newest?.status?.conditions),
    ]),
  };
}

function ofStatefulSet(statefulSet: StatefulSet, world: World): Workload {
  const base = baseOf('StatefulSet', statefulSet);
  const { spec, status } = statefulSet;
  const wanted = spec?.replicas ?? 1;
  const revision = base.observed ? (status?.updateRevision ?? null) : null;
  const available = status?.availableReplicas ?? 0;
  const counts = [status?.updatedReplicas ?? 0, status?.replicas ?? 0, status?.readyReplicas ?? 0, available];
  const isRolledOut = status?.currentRevision === status?.updateRevision;
  const ofRevision = (pod: Pod): boolean => pod.metadata?.labels?.['controller-revision-hash'] === revision;
  const pods = revision === null ? [] : podsOf(world, base.uid).filter(ofRevision);
  return {
    ...base,
    wanted,
    available: Math.min(available, status?.updatedReplicas ?? 0),
    revision,
    creator: base.observed ? base.uid : null,
    ready: base.observed && isRolledOut && counts.every((count) => count === wanted),
    pods,
    conditions: conditionsOf(status?.conditions),
  };
}

function ofJob(job: Job, world: World): Workload {
  const conditions = conditionsOf(job.status?.conditions);
  const base = baseOf('Job', job);
  return {
    ...base,
    observed: true,
    wanted: job.spec?.completions ?? 1,
    available: job.status?.succeeded ?? 0,
    revision: base.uid,
    creator: base.uid,
    ready: conditions.has('Complete'),
    pods: podsOf(world, base.uid),
    conditions,
  };
}

const revisionAnnotation = 'deployment.kubernetes.io/revision';

function baseOf(
  kind: Workload['kind'],
  object: Deployment | StatefulSet | Job,
): Pick<
  Workload,
  'kind' | 'uid' | 'name' | 'release' | 'hook' | 'labels' | 'generation' | 'observed' | 'images'
> {
  const { metadata, spec, status } = object;
  const annotations = metadata?.annotations ?? {};
  const generation = metadata?.generation ?? 0;
  const seen = status !== undefined && 'observedGeneration' in status ? (status.observedGeneration ?? 0) : 0;
  return {
    kind,
    uid: metadata?.uid ?? '',
    name: metadata?.name ?? '',
    release: annotations['meta.helm.sh/release-name'] ?? null,
    hook: annotations['helm.sh/hook'] !== undefined,
    labels: metadata?.labels ?? {},
    generation,
    observed: seen >= generation,
    images: (spec?.template.spec?.containers ?? []).map((container) => container.image ?? ''),
  };
}

function podsOf(world: World, owner: string): readonly Pod[] {
  return [...world.pods.values()].filter(
    (pod) => isOwnedBy(pod, owner) && pod.metadata?.deletionTimestamp === undefined,
  );
}

/** Whether an object was made by, and goes with, the one of that uid. */
export function isOwnedBy(
  object: { readonly metadata?: { readonly ownerReferences?: readonly { readonly uid: string }[] } },
  uid: string,
): boolean {
  return object.metadata?.ownerReferences?.some((reference) => reference.uid === uid) ?? false;
}

function conditionsOf(
  conditions:
    | readonly {
        readonly type: string;
        readonly status: string;
        readonly reason?: string;
        readonly message?: string;
      }[]
    | undefined,
): ReadonlyMap<string, { readonly reason: string; readonly message: string }> {
  const holding = (conditions ?? []).filter(
    (condition) =>
      condition.status === 'True' || (condition.type === 'Progressing' && condition.status === 'False'),
  );
  return new Map(
    holding.map(({ type, status, reason = '', message = '' }) => [
      status === 'False' ? `Not${type}` : type,
      { reason, message },
    ]),
  );
}
