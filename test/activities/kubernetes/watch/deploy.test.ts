import { describe, expect, test } from 'vitest';
import type { KubernetesApi } from '../../../../activities/kubernetes/api.ts';
import { NoAnswer } from '../../../../activities/kubernetes/api-error.ts';
import type { Job } from '../../../../activities/kubernetes/resources.ts';
import type { DeployWatch } from '../../../../activities/kubernetes/watch/deploy.ts';
import { watchDeploy } from '../../../../activities/kubernetes/watch/deploy.ts';
import { isNew, takeBaseline } from '../../../../activities/kubernetes/watch/baseline.ts';
import { createHold } from '../../../../activities/kubernetes/watch/hold.ts';
import { progressOf } from '../../../../activities/kubernetes/watch/progress.ts';
import type { Trouble } from '../../../../activities/kubernetes/watch/trouble.ts';
import { workloads } from '../../../../activities/kubernetes/watch/workloads.ts';
import { service } from '../fixture.ts';
import { deploymentOf, jobOf, podOf, replicaSetOf, worldOf } from './builders.ts';

const away = (): Promise<never> => Promise.reject(new NoAnswer('away'));
const noApi: KubernetesApi = { json: away, text: away, stream: away };

describe('A watch that is stopped', () => {
  /** A world in which Helm's hook fails in the moment in which the watch is cancelled. */
  function stopping(condition: Parameters<typeof jobOf>[1]): DeployWatch & { readonly reason: Error } {
    const jobs = new Map<string, Job>();
    const reason = new Error('cancelled');
    const changed = (): Promise<never> => {
      jobs.set('web-migrate', jobOf('web-migrate', condition));
      return Promise.reject(reason);
    };
    const open = async () => ({ world: { ...worldOf({}), jobs }, changed, close: async () => undefined });
    return {
      clients: { worker: noApi, as: () => noApi, worlds: { open } },
      plan: {
        names: { namespace: 'preview-1', database: null, hosts: {}, urls: {} },
        services: [service('web')],
      },
      services: ['web'],
      baseline: null,
      onProgress: () => undefined,
      reason,
    };
  }

  test('says what it saw when a hook has failed, as Helm does not say why', async () => {
    const watch = stopping({ type: 'Failed', reason: 'BackoffLimitExceeded' });
    await expect(watchDeploy(watch, new AbortController().signal)).rejects.toMatchObject({
      type: 'ServiceFailed',
      details: [{ service: 'web', reason: 'BackoffLimitExceeded' }],
    });
  });

  test('ends with its cancellation otherwise', async () => {
    const watch = stopping({ type: 'Complete', reason: 'done' });
    await expect(watchDeploy(watch, new AbortController().signal)).rejects.toBe(watch.reason);
  });

  test('never shows what it cannot redact', async () => {
    const watch = stopping({ type: 'Failed', reason: 'BackoffLimitExceeded' });
    await expect(watchDeploy(watch, new AbortController().signal)).rejects.toMatchObject({
      details: [{ summary: expect.stringContaining('withheld') as unknown, logTail: [] }],
    });
  });
});

describe('What was there before', () => {
  const before = worldOf({ deployments: [deploymentOf('web')], replicaSets: [replicaSetOf('web', 2)] });
  const baseline = takeBaseline(workloads(before), before);
  const [web] = workloads(before);

  test.for([
    ['the same revision is not new', { revision: 'web-2' }, false],
    ['another revision is', { revision: 'web-3' }, true],
    ['a revision that is not known yet is not', { revision: null }, false],
    ['a workload that was not there is', { uid: 'other', revision: 'web-2' }, true],
  ] as const)('%s', ([, changes, expected]) => {
    expect(web && isNew({ ...web, ...changes }, baseline)).toBe(expected);
  });
});

describe('How long a trouble must last', () => {
  const trouble = (key: string, afterMs: number): Trouble => ({ key, afterMs }) as Trouble;

  test('it counts when it lasted without a break', () => {
    const hold = createHold();
    expect(hold.judge([trouble('a', 1_000)], 0)).toEqual({ fatal: null, againMs: 1_000 });
    expect(hold.judge([trouble('a', 1_000)], 400)).toEqual({ fatal: null, againMs: 600 });
    expect(hold.judge([trouble('a', 1_000)], 1_000).fatal?.key).toBe('a');
  });

  test('it starts anew after a break', () => {
    const hold = createHold();
    hold.judge([trouble('a', 1_000)], 0);
    hold.judge([], 500);
    expect(hold.judge([trouble('a', 1_000)], 1_200).fatal).toBeNull();
  });

  test('a worse turn of the same trouble counts at once', () => {
    const hold = createHold();
    hold.judge([trouble('a', 15_000)], 0);
    expect(hold.judge([trouble('a', 0)], 10).fatal?.key).toBe('a');
  });
});

describe('The progress of a service', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const image = { repository: 'app', tag: 'pr-1', digest, digests: [digest] };
  const web = service('web', { images: { main: image } });
  const ofImage = (image: string, ready = false) => {
    const deployment = deploymentOf('web', { ready });
    const [container] = deployment.spec?.template.spec?.containers ?? [];
    Object.assign(container ?? {}, { image });
    return deployment;
  };
  const replicaSets = [replicaSetOf('web', 2)];
  const pods = [podOf('web-2-x', 'web-2', { phase: 'Running' })];

  test.for([
    ['waits when nothing of it is there', worldOf({}), 'waiting', 'needs nats'],
    [
      'waits while the version before runs',
      worldOf({ deployments: [ofImage('app@sha256:old', true)] }),
      'waiting',
      'still the version before',
    ],
    [
      'is installing while a hook runs',
      worldOf({ jobs: [jobOf('web-migrate')] }),
      'installing',
      'web-migrate runs',
    ],
    [
      'starts',
      worldOf({ deployments: [ofImage(`app@${digest}`)], replicaSets, pods }),
      'starting',
      'web 0/1, running, not ready',
    ],
    ['is ready', worldOf({ deployments: [ofImage(`app@${digest}`, true)], replicaSets }), 'ready', ''],
  ] as const)('%s', ([, world, state, detail]) => {
    const services = [{ ...web, needs: ['nats'] }];
    expect(progressOf(services, workloads(world))).toEqual([{ service: 'web', state, detail }]);
  });
});
