import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ManifestObject } from '../../domain/manifest-object.ts';
import { checkQuota, quotaRequirement } from '../../domain/quota.ts';
import { samplePlan } from './plan-sample.ts';

const { quota, limitRange } = samplePlan();

type Loose = Record<string, unknown>;

const resources = (cpu: string, memory = '64Mi') => ({
  resources: { requests: { cpu, memory }, limits: { cpu, memory } },
});

function workload(kind: string, spec: Loose, metadata: Loose = {}): ManifestObject {
  const version = kind.endsWith('Job') ? 'batch/v1' : 'apps/v1';
  return { apiVersion: version, kind, metadata: { name: 'x', ...metadata }, spec } as ManifestObject;
}

function deployment(name: string, cpu: string, spec: Loose = {}): ManifestObject {
  return workload('Deployment', { template: { spec: { containers: [resources(cpu)] } }, ...spec }, { name });
}

function pod(spec: Loose): ManifestObject {
  return workload('Deployment', { template: { spec } });
}

/** What one service with these objects takes: standing and while it is updated. */
function of(...objects: ManifestObject[]) {
  const { sum, passing } = quotaRequirement({ s: objects }, limitRange);
  return { sum, passing: passing['s']! };
}

describe('what a pod takes of the quota', () => {
  const cpu = (spec: Loose) => of(pod(spec)).sum.limitsCpuMilli;

  it('is the sum of its containers', () => {
    expect(of(pod({ containers: [resources('100m'), resources('50m', '1Gi')] })).sum).toEqual({
      requestsCpuMilli: 150,
      requestsMemoryBytes: 1_140_850_688,
      limitsCpuMilli: 150,
      limitsMemoryBytes: 1_140_850_688,
      pods: 1,
    });
  });

  it('is the LimitRange’s where a container says nothing', () => {
    expect(of(pod({ containers: [{}] })).sum).toEqual({
      requestsCpuMilli: 20,
      requestsMemoryBytes: 33_554_432,
      limitsCpuMilli: 100,
      limitsMemoryBytes: 134_217_728,
      pods: 1,
    });
  });

  it('requests what it is limited to where it has only a limit', () => {
    const sum = of(pod({ containers: [{ resources: { limits: { cpu: '70m', memory: '1Mi' } } }] })).sum;
    expect([sum.requestsCpuMilli, sum.requestsMemoryBytes]).toEqual([70, 1_048_576]);
  });

  it.each([
    ['a small init container', [resources('50m')], [resources('100m')], 100],
    ['a large init container', [resources('300m')], [resources('100m')], 300],
    ['init containers one after another', [resources('300m'), resources('250m')], [resources('100m')], 300],
    [
      'a sidecar beside the containers',
      [{ ...resources('30m'), restartPolicy: 'Always' }],
      [resources('100m')],
      130,
    ],
    [
      'a sidecar beside a later init container',
      [{ ...resources('30m'), restartPolicy: 'Always' }, resources('200m')],
      [resources('100m')],
      230,
    ],
    [
      'a sidecar after the init container',
      [resources('200m'), { ...resources('30m'), restartPolicy: 'Always' }],
      [resources('100m')],
      200,
    ],
    ['an init container without resources', [{}], [resources('50m')], 100],
  ])('counts %s', (...[, initContainers, containers, expected]) => {
    expect(cpu({ initContainers, containers })).toBe(expected);
  });

  it('counts the overhead of its runtime, and resources of the pod as a whole instead of its containers’', () => {
    const overhead = { cpu: '25m' };
    expect(cpu({ containers: [resources('100m')], overhead })).toBe(125);
    expect(cpu({ containers: [resources('100m')], resources: { limits: { cpu: '400m' } } })).toBe(400);
    expect(cpu({ containers: [resources('100m')], resources: { limits: { cpu: '400m' } }, overhead })).toBe(
      425,
    );
  });
});

describe('what a workload takes', () => {
  const counts = (...objects: ManifestObject[]) => {
    const { sum, passing } = of(...objects);
    return [sum.pods, passing.pods];
  };
  const template = { spec: { containers: [resources('50m')] } };

  it.each([
    [{}, 1, 1],
    [{ replicas: 0 }, 0, 0],
    [{ replicas: 3 }, 3, 1],
    [{ replicas: 5 }, 5, 2],
    [{ replicas: 4, strategy: { rollingUpdate: { maxSurge: '30%' } } }, 4, 2],
    [{ replicas: 4, strategy: { rollingUpdate: { maxSurge: 3 } } }, 4, 3],
    [{ replicas: 4, strategy: { rollingUpdate: { maxSurge: '100%' } } }, 4, 4],
    [{ replicas: 2, strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } }, 2, 0],
    [{ replicas: 2, strategy: { type: 'Recreate' } }, 2, 0],
  ])('as a Deployment with %j is %i pods and %i more while it is updated', (spec, pods, surge) => {
    expect(counts(deployment('ui', '50m', spec))).toEqual([pods, surge]);
  });

  it.each([
    ['StatefulSet', { replicas: 3, template }, 3, 0],
    ['ReplicaSet', { replicas: 2, template }, 2, 0],
    ['Job', { template }, 1, 0],
    ['Job', { parallelism: 4, completions: 2, template }, 2, 0],
    ['Job', { parallelism: 4, template }, 4, 0],
    ['Job', { suspend: true, template }, 0, 0],
    ['CronJob', { jobTemplate: { spec: { parallelism: 2, template } } }, 2, 0],
    ['CronJob', { suspend: true, jobTemplate: { spec: { template } } }, 0, 0],
  ])('as a %s with %j is %i pods and no surge', (kind, spec, ...counted) => {
    expect(counts(workload(kind, spec))).toEqual(counted);
  });

  it('is as many pods as its autoscaler may make', () => {
    const scaler = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'ui' },
      spec: { maxReplicas: 6, scaleTargetRef: { kind: 'Deployment', name: 'ui' } },
    } as ManifestObject;
    expect(counts(deployment('ui', '50m'), scaler)).toEqual([6, 2]);
    expect(counts(deployment('other', '50m'), scaler)).toEqual([1, 1]);
  });

  it('as a hook is there only for a moment, and only one of a release at a time', () => {
    const hook = (when: string, cpu: string) =>
      workload(
        'Job',
        { template: { spec: { containers: [resources(cpu)] } } },
        { annotations: { 'helm.sh/hook': when } },
      );
    const { sum, passing } = of(
      deployment('ui', '50m'),
      hook('pre-upgrade,pre-install', '200m'),
      hook('post-install', '80m'),
    );
    expect([sum.limitsCpuMilli, passing.limitsCpuMilli]).toEqual([50, 250]);
    expect(of(hook('pre-delete', '200m')).passing.pods).toBe(0);
    expect(of(hook('test', '200m')).passing.pods).toBe(0);
  });
});

describe('a quota', () => {
  const seed = {
    nats: [
      workload(
        'StatefulSet',
        { template: { spec: { containers: [resources('50m')] } } },
        { name: 'nats-pr-7' },
      ),
    ],
    websocket: [deployment('websocket-pr-7', '500m')],
    'meeting-api': [deployment('api-pr-7', '200m')],
    ui: [deployment('ui-pr-7', '50m')],
  };
  const large = { ...quota, requestsCpu: '2' };

  it('too small for one update is refused with the arithmetic of each workload', () => {
    const { problem, surgesFit } = checkQuota(seed, { quota: large, limitRange });
    expect(problem).toEqual({
      type: 'PlanRefused',
      where: 'platform config: quota',
      message: [
        'The quota does not hold this preview.',
        '- `limits.cpu`: 1300m needed, 1 allowed: nats (StatefulSet nats-pr-7) 1 × 50m = 50m + websocket (Deployment websocket-pr-7) 1 × 500m = 500m + meeting-api (Deployment api-pr-7) 1 × 200m = 200m + ui (Deployment ui-pr-7) 1 × 50m = 50m + 500m more while websocket is updated',
        "Lower the charts' `resources`, or raise the platform's `quota`.",
      ].join('\n'),
    });
    expect(surgesFit).toBe(false);
  });

  it('tells every dimension in which it is too small', () => {
    const tiny = { requestsCpu: '1m', requestsMemory: '1Mi', limitsCpu: '1m', limitsMemory: '1Mi', pods: 1 };
    const lines = checkQuota(seed, { quota: tiny, limitRange }).problem?.message.split('\n') ?? [];
    expect(lines.slice(1, -1).map((line) => line.split(':')[0])).toEqual([
      '- `requests.cpu`',
      '- `requests.memory`',
      '- `limits.cpu`',
      '- `limits.memory`',
      '- `pods`',
    ]);
    expect(lines[5]).toBe(
      '- `pods`: 5 needed, 1 allowed: nats (StatefulSet nats-pr-7) 1 + websocket (Deployment websocket-pr-7) 1 + meeting-api (Deployment api-pr-7) 1 + ui (Deployment ui-pr-7) 1 + 1 more while websocket is updated',
    );
  });

  it.each([
    ['1550m', true, null],
    ['1549m', false, null],
    ['1300m', false, null],
    ['1299m', false, 'refused'],
  ])('of %s for CPU holds all surges at once: %s', (limitsCpu, surgesFit, refused) => {
    const result = checkQuota(seed, { quota: { ...large, limitsCpu }, limitRange });
    expect(result.surgesFit).toBe(surgesFit);
    expect(result.problem === null ? null : 'refused').toBe(refused);
  });

  it('holds an empty preview', () => {
    expect(checkQuota({}, { quota, limitRange })).toEqual({ problem: null, surgesFit: true });
  });

  it('is judged alike by the arithmetic and by adding up pods one by one', () => {
    const service = fc.record({
      replicas: fc.nat({ max: 6 }),
      cpu: fc.nat({ max: 500 }),
      rolling: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(service, { maxLength: 5 }),
        fc.integer({ min: 0, max: 6_000 }),
        (services, limit) => {
          const objects = Object.fromEntries(
            services.map(({ replicas, cpu, rolling }, index) => [
              `s${index}`,
              [
                deployment(`d${index}`, `${cpu}m`, {
                  replicas,
                  ...(rolling ? {} : { strategy: { type: 'Recreate' } }),
                }),
              ],
            ]),
          );
          const surges = services.map(({ replicas, cpu, rolling }) =>
            rolling ? Math.ceil(replicas / 4) * cpu : 0,
          );
          const sum = services.reduce((total, { replicas, cpu }) => total + replicas * cpu, 0);
          const wide = { requestsCpu: '1k', requestsMemory: '1Ti', limitsMemory: '1Ti', pods: 1_000 };
          const { problem, surgesFit } = checkQuota(objects, {
            quota: { ...wide, limitsCpu: `${limit}m` },
            limitRange,
          });
          expect(problem === null).toBe(sum + Math.max(0, ...surges) <= limit);
          expect(surgesFit).toBe(sum + surges.reduce((total, surge) => total + surge, 0) <= limit);
        },
      ),
    );
  });

  it('that holds a preview holds it with fewer pods too', () => {
    fc.assert(
      fc.property(fc.nat({ max: 5 }), fc.nat({ max: 1_500 }), (replicas, limit) => {
        const with_ = (count: number) =>
          checkQuota(
            { a: [deployment('a', '100m', { replicas: count })] },
            { quota: { ...large, limitsCpu: `${limit}m` }, limitRange },
          );
        if (with_(replicas + 1).problem === null) expect(with_(replicas).problem).toBeNull();
        if (with_(replicas + 1).surgesFit) expect(with_(replicas).surgesFit).toBe(true);
      }),
    );
  });
});
