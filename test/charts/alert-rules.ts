import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runGo } from '../support/run-go.ts';

export interface AlertRule {
  readonly alert: string;
  readonly severity: string;
  /** What it asks for, label matchers by label. */
  readonly selectors: readonly {
    readonly metric: string;
    readonly labels: Readonly<Record<string, string>>;
  }[];
}

/** What Prometheus stores: a value a minute for each series, in its notation for tests (`up{job="a"} 1x60`). */
export interface Situation {
  readonly series: readonly string[];
  readonly minutes: number;
}

export interface Firing {
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  /** Minutes since the beginning, what the rule waits for included. */
  readonly from: number;
  /** Null: it fires at the end. */
  readonly until: number | null;
}

/** What a worker tells only once something went wrong; test/worker/metrics.test.ts sees to that. */
export const rareMetrics: readonly string[] = [
  'temporal_workflow_task_execution_failed',
  'temporal_long_request_failure',
];

/** The chart's alert rules, as Prometheus' own parsers read them. @throws with what is wrong with them. */
export async function readAlertRules(): Promise<readonly AlertRule[]> {
  return (await runGo(program, [file])) as AlertRule[];
}

/** Which of the chart's alerts fire in each situation, as Prometheus' own engine evaluates them once a minute. */
export async function replayAlerts(
  situations: readonly Situation[],
): Promise<readonly (readonly Firing[])[]> {
  const folder = await mkdtemp(join(tmpdir(), 'pr-preview-alerts-'));
  try {
    const asked = join(folder, 'situations.json');
    await writeFile(asked, JSON.stringify(situations));
    return (await runGo(program, [file, asked])) as Firing[][];
  } finally {
    await rm(folder, { recursive: true });
  }
}

const program = join(import.meta.dirname, 'alerts');
const file = join(import.meta.dirname, '../../charts/pr-preview/files/alerts.yaml');
