import type { KubernetesEvent, Pod } from '../resources.ts';
import { timeOf } from '../events.ts';
import { containerTrouble } from './container-trouble.ts';
import { plain, type Trouble } from './trouble.ts';
import type { Workload } from './workloads.ts';
import type { World } from './world.ts';

/** Conditions of a Job and of a Deployment; a Job is a failure as soon as its pods are being ended for it. */
const endings = ['Failed', 'FailureTarget', 'NotProgressing'];
const unschedulableMs = 60_000;
const otherRefusalMs = 30_000;
const volumeMs = 30_000;
const quotaMs = 10_000;

/**
 * All troubles of the given workloads; only pods of their newest revision count.
 *
 * @param since epoch milliseconds by the cluster's clock: Warning events up to then are about what was before.
 */
export function troubles(of: readonly Workload[], world: World, since: number): readonly Trouble[] {
  const events = [...world.events.values()].filter((event) => timeOf(event) > since);
  return of.flatMap((workload) => [
    ...endOf(workload),
    ...refusals(workload, { world, events, isAlone: !somethingMoves(of, world) }),
    ...workload.pods.flatMap((pod) => [
      ...containerTrouble(workload, pod),
      ...unschedulable(workload, pod),
      ...volumes(workload, { pod, events }),
    ]),
  ]);
}

/** Its own controller has given up. */
function endOf(workload: Workload): readonly Trouble[] {
  const failed = endings.map((type) => workload.conditions.get(type)).find((found) => found !== undefined);
  if (!failed || !workload.observed) return [];
  const worst = workload.pods.map((pod) => failedContainer(pod)).find((found) => found !== null);
  return [
    {
      ...plain(workload, worst?.pod ?? null),
      key: `${workload.uid}/end`,
      afterMs: 0,
      reason: failed.reason,
      message: worst ? `${failed.message}: ${worst.message}` : failed.message,
      log: worst?.log ?? null,
      exitCode: worst?.exitCode ?? null,
    },
  ];
}

function failedContainer(
  pod: Pod,
): (Pick<Trouble, 'message' | 'log' | 'exitCode'> & { readonly pod: Pod }) | null {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  for (const status of statuses) {
    const ended = status.state?.terminated ?? status.lastState?.terminated;
    if (!ended || ended.exitCode === 0) continue;
    const message = `container ${status.name} ended with exit code ${ended.exitCode}${ended.reason === 'OOMKilled' ? ' (OOMKilled)' : ''}`;
    const log = { container: status.name, previous: status.state?.terminated === undefined };
    return { pod, message, log, exitCode: ended.exitCode };
  }
  return null;
}

interface Surroundings {
  readonly world: World;
  readonly events: readonly KubernetesEvent[];
  /** Nothing is starting or ending that could make room. */
  readonly isAlone: boolean;
}

/** The pods are not even made: by condition for Deployments, by event for the others. */
function refusals(workload: Workload, { events, isAlone }: Surroundings): readonly Trouble[] {
  if (workload.ready || !workload.observed || workload.creator === null) return [];
  const event = events
    .filter((event) => event.reason === 'FailedCreate' && event.involvedObject.uid === workload.creator)
    .toSorted((one, other) => timeOf(one) - timeOf(other))
    .at(-1);
  const isMissingPods = workload.pods.length < workload.wanted;
  const condition = workload.conditions.get('ReplicaFailure');
  const message = condition?.message ?? (isMissingPods ? event?.message : undefined);
  if (message === undefined || message === '') return [];
  const afterMs = refusalGrace(message, isAlone);
  return afterMs === null
    ? []
    : [
        {
          ...plain(workload, null),
          key: `${workload.uid}/refused`,
          afterMs,
          reason: 'FailedCreate',
          message,
        },
      ];
}

/** @returns null when it is no failure: others will make room, or it passes by itself. */
function refusalGrace(message: string, isAlone: boolean): number | null {
  if (message.includes('status unknown for quota')) return null;
  if (message.includes('exceeded quota')) return isAlone ? quotaMs : null;
  const isFinal =
    /must specify|violates PodSecurity|denied (the )?request|is forbidden: (maximum|minimum)/.test(message);
  return isFinal ? 0 : otherRefusalMs;
}

/** Whether room may come: a pod is going away, or one is starting after which an old one will go. */
function somethingMoves(of: readonly Workload[], world: World): boolean {
  const isLeaving = [...world.pods.values()].some((pod) => pod.metadata?.deletionTimestamp !== undefined);
  return isLeaving || of.some((workload) => !workload.ready && workload.pods.some(isStarting));
}

function isStarting(pod: Pod): boolean {
  const isReady = pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  const isEnded = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  return !isReady && !isEnded;
}

function unschedulable(workload: Workload, pod: Pod): readonly Trouble[] {
  const condition = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (condition?.status !== 'False' || condition.reason !== 'Unschedulable') return [];
  return [
    {
      ...plain(workload, pod),
      key: `${pod.metadata?.uid}/unschedulable`,
      afterMs: unschedulableMs,
      reason: 'Unschedulable',
      message: condition.message ?? 'no node has room for it',
    },
  ];
}

/** A Secret or ConfigMap that a volume names is not there: seen in events only. */
function volumes(
  workload: Workload,
  { pod, events }: { readonly pod: Pod; readonly events: readonly KubernetesEvent[] },
): readonly Trouble[] {
  if (pod.status?.phase !== 'Pending') return [];
  const event = events.find(
    (event) =>
      event.reason === 'FailedMount' &&
      event.involvedObject.uid === pod.metadata?.uid &&
      event.message?.includes('not found'),
  );
  if (!event) return [];
  return [
    {
      ...plain(workload, pod),
      key: `${pod.metadata?.uid}/volume`,
      afterMs: volumeMs,
      reason: 'FailedMount',
      message: event.message ?? '',
    },
  ];
}
