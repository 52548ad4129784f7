import { describe, expect, test } from 'vitest';
import type { ContainerStatus, Pod } from '../../../../activities/kubernetes/resources.ts';
import type { Trouble } from '../../../../activities/kubernetes/watch/trouble.ts';
import { troubles } from '../../../../activities/kubernetes/watch/troubles.ts';
import { workloads } from '../../../../activities/kubernetes/watch/workloads.ts';
import type { World } from '../../../../activities/kubernetes/watch/world.ts';
import { deploymentOf, eventOf, jobOf, podOf, replicaSetOf, statefulSetOf, worldOf } from './builders.ts';

const at = '2026-11-23T12:00:00Z';
const ended = (exitCode: number, reason = 'Error'): NonNullable<ContainerStatus['state']> => ({
  terminated: { exitCode, reason },
});
const waiting = (reason: string, message = ''): NonNullable<ContainerStatus['state']> => ({
  waiting: { reason, message },
});
const running = { running: { startedAt: at } };

function found(world: World, since = 0): readonly Trouble[] {
  return troubles(workloads(world), world, since);
}

function ofContainer(container: Partial<ContainerStatus>, pod: Partial<Pod['status']> = {}): string | null {
  const made = podOf('web-2-x', 'web-2', { containers: [container] });
  Object.assign(made.status ?? {}, pod);
  const world = worldOf({
    deployments: [deploymentOf('web')],
    replicaSets: [replicaSetOf('web', 2)],
    pods: [made],
  });
  const [trouble] = found(world);
  return trouble ? `${trouble.reason} after ${trouble.afterMs / 1000}` : null;
}

describe('What keeps a container from running', () => {
  test.for<readonly [string, Partial<ContainerStatus>, string | null]>([
    ['a container that is being created is well', { state: waiting('ContainerCreating') }, null],
    ['one that runs and is not ready yet is well', { state: running }, null],
    [
      'one that ended once and runs again is well',
      { state: running, lastState: ended(1), restartCount: 1 },
      null,
    ],
    [
      'one that ended often and is ready now is well',
      { state: running, lastState: ended(1), restartCount: 9, ready: true },
      null,
    ],
    ['one that ended well is well', { state: ended(0, 'Completed') }, null],
    [
      'it crashes',
      { state: waiting('CrashLoopBackOff'), lastState: ended(1), restartCount: 1 },
      'CrashLoopBackOff after 15',
    ],
    [
      'it has just crashed the third time',
      { state: ended(1), lastState: ended(1), restartCount: 2 },
      'CrashLoopBackOff after 15',
    ],
    [
      'it tries once more after two crashes, which counts only if it ends again',
      { state: running, lastState: ended(1), restartCount: 2 },
      'CrashLoopBackOff after Infinity',
    ],
    [
      'it crashed four times',
      { state: waiting('CrashLoopBackOff'), lastState: ended(1), restartCount: 3 },
      'CrashLoopBackOff after 0',
    ],
    [
      'it has just crashed the fourth time',
      { state: ended(2), lastState: ended(2), restartCount: 3 },
      'CrashLoopBackOff after 0',
    ],
    [
      'it ends well again and again',
      { state: waiting('CrashLoopBackOff'), lastState: ended(0), restartCount: 2 },
      'CrashLoopBackOff after 15',
    ],
    [
      'it was killed for memory once',
      { state: running, lastState: ended(137, 'OOMKilled'), restartCount: 1 },
      null,
    ],
    [
      'it was killed for memory twice',
      { state: ended(137, 'OOMKilled'), lastState: ended(137, 'OOMKilled'), restartCount: 1 },
      'OOMKilled after 0',
    ],
    [
      'it backs off after being killed for memory',
      { state: waiting('CrashLoopBackOff'), lastState: ended(137, 'OOMKilled'), restartCount: 2 },
      'OOMKilled after 0',
    ],
    [
      'it serves, and was killed for memory twice long ago',
      { state: running, lastState: ended(137, 'OOMKilled'), restartCount: 2, ready: true },
      null,
    ],
    ['its image name is impossible', { state: waiting('InvalidImageName') }, 'InvalidImageName after 0'],
    ['its image must not be pulled', { state: waiting('ErrImageNeverPull') }, 'ErrImageNeverPull after 0'],
    [
      'its secret is missing',
      { state: waiting('CreateContainerConfigError') },
      'CreateContainerConfigError after 10',
    ],
    [
      'its image is not there',
      { state: waiting('ErrImagePull', 'x: not found') },
      'ImagePullBackOff after 30',
    ],
    [
      'its image is denied',
      { state: waiting('ImagePullBackOff', '403 Forbidden') },
      'ImagePullBackOff after 30',
    ],
    [
      'the kubelet has shortened the message',
      { state: waiting('ImagePullBackOff', 'Back-off pulling image "x:1"') },
      'ImagePullBackOff after 30',
    ],
    ['the registry does not answer', { state: waiting('ErrImagePull', 'dial tcp: i/o timeout') }, null],
  ])('%s', ([, container, expected]) => {
    expect(ofContainer(container)).toBe(expected);
  });

  test('an image that is not there stays the same trouble when the kubelet backs off', () => {
    const keys = [waiting('ErrImagePull', 'not found'), waiting('ImagePullBackOff', 'not found')].map(
      (state) => {
        const pods = [podOf('p', 'web-2', { containers: [{ state }] })];
        return found(
          worldOf({ deployments: [deploymentOf('web')], replicaSets: [replicaSetOf('web', 2)], pods }),
        )[0]?.key;
      },
    );
    expect(keys[0]).toBe(keys[1]);
  });
});

describe('Which pods count', () => {
  const crash = {
    containers: [{ state: waiting('CrashLoopBackOff'), lastState: ended(1), restartCount: 5 }],
  };

  test('a pod of an older ReplicaSet does not', () => {
    const world = worldOf({
      deployments: [deploymentOf('web')],
      replicaSets: [replicaSetOf('web', 1), replicaSetOf('web', 2)],
      pods: [podOf('old', 'web-1', crash)],
    });
    expect(found(world)).toEqual([]);
  });

  test('none does before the controller has seen the new spec', () => {
    const world = worldOf({
      deployments: [deploymentOf('web', { stale: true })],
      replicaSets: [replicaSetOf('web', 2)],
      pods: [podOf('new', 'web-2', crash)],
    });
    expect(found(world)).toEqual([]);
  });

  test('one that is going away does not', () => {
    const world = worldOf({
      deployments: [deploymentOf('web')],
      replicaSets: [replicaSetOf('web', 2)],
      pods: [podOf('new', 'web-2', { ...crash, leaving: true })],
    });
    expect(found(world)).toEqual([]);
  });

  test('of a StatefulSet only those of the update revision do', () => {
    const world = worldOf({
      statefulSets: [statefulSetOf('store', { observedGeneration: 1, replicas: 1, updateRevision: 'b' })],
      pods: [
        podOf('store-0', 'store', { ...crash, revision: 'a' }),
        podOf('store-1', 'store', { ...crash, revision: 'b' }),
      ],
    });
    expect(found(world).map(({ pod }) => pod)).toEqual(['store-1']);
  });
});

describe('Pods that are not made', () => {
  const quota =
    'pods "web-2-x" is forbidden: exceeded quota: pr-preview, requested: pods=1, used: pods=10, limited: pods=10';
  const refused = (message: string, pods: readonly Pod[] = []): World =>
    worldOf({ deployments: [deploymentOf('web')], replicaSets: [replicaSetOf('web', 2, message)], pods });

  test.for<readonly [string, string, number | null]>([
    [
      'missing limits are a failure at once',
      'forbidden: failed quota: pr-preview: must specify limits.cpu',
      0,
    ],
    [
      'Pod Security is a failure at once',
      'forbidden: violates PodSecurity "baseline:latest": host namespaces',
      0,
    ],
    ['a policy is a failure at once', "ValidatingAdmissionPolicy 'x' with binding 'x' denied request: no", 0],
    ['a missing service account may still come', 'error looking up service account', 30_000],
    ['a quota that nothing will free is a failure soon', quota, 10_000],
    ['a quota that is not counted yet is none', 'forbidden: status unknown for quota: pr-preview', null],
  ])('%s', ([, message, afterMs]) => {
    expect(found(refused(message))[0]?.afterMs ?? null).toBe(afterMs);
  });

  test('a quota is no failure while a pod is going away', () => {
    expect(found(refused(quota, [podOf('old', 'web-1', { leaving: true })]))).toEqual([]);
  });

  test('a quota is no failure while another new pod is starting', () => {
    const world = worldOf({
      deployments: [deploymentOf('web'), deploymentOf('ui')],
      replicaSets: [replicaSetOf('web', 2, quota), replicaSetOf('ui', 2)],
      pods: [podOf('ui-x', 'ui-2', { containers: [{ state: running }] })],
    });
    expect(found(world)).toEqual([]);
  });

  test('what an older ReplicaSet failed with is not the new one’s', () => {
    const world = worldOf({
      deployments: [deploymentOf('web')],
      replicaSets: [replicaSetOf('web', 1, 'must specify limits.cpu'), replicaSetOf('web', 2)],
    });
    expect(found(world)).toEqual([]);
  });

  test('a StatefulSet says so by events, and only new ones count', () => {
    const store = statefulSetOf('store', { observedGeneration: 1, replicas: 0, updateRevision: 'b' });
    const events = [eventOf('FailedCreate', 'store', { message: quota, at })];
    const world = worldOf({ statefulSets: [store], events });
    expect(found(world, Date.parse(at) - 1)).toMatchObject([{ reason: 'FailedCreate', afterMs: 10_000 }]);
    expect(found(world, Date.parse(at))).toEqual([]);
  });
});

describe('Other troubles', () => {
  test('a pod that no node can hold counts after a minute', () => {
    const conditions = [
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'Insufficient cpu' },
    ];
    const pods = [podOf('x', 'web-2', { phase: 'Pending', conditions })];
    const world = worldOf({
      deployments: [deploymentOf('web')],
      replicaSets: [replicaSetOf('web', 2)],
      pods,
    });
    expect(found(world)).toMatchObject([
      { reason: 'Unschedulable', afterMs: 60_000, message: 'Insufficient cpu' },
    ]);
  });

  test('a volume whose secret is missing counts after half a minute', () => {
    const pods = [podOf('x', 'web-2', { phase: 'Pending' })];
    const events = [eventOf('FailedMount', 'x', { message: 'secret "tls" not found', at })];
    const world = worldOf({
      deployments: [deploymentOf('web')],
      replicaSets: [replicaSetOf('web', 2)],
      pods,
      events,
    });
    expect(found(world)).toMatchObject([{ reason: 'FailedMount', afterMs: 30_000 }]);
  });

  test('a Job that failed says with which exit code', () => {
    const pods = [podOf('migrate-x', 'migrate', { phase: 'Failed', containers: [{ state: ended(4) }] })];
    const world = worldOf({
      jobs: [jobOf('migrate', { type: 'FailureTarget', reason: 'BackoffLimitExceeded' })],
      pods,
    });
    expect(found(world)).toMatchObject([
      {
        reason: 'BackoffLimitExceeded',
        afterMs: 0,
        exitCode: 4,
        pod: 'migrate-x',
        log: { container: 'app', previous: false },
      },
    ]);
  });

  test('a Job whose first pod failed and that tries again is no failure yet', () => {
    const pods = [podOf('migrate-x', 'migrate', { phase: 'Failed', containers: [{ state: ended(4) }] })];
    expect(found(worldOf({ jobs: [jobOf('migrate')], pods }))).toEqual([]);
  });
});
