import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { obtain } from '../../local/obtain/index.ts';
import { plainProgress } from '../../local/progress.ts';

export interface AlertRule {
  readonly alert: string;
  readonly severity: string;
  /** What it asks for, label matchers by label. */
  readonly selectors: readonly { readonly metric: string; readonly labels: Readonly<Record<string, string>> }[];
}

/** The chart's alert rules, as Prometheus' own parsers read them. @throws with what is wrong with them. */
export async function readAlertRules(): Promise<readonly AlertRule[]> {
  const go = await obtain('go', { progress: plainProgress('alerts') });
  const file = join(import.meta.dirname, '../../charts/pr-preview/files/alerts.yaml');
  const { stdout } = await execa(go, ['run', '-mod=readonly', '-buildvcs=false', '.', file], {
    cwd: join(import.meta.dirname, 'alerts'),
    env: {
      CGO_ENABLED: '0',
      GOFLAGS: '',
      GOTOOLCHAIN: 'local',
      GOWORK: 'off',
      PATH: `${dirname(go)}:${process.env['PATH'] ?? ''}`,
    },
  });
  return JSON.parse(stdout) as AlertRule[];
}
