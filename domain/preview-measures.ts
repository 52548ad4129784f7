import type { FailureType } from './failures.ts';
import { failureTypes } from './failures.ts';
import type { PreviewEvent } from './preview-events.ts';
import type { PreviewState } from './preview.ts';

/** What a metric of ours is. `seconds` is a histogram. */
export interface MetricDefinition {
  readonly kind: 'counter' | 'gauge' | 'seconds';
  readonly labels: readonly string[];
  readonly says: string;
}

/** What previews tell as they go, each once: a replay tells nothing again. */
export const previewMetrics = {
  pr_preview_check_seconds: {
    kind: 'seconds',
    labels: ['outcome'],
    says: 'How long checks took, by what came of them',
  },
  pr_preview_deploy_seconds: {
    kind: 'seconds',
    labels: ['kind', 'outcome'],
    says: 'How long deploys took, from their start to what came of them, verification included',
  },
  pr_preview_cleanup_seconds: {
    kind: 'seconds',
    labels: [],
    says: 'How long cleanups took, from their start to the receipt',
  },
  pr_preview_place_wait_seconds: {
    kind: 'seconds',
    labels: [],
    says: 'How long previews waited for their places',
  },
  pr_preview_failures_total: {
    kind: 'counter',
    labels: ['step', 'type'],
    says: 'Checks and deploys that failed, and rounds of cleanup that were not enough, by type of failure',
  },
} as const satisfies Record<string, MetricDefinition>;

/** What the worker reads of all previews once a minute. */
export const overviewMetrics = {
  pr_preview_previews: {
    kind: 'gauge',
    labels: ['phase'],
    says: 'Open previews by phase; `queued` is the length of the queue',
  },
  pr_preview_deadline_lag_seconds: {
    kind: 'gauge',
    labels: [],
    says: 'How far the most overdue preview is past its deadline, of those whose cleanup has not begun; 0: none is',
  },
  pr_preview_overview_read_seconds: {
    kind: 'gauge',
    labels: [],
    says: 'When these numbers were last read, in Unix time',
  },
  pr_preview_started_seconds: { kind: 'gauge', labels: [], says: 'When the worker started, in Unix time' },
  pr_preview_build_info: { kind: 'gauge', labels: ['version'], says: '1, with the version of the worker' },
} as const satisfies Record<string, MetricDefinition>;

export type PreviewMetric = keyof typeof previewMetrics;
export type OverviewMetric = keyof typeof overviewMetrics;

/** One number. Durations are in seconds. */
export interface PreviewMeasure {
  readonly metric: PreviewMetric;
  readonly value: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** Upper bounds of histograms, in seconds: from an unchanged update to an hour of waiting. */
export const secondsBuckets = [
  1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1_800, 3_600,
] as const;

/** When what a preview does now began, epoch milliseconds; null: it does no such thing, or began it in another run. */
export interface Begun {
  readonly check: number | null;
  readonly deploy: number | null;
  readonly cleanup: number | null;
}

export const nothingBegun: Begun = { check: null, deploy: null, cleanup: null };

const beginnings: Partial<Record<PreviewEvent['kind'], keyof Begun>> = {
  'check-started': 'check',
  'deploy-started': 'deploy',
  'restore-started': 'deploy',
  'cleanup-started': 'cleanup',
};

/** What has begun after an event. */
export function begunAfter(begun: Begun, { kind }: Pick<PreviewEvent, 'kind'>, now: number): Begun {
  const what = beginnings[kind];
  return what === undefined ? begun : { ...begun, [what]: now };
}

/** An event with what was before it and what is after it. */
export interface Happened {
  readonly event: PreviewEvent;
  readonly before: PreviewState;
  readonly after: PreviewState;
  readonly begun: Begun;
  readonly now: number;
}

/** The numbers that an event brings. */
export function measuresOf({ event, before, after, begun, now }: Happened): readonly PreviewMeasure[] {
  const took = (
    metric: PreviewMetric,
    since: number | null,
    tags: PreviewMeasure['tags'],
  ): PreviewMeasure[] => (since === null ? [] : [{ metric, value: Math.max(0, now - since) / 1000, tags }]);
  if (event.kind === 'check-ended') {
    const { outcome } = event;
    const seconds = took('pr_preview_check_seconds', begun.check, { outcome: outcome.outcome });
    return outcome.outcome === 'refused' ? [...seconds, failed('check', outcome.failure.type)] : seconds;
  }
  if (event.kind === 'deploy-ended' || event.kind === 'restore-ended') {
    const { outcome } = event;
    const kind = event.kind === 'restore-ended' ? 'restore' : before.live === null ? 'first' : 'update';
    const seconds = took('pr_preview_deploy_seconds', begun.deploy, { kind, outcome: outcome.outcome });
    return outcome.outcome === 'failed' ? [...seconds, failed('deploy', outcome.failure.type)] : seconds;
  }
  if (event.kind === 'cleanup-stuck')
    return event.blockers.map(({ problem }) => failed('cleanup', problem.type));
  if (event.kind === 'cleanup-ended') return took('pr_preview_cleanup_seconds', begun.cleanup, {});
  const isGranted = before.place.granted === null && after.place.granted !== null;
  return isGranted ? took('pr_preview_place_wait_seconds', before.place.askedAt, {}) : [];
}

const steps = ['check', 'deploy', 'cleanup'] as const;

function failed(step: (typeof steps)[number], type: string): PreviewMeasure {
  return { metric: 'pr_preview_failures_total', value: 1, tags: { step, type } };
}

/** What no application causes: a right or a login of ours, a chart older than the worker, a bug. */
const ours: readonly FailureType[] = ['Bug', 'ClusterDenied', 'DatabaseDenied', 'GitHubUnauthorized'];

/** 0 of each failure that alert rules ask for: Prometheus sees a rise only in a series that was there before. */
export const failuresNotYet: readonly PreviewMeasure[] = steps.flatMap((step) =>
  [...ours, ...Object.keys(failureTypes).filter((type) => type.endsWith('Unavailable'))].map((type) => ({
    ...failed(step, type),
    value: 0,
  })),
);
