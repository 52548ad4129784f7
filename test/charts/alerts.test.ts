import { beforeAll, describe, expect, it } from 'vitest';
import { failureTypes } from '../../domain/failures.ts';
import { failuresNotYet } from '../../domain/preview-measures.ts';
import type { AlertRule, Firing, Situation } from './alert-rules.ts';
import { readAlertRules, replayAlerts } from './alert-rules.ts';

/** A value a minute, for three hours unless it ends before. */
const minutes = 180;
const a = 'instance="a:9464"';
const b = 'instance="b:9464"';
/** A worker of another application, in the same Prometheus. */
const other = 'instance="other:9090"';
const throughout = `x${minutes}`;
const now = `0+60${throughout}`;

const failures = (of: string, labels: string, values: string): string =>
  `pr_preview_failures_total{${of},${labels}} ${values}`;
const zeros = (of: string): string[] =>
  failuresNotYet.map(({ tags }) =>
    failures(of, `step="${tags['step']}",type="${tags['type']}"`, `0${throughout}`),
  );
const polls = (of: string, asked: string, failed: string): string[] => [
  `temporal_num_pollers{${of},poller_type="workflow_task"} 2${throughout}`,
  `temporal_long_request{${of},operation="PollWorkflowTaskQueue"} ${asked}`,
  ...(failed === ''
    ? []
    : [`temporal_long_request_failure{${of},operation="PollWorkflowTaskQueue"} ${failed}`]),
];
const overview = (of: string, { stuck = 0, queued = 0, lag = '0', read = now } = {}): string[] => [
  `pr_preview_previews{${of},phase="cleanup-stuck"} ${stuck}${throughout}`,
  `pr_preview_previews{${of},phase="queued"} ${queued}${throughout}`,
  `pr_preview_deadline_lag_seconds{${of}} ${lag}${throughout}`,
  `pr_preview_overview_read_seconds{${of}} ${read}`,
];
/** What a run of the reaper tells, at the time `decided`. */
const reaper = (
  of: string,
  decided: string,
  found: Partial<Record<'orphans' | 'stuck' | 'unknown' | 'away', string>> = {},
): string[] => [
  `pr_preview_reap_decided_seconds{${of},platform="p"} ${decided}`,
  `pr_preview_reap_orphans{${of},platform="p",kind="namespace"} ${found.orphans ?? `0${throughout}`}`,
  `pr_preview_reap_stuck{${of},platform="p",kind="failing-task"} ${found.stuck ?? `0${throughout}`}`,
  `pr_preview_reap_unknown{${of},platform="p"} ${found.unknown ?? `0${throughout}`}`,
  `pr_preview_reap_system_away{${of},platform="p",system="github"} ${found.away ?? `0${throughout}`}`,
];

interface Worker {
  /** When it started; by default a day before. */
  readonly started?: string;
  readonly failures?: string[];
  readonly polls?: string[];
  readonly overview?: string[];
  readonly reaper?: string[];
  readonly more?: string[];
}

/** What one worker tells while all is well, but for what a situation says. */
function worker(of: string, but: Worker = {}): string[] {
  return [
    `pr_preview_build_info{${of},version="1.2.3"} 1${throughout}`,
    `pr_preview_started_seconds{${of}} ${but.started ?? `-86400${throughout}`}`,
    ...(but.failures ?? zeros(of)),
    ...(but.polls ?? polls(of, `0+20${throughout}`, '')),
    ...(but.overview ?? overview(of)),
    ...(but.reaper ?? reaper(of, now)),
    `temporal_workflow_task_schedule_to_start_latency_bucket{${of},le="100"} 0+10${throughout}`,
    `temporal_workflow_task_schedule_to_start_latency_bucket{${of},le="+Inf"} 0+10${throughout}`,
    `temporal_activity_execution_failed{${of},activity_type="resolveImages"} 0+1${throughout}`,
    ...(but.more ?? []),
  ];
}

/** A series whose worker ends after an hour, and one whose worker begins then. */
const ended = (line: string): string => line.replace(/x180$/, 'x60 stale');
const begun = (line: string): string =>
  line.replace('0+60x180', '_x61 3660+60x118').replace(/ (\S+)x180$/, ' _x61 $1x118');

const slow = (of: string): string[] => [
  `temporal_workflow_task_schedule_to_start_latency_bucket{${of},le="5000"} 0+10${throughout}`,
  `temporal_workflow_task_schedule_to_start_latency_bucket{${of},le="10000"} 0+20${throughout}`,
  `temporal_workflow_task_schedule_to_start_latency_bucket{${of},le="+Inf"} 0+20${throughout}`,
];
const failingTasks = (of: string, values: string): string =>
  `temporal_workflow_task_execution_failed{${of},workflow_type="preview",failure_reason="NonDeterminismError"} ${values}`;
const bug = 'step="check",type="Bug"';
const away = 'step="deploy",type="ClusterUnavailable"';
const without = (of: string, labels: string): string[] => zeros(of).filter((line) => !line.includes(labels));

/** Series, and each alert that fires in them: its name, from which minute, until which (null: to the end). */
const situations: Readonly<Record<string, [series: string[], fires: [string, number, number | null][]]>> = {
  'one worker, all well': [worker(a), []],
  'two workers, all well': [[...worker(a), ...worker(b)], []],
  'another application that is ill': [
    [
      ...worker(a),
      ...polls(other, `0+60${throughout}`, `0+60${throughout}`),
      `temporal_num_pollers{instance="dead:9090"} 0${throughout}`,
      failingTasks(other, `0+1${throughout}`),
      `temporal_activity_execution_failed{${other},activity_type="pay"} 0+60${throughout}`,
      ...slow(other),
    ],
    [],
  ],
  'a worker that is replaced by another': [[...worker(a).map(ended), ...worker(b).map(begun)], []],
  'no worker, after an hour': [worker(a).map(ended), [['PreviewWorkerGone', 66, null]]],
  'Temporal away from minute 60 on': [
    worker(a, {
      polls: polls(a, `0+20x60 1200+60x119`, `_x61 50+60x119`),
      overview: overview(a, { read: '0+60x60 3600x119' }),
    }),
    [
      ['PreviewWorkerNotPolling', 72, null],
      ['PreviewOverviewStale', 76, null],
    ],
  ],
  'Temporal away for five minutes': [
    worker(a, { polls: polls(a, '0+20x60 1220+60x4 1460+20x115', '_x61 50+60x4 290x115') }),
    [],
  ],
  'one of two workers that Temporal refuses': [
    [
      ...worker(a),
      ...worker(b, { polls: [`temporal_num_pollers{${b},poller_type="workflow_task"} 2x60 0x119`] }),
    ],
    [['PreviewWorkerNotPolling', 71, null]],
  ],
  'a workflow task that fails at each attempt, ten minutes apart': [
    worker(a, { more: [failingTasks(a, '_x60 3x9 4x9 5x9 6x9 7x9 8x9 9x60')] }),
    [['PreviewWorkflowTasksFail', 85, 139]],
  ],
  'a workflow task that failed once': [worker(a, { more: [failingTasks(a, `0x60 1x119`)] }), []],
  'workflow tasks that wait': [
    worker(a, { more: slow(a) }).filter(
      (line) => !line.includes('le="100"') && !line.includes('le="+Inf"} 0+10'),
    ),
    [['PreviewTasksWait', 16, null]],
  ],
  'an activity that fails all the time': [
    worker(a, {
      more: [`temporal_activity_execution_failed{${a},activity_type="applyNamespace"} 0+60${throughout}`],
    }),
    [['PreviewActivitiesFail', 19, null]],
  ],
  'a first failure of ours, in a worker that told 0': [
    worker(a, { failures: [...without(a, bug), failures(a, bug, '0x89 1x90')] }),
    [['PreviewFailuresOfOurs', 90, 149]],
  ],
  'a first failure of ours before the first scrape of a new worker': [
    worker(b).concat(
      worker(a, { started: '_x90 5390x90', failures: [...without(a, bug), failures(a, bug, '_x90 1x90')] }),
    ),
    [['PreviewFailuresOfOurs', 90, 150]],
  ],
  'the same failure again, after the worker’s process began anew in the same pod': [
    worker(a, {
      started: '-86400x120 7230x59',
      failures: [...without(a, bug), failures(a, bug, '1x120 0 1x58')],
    }),
    [['PreviewFailuresOfOurs', 122, null]],
  ],
  'old failures, and half an hour in which nobody scraped': [
    worker(a, {
      failures: [
        ...zeros(a).filter((line) => !line.includes(bug) && !line.includes(away)),
        failures(a, bug, '1x89 _x30 1x60'),
        failures(a, away, '5x89 _x30 5x60'),
      ],
    }),
    [],
  ],
  'old failures, and more than two hours in which nobody scraped': [
    worker(a, {
      failures: [
        ...zeros(a).filter((line) => !line.includes(bug) && !line.includes(away)),
        failures(a, bug, '1x9 _x140 1x30'),
        failures(a, away, '5x9 _x140 5x30'),
      ],
    }),
    [],
  ],
  'old failures of a worker that is scraped from now on': [
    worker(a, { failures: [failures(a, bug, '_x100 3x80'), failures(a, away, '_x100 5x80')] }),
    [],
  ],
  'a chart that is older than the worker': [
    worker(a, {
      started: '_x100 5990x80',
      failures: [failures(a, 'step="deploy",type="ClusterDenied"', '_x100 2x80')],
    }),
    [['PreviewFailuresOfOurs', 100, 160]],
  ],
  'failures of an application': [
    worker(a, { failures: [failures(a, 'step="deploy",type="ServiceFailed"', `0+5${throughout}`)] }),
    [],
  ],
  'a system away in both workers, each of which saw it twice': [
    [
      ...worker(a, { failures: [...without(a, away), failures(a, away, '0x99 2x80')] }),
      ...worker(b, {
        started: '_x100 5990x80',
        failures: [...without(b, away), failures(b, away, '_x100 2x80')],
      }),
    ],
    [['PreviewSystemAway', 100, 114]],
  ],
  'a system away, seen twice in all': [
    worker(a, { failures: [...without(a, away), failures(a, away, '0x99 2x80')] }),
    [],
  ],
  'a preview past its deadline': [
    worker(a, { overview: overview(a, { lag: '7200' }) }),
    [['PreviewPastDeadline', 15, null]],
  ],
  'a cleanup that is stuck': [
    worker(a, { overview: overview(a, { stuck: 2 }) }),
    [['PreviewCleanupStuck', 30, null]],
  ],
  'a long queue': [worker(a, { overview: overview(a, { queued: 6 }) }), [['PreviewQueueLong', 30, null]]],
  'orphans in run after run': [
    worker(a, { reaper: reaper(a, now, { orphans: `3${throughout}` }) }),
    [['PreviewOrphans', 45, null]],
  ],
  'orphans in an old run, and none in newer runs of the other worker': [
    [
      ...worker(a, {
        reaper: reaper(a, `600${throughout}`, {
          orphans: `3${throughout}`,
          stuck: `1${throughout}`,
          unknown: `1${throughout}`,
          away: `1${throughout}`,
        }),
      }),
      ...worker(b, { reaper: reaper(b, `_x20 1200+60x159`) }),
    ],
    [],
  ],
  'none in an old run, and orphans in newer runs of the other worker': [
    [
      ...worker(a, { reaper: reaper(a, `600${throughout}`) }),
      ...worker(b, { reaper: reaper(b, `_x20 1200+60x159`, { orphans: '_x20 1x159' }) }),
    ],
    [['PreviewOrphans', 65, null]],
  ],
  'what the reaper cannot help, does not know or does not see': [
    worker(a, {
      reaper: reaper(a, now, { stuck: `1${throughout}`, unknown: `2${throughout}`, away: `1${throughout}` }),
    }),
    [
      ['PreviewReaperStuck', 60, null],
      ['PreviewReaperUnknown', 60, null],
      ['PreviewReaperBlind', 60, null],
    ],
  ],
  'a reaper that runs no more': [
    worker(a, { reaper: reaper(a, '0+60x60 3600x119') }),
    [['PreviewReaperSilent', 121, null]],
  ],
  'a reaper that never ran': [worker(a, { reaper: [] }), [['PreviewReaperSilent', 30, null]]],
  'a worker begun anew, ten minutes before the next run of the reaper': [
    worker(a, {
      reaper: reaper(a, '0+60x60 _x10 4260+60x109').map((line) => line.replace(' 0x180', ' 0x60 _x10 0x109')),
    }),
    [],
  ],
  'numbers of previews that were never read': [
    worker(a, { overview: [] }),
    [['PreviewOverviewStale', 5, null]],
  ],
  'numbers of previews that only one of two workers reads': [
    [...worker(a), ...worker(b, { overview: overview(b, { read: `0${throughout}` }) })],
    [],
  ],
};

describe('the alert rules', () => {
  let rules: readonly AlertRule[];
  let seen: ReadonlyMap<string, readonly Firing[]>;
  beforeAll(async () => {
    rules = await readAlertRules();
    const asked: Situation[] = Object.values(situations).map(([series]) => ({
      series,
      minutes: minutes - 1,
    }));
    const answers = await replayAlerts(asked);
    seen = new Map(Object.keys(situations).map((name, index) => [name, answers[index] ?? []]));
  }, 600_000);

  it.each(Object.entries(situations))('with %s', (name, [, fires]) => {
    expect(seen.get(name)?.map(({ alert, from, until }) => [alert, from, until])).toEqual(fires);
  });

  it('are all seen to fire, and say so in words', () => {
    const fired = [...seen.values()].flat();
    expect(
      rules.map(({ alert }) => alert).filter((alert) => !fired.some((one) => one.alert === alert)),
    ).toEqual([]);
    for (const { alert, summary } of fired) expect(summary, alert).toMatch(/^[\w"(][^{}<]{10,}$/);
  });

  it('ask only for failures that a worker tells 0 of, and for all of those', () => {
    const matchers = rules.flatMap(({ selectors }) =>
      selectors
        .filter(({ metric }) => metric === 'pr_preview_failures_total')
        .flatMap(({ labels }) => labels['type'] ?? []),
    );
    const asked = Object.keys(failureTypes).filter((type) =>
      matchers.some((one) => new RegExp(`^(?:${one})$`).test(type)),
    );
    expect(new Set(asked)).toEqual(new Set(failuresNotYet.map(({ tags }) => tags['type'])));
  });
});
