import type { KubernetesObject } from '@kubernetes/client-node';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, test, vi } from 'vitest';
import type { WatchDetails } from '../../../activities/kubernetes/activities.ts';
import type { FailureReport } from '../../../domain/failures.ts';
import type { ActivityOptions, TestPreview } from './fixture.ts';
import {
  createFixture,
  deployment,
  eventually,
  job,
  never,
  service,
  statefulSet,
  testImage,
} from './fixture.ts';

// They wait for the kubelet's own back-offs, not for the processor.
vi.setConfig({ maxConcurrency: 20, testTimeout: 150_000 });

const fixture = createFixture(1300);
const { operations } = fixture;
let image: string;
beforeAll(async () => {
  image = await testImage();
});
afterAll(() => fixture.close());

interface Watch {
  readonly environment: MockActivityEnvironment;
  /** Failure report; null when it was cancelled. */
  readonly end: Promise<FailureReport | null>;
  readonly details: () => WatchDetails | undefined;
  readonly beats: () => number;
}

async function prepared(changes: Parameters<typeof fixture.preview>[0] = {}): Promise<TestPreview> {
  const preview = fixture.preview(changes);
  await fixture.prepare(preview);
  return preview;
}

/** Starts the watch as Temporal does; it has begun when this resolves. */
async function watch(
  preview: TestPreview,
  options: ActivityOptions & { readonly heartbeatDetails?: unknown } = {},
): Promise<Watch> {
  const { heartbeatDetails } = options;
  const environment = fixture.environment(heartbeatDetails === undefined ? {} : { heartbeatDetails });
  let details: WatchDetails | undefined;
  let beats = 0;
  environment.on('heartbeat', (beat: unknown) => {
    details = beat as WatchDetails | undefined;
    beats += 1;
  });
  const activities = fixture.activities(options);
  const services = preview.plan.services.map(({ name }) => name);
  const input = { plan: preview.reference, services, status: preview.status };
  const end = environment
    .run(() => activities.watchDeploy(input))
    .then(
      () => {
        throw new Error('the watch ended by itself');
      },
      (error: unknown) => {
        if (error instanceof CancelledFailure) return null;
        if (error instanceof ApplicationFailure) return (error.details as [FailureReport])[0];
        throw error;
      },
    );
  end.catch(() => undefined);
  await eventually('the watch begins', async () => details?.baseline);
  return { environment, end, details: () => details, beats: () => beats };
}

async function failureOf(preview: TestPreview, objects: readonly KubernetesObject[]): Promise<FailureReport> {
  const { end } = await watch(preview);
  await fixture.deploy(preview, 'web', objects);
  const report = await end;
  if (!report) throw new Error('it was cancelled');
  return report;
}

describe('Watching a deploy', { concurrent: true }, () => {
  test('reports a container that crashes: pod, exit code, log tail, events', async ({ expect }) => {
    const preview = await prepared();
    const report = await failureOf(preview, [deployment('web', { image, args: ['crash', '3'] })]);
    expect(report).toMatchObject({
      type: 'ServiceFailed',
      service: 'web',
      reason: 'CrashLoopBackOff',
      exitCode: 3,
      pod: expect.stringMatching(/^web-/) as unknown,
      summary: expect.stringMatching(
        /^web: CrashLoopBackOff of pod web-\S+: container app: it ended \d times, last with exit code 3/,
      ) as unknown,
    });
    expect(report.logTail).toHaveLength(50);
    expect(report.logTail.at(-1)).toBe('line 60 before the crash');
    expect(report.events.join('\n')).toContain('BackOff');
  });

  test('reports an init container that crashes', async ({ expect }) => {
    const preview = await prepared();
    const initContainers = [{ name: 'migrate', image, args: ['crash', '7'] }];
    const report = await failureOf(preview, [
      deployment('web', { image, args: ['serve'], pod: { initContainers } }),
    ]);
    expect(report).toMatchObject({ reason: 'CrashLoopBackOff', exitCode: 7 });
    expect(report.summary).toContain('container migrate');
  });

  test('reports a container that needs too much memory', async ({ expect }) => {
    const preview = await prepared();
    const report = await failureOf(preview, [deployment('web', { image, args: ['memory'] })]);
    expect(report).toMatchObject({ reason: 'OOMKilled', exitCode: 137, logTail: ['taking all memory'] });
  });

  test('reports an image that is not there', async ({ expect }) => {
    const preview = await prepared();
    const missing = image.replace(/@.*/, '').replace('v1', 'gone');
    const report = await failureOf(preview, [deployment('web', { image: missing, args: [] })]);
    expect(report).toMatchObject({ reason: 'ImagePullBackOff', exitCode: null, logTail: [] });
    expect(report.summary).toContain('gone');
    expect(report.events.join('\n')).toMatch(/not found/);
  });

  test('reports an image with an impossible name at once', async ({ expect }) => {
    const preview = await prepared();
    const report = await failureOf(preview, [deployment('web', { image: 'Not/A:Name:At@all', args: [] })]);
    expect(report).toMatchObject({ reason: 'InvalidImageName' });
  });

  test('reports a secret that a container wants and nobody made', async ({ expect }) => {
    const preview = await prepared();
    const env = [{ name: 'SECRET', valueFrom: { secretKeyRef: { name: 'nobody-made-it', key: 'x' } } }];
    const report = await failureOf(preview, [deployment('web', { image, args: ['serve'], env })]);
    expect(report).toMatchObject({ reason: 'CreateContainerConfigError' });
    expect(report.summary).toContain('nobody-made-it');
  });

  test('reports a program that is not in the image', async ({ expect }) => {
    const preview = await prepared();
    const containers = [{ name: 'app', image, command: ['/nowhere'] }];
    const report = await failureOf(preview, [deployment('web', { image, args: [], pod: { containers } })]);
    expect(['CrashLoopBackOff', 'RunContainerError', 'CreateContainerError']).toContain(report.reason);
    expect(report.summary).toMatch(/nowhere|128/);
  });

  test('reports a pod that Pod Security does not let in', async ({ expect }) => {
    const preview = await prepared();
    const report = await failureOf(preview, [
      deployment('web', { image, args: ['serve'], pod: { hostNetwork: true, hostPID: true } }),
    ]);
    expect(report).toMatchObject({ reason: 'FailedCreate', pod: null });
    expect(report.summary).toMatch(/violates PodSecurity "baseline:latest"/);
  });

  test('reports a StatefulSet whose pod the quota can never hold', async ({ expect }) => {
    const preview = await prepared();
    const report = await failureOf(preview, [statefulSet('web', { image, args: ['serve'], memory: '2Gi' })]);
    expect(report).toMatchObject({ reason: 'FailedCreate' });
    expect(report.summary).toMatch(/exceeded quota: pr-preview/);
  });

  test('does not fail for the quota as long as another pod is starting that will make room', async ({
    expect,
  }) => {
    const preview = await prepared();
    const { end, environment, details } = await watch(preview);
    await fixture.deploy(preview, 'web', [
      deployment('web', { image, args: ['serve', '8'], memory: '300Mi' }),
    ]);
    await fixture.deploy(preview, 'worker', [
      deployment('worker', { image, args: ['serve'], memory: '300Mi' }),
    ]);
    await eventually('web is ready', async () => stateOf(details(), 'web') === 'ready');
    environment.cancel('CANCELLED');
    expect(await end).toBeNull();
  });

  test('reports a pod that no node can hold', async ({ expect }) => {
    const preview = await prepared();
    const pod = { nodeSelector: { 'example.test/none': 'such' } };
    const report = await failureOf(preview, [deployment('web', { image, args: ['serve'], pod })]);
    expect(report).toMatchObject({ reason: 'Unschedulable', exitCode: null });
  });

  test('reports a hook that failed', async ({ expect }) => {
    const preview = await prepared();
    const { end } = await watch(preview);
    await fixture.deploy(preview, 'web', [
      job('web-migrate', { image, args: ['crash', '4'], hook: 'pre-upgrade' }),
    ]);
    expect(await end).toMatchObject({ service: 'web', reason: 'BackoffLimitExceeded', exitCode: 4 });
    expect((await end)?.logTail.at(-1)).toBe('line 60 before the crash');
  });

  test('an update that crashes is reported, the pods of the commit before are not', async ({ expect }) => {
    const preview = await prepared();
    await fixture.deploy(preview, 'web', [deployment('web', { image, args: ['crash', '9'], probe: false })]);
    await eventually('the leftover crashes', () => crashing(preview));
    const { end } = await watch(preview);
    const early = await Promise.race([end, pause(3_000)]);
    expect(early).toBe('waiting');
    await fixture.deploy(preview, 'web', [deployment('web', { image, args: ['crash', '5'] })]);
    expect(await end).toMatchObject({ reason: 'CrashLoopBackOff', exitCode: 5 });
  });

  test('leftovers of a broken revision do not fail a deploy that repairs it', async ({ expect }) => {
    const preview = await prepared();
    await fixture.deploy(preview, 'web', [
      deployment('web', { image, args: ['crash', '9'], probe: false }),
      job('web-migrate', { image, args: ['crash', '1'], hook: 'pre-upgrade' }),
    ]);
    await eventually('the leftover crashes', () => crashing(preview));
    const { end, environment, details } = await watch(preview);
    await fixture.deploy(preview, 'web', [deployment('web', { image, args: ['serve'] })]);
    await operations.awaitReady({ namespace: preview.namespace, release: 'web', timeoutMs: 30_000 }, never);
    await eventually('the repaired pod runs', async () => {
      const running = await operations.runningDigests({ namespace: preview.namespace }, never);
      return running.length === 1 && running[0]?.imageId.includes('@sha256:');
    });
    await eventually('the watch says ready', async () => stateOf(details(), 'web') === 'ready');
    environment.cancel('CANCELLED');
    expect(await end).toBeNull();
  });

  test('a second attempt knows what was there before the first', async ({ expect }) => {
    const preview = await prepared();
    const first = await watch(preview);
    await fixture.deploy(preview, 'web', [deployment('web', { image, args: ['crash', '6'] })]);
    await eventually('the new pod crashes', () => crashing(preview));
    first.environment.cancel('TIMED_OUT');
    await first.end;
    const second = await watch(preview, { heartbeatDetails: first.details() });
    expect(await second.end).toMatchObject({ exitCode: 6 });
  });

  test('no value of a secret is in the report', async ({ expect }) => {
    const preview = await prepared();
    const values = { url: 'postgres://role:p%40ss-word-1234@db/x', short: 'abc' };
    await operations.applySecret(
      { namespace: preview.namespace, name: 'database', data: values, owner: preview.plan.owner },
      never,
    );
    const env = [
      { name: 'SECRET', valueFrom: { secretKeyRef: { name: 'database', key: 'url' } } },
      { name: 'MESSAGE', value: `p@ss-word-1234 ${Buffer.from(values.url).toString('base64')} abc` },
    ];
    const short = deployment('web', { image, args: ['memory'], env });
    const report = await failureOf(preview, [short]);
    expect(report.logTail).toEqual([
      'SECRET is [secret database/url]',
      'MESSAGE is [secret database/url] [secret database/url] abc',
      'taking all memory',
    ]);
    expect(JSON.stringify(report)).not.toContain('ss-word');
  });

  test('says how far each service is, first at once, then rarely, and never the same twice', async ({
    expect,
  }) => {
    const services = [service('web'), service('worker', { needs: ['web'] })];
    const preview = await prepared({ services });
    const bodies: { at: number; body: string }[] = [];
    const { end, environment } = await watch(preview, {
      commentEveryMs: 1_500,
      writeComment: async (body) => void bodies.push({ at: performance.now(), body }),
    });
    await fixture.deploy(preview, 'web', [deployment('web', { image, args: ['serve', '2'] })]);
    const last = await eventually('the comment says ready', async () =>
      bodies.map(({ body }) => body).find((body) => body.includes('"state":"ready"')),
    );
    environment.cancel('CANCELLED');
    expect(await end).toBeNull();
    expect(JSON.parse(last)).toEqual([
      { service: 'web', state: 'ready', detail: '' },
      { service: 'worker', state: 'waiting', detail: 'needs web' },
    ]);
    expect(bodies[0]?.body).toContain('"state":"waiting"');
    expect(bodies.filter(({ body }, index) => body === bodies[index - 1]?.body)).toEqual([]);
    const gaps = bodies.slice(1).map(({ at }, index) => at - (bodies[index]?.at ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_450);
  });

  test('beats often once all is ready, as a deploy waits for the end of its watch', async ({ expect }) => {
    const preview = await prepared({ services: [service('web')] });
    const { end, environment, details, beats } = await watch(preview);
    const web = deployment('web', { image, args: ['serve'] });
    const scaled = { ...web, spec: { ...web.spec, replicas: 0 } };
    await fixture.deploy(preview, 'web', [scaled]);
    await eventually('web is ready', async () => stateOf(details(), 'web') === 'ready');
    const [startedAt, before] = [performance.now(), beats()];
    await eventually('it beats six times', async () => beats() >= before + 6);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    environment.cancel('CANCELLED');
    expect(await end).toBeNull();
  });

  test('goes on when the comment cannot be written', async ({ expect }) => {
    const preview = await prepared();
    const { end, environment } = await watch(preview, {
      writeComment: () => Promise.reject(new Error('GitHub is away')),
    });
    environment.cancel('CANCELLED');
    expect(await end).toBeNull();
  });
});

function stateOf(details: WatchDetails | undefined, name: string): string | undefined {
  return details?.progress.find((progress) => progress.service === name)?.state;
}

async function crashing(preview: TestPreview): Promise<boolean> {
  const path = `/api/v1/namespaces/${preview.namespace}/pods`;
  const pods = await fixture.read<{
    items: { status: { containerStatuses?: { restartCount: number }[] } }[];
  }>(path);
  return pods?.items.some(({ status }) => (status.containerStatuses?.[0]?.restartCount ?? 0) > 0) ?? false;
}

async function pause(ms: number): Promise<'waiting'> {
  return await new Promise((resolve) => setTimeout(resolve, ms, 'waiting'));
}
