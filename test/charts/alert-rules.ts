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

/** The chart's alert rules, as Prometheus' own parsers read them. @throws with what is wrong with them. */
export async function readAlertRules(): Promise<readonly AlertRule[]> {
  const file = join(import.meta.dirname, '../../charts/pr-preview/files/alerts.yaml');
  return (await runGo(join(import.meta.dirname, 'alerts'), [file])) as AlertRule[];
}
