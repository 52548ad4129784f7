import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { FailureReport } from '../../domain/failures.ts';
import type { Change } from '../../local/example-app.ts';
import { leftOvers, sql } from './cluster.ts';
import type { ExampleConfig } from './example-config.ts';
import { exampleWith, keepOnly } from './example-config.ts';
import { removeImage } from './registry.ts';
import type { Preview, Scene } from './scene.ts';
import { eventually, startScene } from './scene.ts';

interface FirstDeploy extends Pick<Change, 'faults' | 'files'> {
  /** Services of the example that the preview has; the first one has a host. */
  readonly services: readonly ['ui' | 'meeting-api', ...string[]];
  readonly change?: (config: ExampleConfig) => void;
}

/** Each test has a pull request of its own, whose head says what the preview is; all share a repository and a worker. */
describe(
  'a first deploy that fails leaves nothing but the reason',
  { timeout: 180_000, concurrent: true },
  () => {
    let scene: Scene;

    beforeAll(async () => {
      const { ingress } = inject('stack');
      scene = await startScene({
        number: 5120,
        platform: {
          images: { wait: 0 },
          access: { configFrom: 'head' },
          probe: {
            connect: `127.0.0.1:${ingress?.httpsPort ?? 0}`,
            ca: ingress?.caFile ?? null,
            timeout: '8s',
          },
        },
      });
    }, 120_000);

    afterAll(async () => {
      await scene.end();
    }, 180_000);

    it('when an image vanishes between check and pull', async () => {
      const preview = await open(5121, {
        services: ['ui', 'nats'],
        change: ({ services }) => {
          services['ui']!.needs = ['nats'];
        },
      });
      await preview.reach('deploying');
      await removeImage('example/videocall-ui', 'pr-5121');
      const failure = await failed(preview);
      expect(failure).toMatchObject({
        type: 'ServiceFailed',
        service: 'ui',
        pod: expect.stringMatching(/^ui-pr-5121-/),
        reason: 'ImagePullBackOff',
        summary: expect.stringContaining('not found'),
      });
      await told(preview, [failure?.pod ?? '-', 'Reason: ImagePullBackOff', 'Events']);
    });

    it('when one of four services crashes', async () => {
      const services = ['ui', 'meeting-api', 'websocket', 'nats'] as const;
      const preview = await open(5122, { services, faults: { ui: 'crash-on-start' } });
      const failure = await failed(preview);
      expect(failure).toMatchObject({
        type: 'ServiceFailed',
        service: 'ui',
        pod: expect.stringMatching(/^ui-pr-5122-/),
        reason: 'CrashLoopBackOff',
        exitCode: 1,
        logTail: expect.arrayContaining([
          expect.stringContaining('crashing on purpose: FAULT=crash-on-start'),
        ]),
      });
      const facts = [
        'Service: ui',
        `Pod: ${failure?.pod ?? '-'}`,
        'Reason: CrashLoopBackOff',
        'Exit code: 1',
      ];
      await told(preview, [...facts, 'Last log lines', 'FAULT=crash-on-start']);
    });

    it('when a migration fails', async () => {
      const preview = await open(5123, {
        services: ['meeting-api'],
        faults: { 'meeting-api': 'migration-fails' },
      });
      const failure = await failed(preview);
      expect(failure).toMatchObject({
        type: 'ServiceFailed',
        service: 'meeting-api',
        pod: expect.stringMatching(/^api-pr-5123-/),
        reason: 'CrashLoopBackOff',
        exitCode: 1,
        logTail: expect.arrayContaining([expect.stringContaining('database migration failed')]),
      });
      await told(preview, [`Pod: ${failure?.pod ?? '-'}`, 'Exit code: 1', 'fail_on_purpose']);
    });

    it('when a service needs more memory than its limit', async () => {
      const preview = await open(5124, { services: ['ui'], faults: { ui: 'out-of-memory' } });
      const failure = await failed(preview);
      expect(failure).toMatchObject({
        type: 'ServiceFailed',
        service: 'ui',
        pod: expect.stringMatching(/^ui-pr-5124-/),
        reason: 'OOMKilled',
        exitCode: 137,
      });
      await told(preview, ['Reason: OOMKilled', 'Exit code: 137', 'needs more memory than its limit']);
    });

    it('when a service never becomes ready', async () => {
      const preview = await open(5125, {
        services: ['ui'],
        faults: { ui: 'never-ready' },
        change: ({ services }) => {
          services['ui']!.timeout = '12s';
        },
      });
      const failure = await failed(preview);
      expect(failure).toMatchObject({
        type: 'ServiceTimeout',
        service: 'ui',
        pod: expect.stringMatching(/^ui-pr-5125-/),
        summary: expect.stringMatching(
          /^ui was not ready within 12 s: Deployment ui-pr-5125: 0 of 1 pods available/,
        ),
        logTail: expect.arrayContaining([expect.stringContaining('not listening on purpose')]),
      });
      await told(preview, ['not ready within 12 s', 'not listening on purpose']);
    });

    it('when what is served is not the commit', async () => {
      const preview = await open(5126, { services: ['ui'], faults: { ui: 'wrong-commit' } });
      const failure = await failed(preview);
      const { commit } = await preview.status();
      expect(failure).toMatchObject({ type: 'VerifyFailed', service: 'ui' });
      expect(failure?.problems).toEqual([
        {
          type: 'VerifyFailed',
          where: 'ui: https://pr-5126.preview.localhost:18443/version',
          message: `it serves commit ${'0'.repeat(40)}, not ${commit ?? ''}`,
        },
      ]);
      await told(preview, ['it serves commit 0000000']);
    });

    it('when a hook of a chart fails', async () => {
      const preview = await open(5127, { services: ['ui'], files: { [template]: failingHook } });
      const failure = await failed(preview);
      expect(failure).toMatchObject({
        type: 'ServiceFailed',
        pod: expect.stringMatching(/^before-/),
        exitCode: 1,
        logTail: expect.arrayContaining([expect.stringContaining('FAULT=crash-on-start')]),
      });
      await told(preview, [`Pod: ${failure?.pod ?? '-'}`, 'Exit code: 1', 'FAULT=crash-on-start']);
    });

    it('when Helm fails on what it finds in the cluster', async () => {
      const preview = await open(5128, { services: ['ui'], files: { [template]: failsInACluster } });
      const failure = await failed(preview);
      expect(failure).toMatchObject({
        type: 'ChartInvalid',
        service: 'ui',
        reason: 'Helm',
        summary: expect.stringContaining('helm upgrade of preview-5128-ui failed'),
        logTail: expect.arrayContaining([expect.stringContaining('this chart dislikes clusters')]),
      });
      await told(preview, ['helm upgrade of preview-5128-ui failed', 'this chart dislikes clusters']);
    });

    it('when the server refuses an object that looked well', async () => {
      const preview = await open(5129, { services: ['ui'], files: { [template]: impossibleService } });
      const failure = await failed(preview);
      expect(failure?.problems).toEqual([
        {
          type: 'ChartInvalid',
          where: 'service ui: Service/beyond',
          message: expect.stringContaining('spec.ports[0].port: Invalid value: 70000'),
        },
      ]);
      await told(preview, ['service ui: Service/beyond', '70000']);
    });

    it('when somebody else takes the name of its role after the check; their role is left alone', async () => {
      await sql('DROP ROLE IF EXISTS preview_5130');
      const other = new Client({ connectionString: inject('stack').postgres?.superuserUrl });
      await other.connect();
      try {
        // unseen by the check, and in the way of the deploy, which has to wait for how it ends
        await other.query('BEGIN; CREATE ROLE preview_5130');
        const preview = await open(5130, { services: ['ui'] });
        await eventually(async () => {
          const waiting = await sql(
            `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'CREATE ROLE "preview_5130"%'`,
          );
          expect(waiting).toHaveLength(1);
        }, 'the deploy to ask for the role');
        await other.query('COMMIT');
        const failure = await failed(preview, ['role preview_5130']);
        expect(failure).toMatchObject({
          type: 'DatabaseNotOurs',
          summary: expect.stringContaining('Role "preview_5130" carries no owner mark of ours'),
        });
        const { receipt } = await preview.status();
        expect(receipt?.items.at(-1)).toMatchObject({ kind: 'role', name: 'preview_5130', state: 'foreign' });
        await told(preview, ['carries no owner mark of ours', 'It is neither used nor dropped']);
      } finally {
        await other.end();
        await sql('DROP ROLE IF EXISTS preview_5130');
      }
    });

    async function open(number: number, { services, change, faults, files }: FirstDeploy): Promise<Preview> {
      const text = await exampleWith((config) => {
        keepOnly(config, services);
        change?.(config);
      });
      const preview = scene.beside(number);
      const built = ['ui', 'meeting-api', 'websocket'] as const;
      const sha = await scene.app.open(number, {
        files: { ...files, 'preview.yaml': text },
        services: built.filter((service) => services.includes(service)),
        ...(faults ? { faults } : {}),
      });
      await preview.push(sha);
      return preview;
    }
  },
);

/** Waits for the failure and sees that nothing else is left. */
async function failed(preview: Preview, left: readonly string[] = []): Promise<FailureReport | null> {
  const { failure, liveCommit, receipt } = await preview.reach('failed');
  expect(await leftOvers(preview.number)).toEqual(left);
  expect(liveCommit).toBeNull();
  expect(receipt?.items[0]).toMatchObject({ kind: 'namespace', name: preview.namespace, state: 'absent' });
  return failure;
}

/** Waits until the comment that stays says all of it. */
async function told(preview: Preview, words: readonly string[]): Promise<void> {
  await eventually(async () => {
    const comment = await preview.comment();
    for (const word of ['Preview failed', 'Receipt', ...words]) expect(comment).toContain(word);
  }, 'the comment');
}

const template = 'helm/videocall-ui/templates/extra.yaml';

const failingHook = `
apiVersion: batch/v1
kind: Job
metadata:
  name: before
  annotations: { helm.sh/hook: pre-install }
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: before
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
          env: [{ name: FAULT, value: crash-on-start }]
`;

const failsInACluster = `
{{- if lookup "v1" "ServiceAccount" .Release.Namespace "default" }}
{{- fail "this chart dislikes clusters" }}
{{- end }}
`;

const impossibleService = `
apiVersion: v1
kind: Service
metadata: { name: beyond }
spec: { ports: [{ port: 70000 }] }
`;
