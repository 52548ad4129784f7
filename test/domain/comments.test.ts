import { expect, test } from 'vitest';
import { plainReport } from '../../domain/failures.ts';
import { renderComment } from '../../domain/report.ts';
import type { PreviewStatus } from '../../domain/status.ts';
import { phases } from '../../domain/status.ts';
import { previewStatus, receipt, sha } from './support.ts';

/*
 * One comment for each state, as it is written to GitHub, in `comments/`. A change of them is to be looked at as people
 * see it, rendered.
 */

const hour = 3_600_000;
const deadline = Date.UTC(2026, 10, 29, 17, 24);
const services = [
  { name: 'meeting-api', url: 'https://pr-7-api.preview.example' },
  { name: 'nats', url: null },
  { name: 'ui', url: 'https://pr-7.preview.example' },
  { name: 'websocket', url: 'https://pr-7-ws.preview.example' },
];
const serving = {
  services,
  deadline,
  deadlineReason: '3d after the last push or command',
  latestDeadline: deadline + 264 * hour,
} as const;
const update = { ...serving, commit: sha(2), liveCommit: sha(1) } as const;
const nothing = { liveCommit: null } as const;
const crash = {
  ...plainReport('ServiceFailed', 'meeting-api: pod preview-7-api-5d9c7 crashes'),
  service: 'meeting-api',
  pod: 'preview-7-api-5d9c7-x2x7v',
  reason: 'CrashLoopBackOff',
  exitCode: 101,
  logTail: ['running migrations', 'thread \'main\' panicked: relation "meetings" does not exist'],
  events: ['Warning BackOff: Back-off restarting failed container'],
};

const states: Readonly<Record<string, Partial<PreviewStatus>>> = {
  'awaiting-approval': {
    ...nothing,
    phase: 'awaiting-approval',
    reason:
      "mallory's pull request comes from a fork: somebody with write permission has to approve the commit",
  },
  checking: { ...nothing, phase: 'checking', reason: 'checks whether 0000000 can be deployed' },
  'waiting-for-images': {
    ...nothing,
    phase: 'waiting-for-images',
    reason: 'waits for the images of 0000000: ghcr.io/example/ui:pr-7, which build.yaml was started to build',
  },
  queued: {
    ...nothing,
    phase: 'queued',
    reason: 'waits for a place for 0000000: number 2 in the queue',
    queue: { position: 2, expectedAt: deadline - 60 * hour },
  },
  deploying: {
    ...serving,
    ...nothing,
    phase: 'deploying',
    reason: 'deploys 0000000',
    progress: [
      { service: 'nats', state: 'ready', detail: 'after 4 s' },
      { service: 'meeting-api', state: 'starting', detail: '0 of 1 pods available' },
      { service: 'websocket', state: 'installing', detail: '' },
      { service: 'ui', state: 'waiting', detail: 'for meeting-api' },
    ],
  },
  ready: {
    ...serving,
    phase: 'ready',
    reason: 'serves 0000000',
    warnings: ['ui: values key wsURL is unknown to the chart; did you mean wsUrl?'],
  },
  warned: { ...serving, phase: 'ready', reason: 'serves 0000000', warned: 2 * hour },
  updating: { ...update, phase: 'deploying', reason: 'deploys 0000000' },
  'update-failed': {
    ...update,
    phase: 'update-failed',
    reason: '0000000 failed, the commit before goes on serving: meeting-api: pod preview-7-api-5d9c7 crashes',
    failure: crash,
    notes: ['Migrations of the failed commit may have run; they are not undone.'],
  },
  failed: {
    ...nothing,
    phase: 'failed',
    reason: '0000000 failed: 2 problems',
    failure: {
      ...plainReport('InvalidPreviewConfig', '2 problems'),
      problems: [
        {
          type: 'InvalidPreviewConfig',
          where: 'preview.yaml:12:7',
          message: 'services.ui.host: expected a suffix such as `ws`, found `*.example.com`',
        },
        {
          type: 'PlanRefused',
          where: 'quota',
          message: 'limits.cpu: 1300m are needed, the quota has 1000m',
        },
      ],
    },
  },
  'cleaning-up': { ...nothing, phase: 'cleaning-up', reason: 'is being taken away', ending: 'closed' },
  'cleanup-stuck': {
    ...nothing,
    phase: 'cleanup-stuck',
    ending: 'closed',
    reason: 'cannot be taken away yet: a finalizer of Ingress/ui',
    blockers: [
      {
        step: 'namespace',
        problem: {
          type: 'NamespaceStuck',
          where: null,
          message: 'Ingress/ui has the finalizer example.com/hold',
        },
      },
    ],
  },
  gone: {
    ...nothing,
    phase: 'gone',
    ending: 'closed',
    reason: 'the pull request is closed; reopening it brings the preview back',
    receipt: { ...receipt, readAt: deadline },
    notes: ['Its 3 images are deleted at 2026-11-30 17:24 UTC, unless the pull request is reopened before.'],
  },
  expired: {
    ...nothing,
    phase: 'gone',
    ending: 'expired',
    reason: 'its lifetime is over; the next push or command brings it back',
    receipt: { ...receipt, readAt: deadline },
  },
};

test('there is one for every phase', () => {
  const shown = new Set(Object.values(states).map(({ phase }) => phase));
  expect(phases.filter((phase) => !shown.has(phase))).toEqual([]);
});

test.each(Object.entries(states))('%s', async (name, state) => {
  await expect(renderComment(previewStatus(state))).toMatchFileSnapshot(`comments/${name}.md`);
});
