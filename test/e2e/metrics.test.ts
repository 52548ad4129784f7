import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { overviewMetrics, previewMetrics } from '../../domain/preview-measures.ts';
import { reapMetrics } from '../../domain/reconcile-measures.ts';
import { checkout } from '../../local/folders.ts';
import { rareMetrics, readAlertRules } from '../charts/alert-rules.ts';
import { preview } from '../client/command-line.ts';
import { freePort } from '../support/free-port.ts';
import { secretValue } from './cluster.ts';
import type { Scene } from './scene.ts';
import { eventually, startScene } from './scene.ts';

const number = 5085;

interface LogLine {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
  readonly sdkComponent?: string;
  readonly workflowId?: string;
  readonly activityType?: string;
}

describe('what a worker tells of a preview’s life', { timeout: 300_000 }, () => {
  let scene: Scene;
  let url: string;
  const secrets: string[] = [];

  const scrape = async (): Promise<string> => await (await fetch(url)).text();
  /** Value of a series that has these labels; NaN: there is none. */
  const value = (text: string, metric: string, labels: Record<string, string> = {}): number => {
    const line = text
      .split('\n')
      .find(
        (one) =>
          one.startsWith(`${metric}{`) &&
          Object.entries(labels).every(([name, wanted]) => one.includes(`${name}="${wanted}"`)),
      );
    return Number(line?.split(' ').at(-1) ?? Number.NaN);
  };

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}/metrics`;
    scene = await startScene({ number, environment: { PREVIEW_METRICS_ADDRESS: `127.0.0.1:${port}` } });
    await scene.push(await scene.app.open(number));
    await scene.reach('ready');
    secrets.push(await secretValue(scene.namespace, { name: 'database', key: 'url' }));
    secrets.push(scene.stack.github?.token ?? '?', new URL(scene.stack.postgres?.adminUrl ?? '').password);
    await scene.push(await scene.app.push(number, { faults: { ui: 'crash-on-start' } }));
    await scene.reach('update-failed');
  }, 300_000);

  afterAll(async () => await scene.end(), 240_000);

  it('is how long checks and deploys took, by what came of them, and why they failed', async () => {
    const text = await scrape();
    expect(value(text, 'pr_preview_check_seconds_count', { outcome: 'ready' })).toBe(2);
    expect(value(text, 'pr_preview_deploy_seconds_count', { kind: 'first', outcome: 'verified' })).toBe(1);
    expect(value(text, 'pr_preview_deploy_seconds_count', { kind: 'update', outcome: 'failed' })).toBe(1);
    expect(value(text, 'pr_preview_deploy_seconds_sum', { kind: 'first' })).toBeGreaterThan(2);
    expect(value(text, 'pr_preview_deploy_seconds_bucket', { kind: 'first', le: '300' })).toBe(1);
    expect(value(text, 'pr_preview_failures_total', { step: 'deploy', type: 'ServiceFailed' })).toBe(1);
    expect(value(text, 'pr_preview_place_wait_seconds_count')).toBe(1);
  });

  it('begins the failures that alerts ask for at 0, in the series that a workflow counts on', async () => {
    const lines = (await scrape()).split('\n');
    const counted = lines.find((line) => line.includes('type="ServiceFailed"')) ?? '?';
    expect(lines).toContain(counted.replace('ServiceFailed', 'Bug').replace(/ 1$/, ' 0'));
  });

  it('is how many previews are in which phase, empty ones too, and how overdue the worst is', async () => {
    await eventually(
      async () => {
        const text = await scrape();
        const seen = [
          value(text, 'pr_preview_previews', { phase: 'update-failed' }),
          value(text, 'pr_preview_previews', { phase: 'queued' }),
          value(text, 'pr_preview_deadline_lag_seconds'),
        ];
        if (seen.join() !== '1,0,0') throw new Error(`seen: ${seen.join()}`);
      },
      'the overview',
      90_000,
    );
    const read = value(await scrape(), 'pr_preview_overview_read_seconds');
    expect(Date.now() / 1000 - read).toBeLessThan(120);
    expect(await scrape()).toMatch(/^pr_preview_build_info\{.*version="\d+\.\d+\.\d+".*\} 1$/m);
  });

  it('is how long its cleanup took, once it is gone', async () => {
    await scene.close();
    await eventually(
      async () => {
        const count = value(await scrape(), 'pr_preview_cleanup_seconds_count');
        if (count !== 1) throw new Error(`count: ${count}`);
      },
      'the cleanup',
      120_000,
    );
  });

  it('has every metric that the alert rules ask for, with the labels that they ask for', async () => {
    await preview(['reap', '--dry-run'], {
      TEMPORAL_ADDRESS: scene.stack.temporal?.address ?? '',
      PREVIEW_TASK_QUEUE: scene.platform,
    });
    const text = await scrape();
    const rules = await readAlertRules();
    expect(rules.length).toBeGreaterThan(10);
    for (const { alert, severity, selectors } of rules) {
      expect(['critical', 'warning'], alert).toContain(severity);
      for (const { metric, labels } of selectors) {
        if (rareMetrics.includes(metric)) continue;
        const series = text.split('\n').filter((line) => line.startsWith(`${metric}{`));
        expect(series.length, `${alert}: ${metric}`).toBeGreaterThan(0);
        for (const label of Object.keys(labels))
          expect(series[0], `${alert}: ${metric}`).toContain(`${label}="`);
      }
    }
  });

  it('is in the table of docs/operations.md, each metric and each alert', async () => {
    const page = await readFile(join(checkout, 'docs/operations.md'), 'utf8');
    const metrics = Object.keys({ ...previewMetrics, ...overviewMetrics, ...reapMetrics });
    const alerts = (await readAlertRules()).map(({ alert }) => alert);
    expect([...metrics, ...alerts].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  it('is a log of JSON lines, each with the ids it belongs to, and without a secret', async () => {
    const log = await scene.worker().log();
    const lines = log
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LogLine);
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) {
      expect(line).toMatchObject({
        level: expect.any(String) as string,
        time: expect.any(String) as string,
        msg: expect.any(String) as string,
      });
      if (line.sdkComponent === 'activity' || line.sdkComponent === 'workflow')
        expect(line.workflowId).toMatch(/^[a-z]+:/);
    }
    expect(
      lines.some(
        ({ workflowId }) =>
          workflowId === `deploy:example/${scene.app.repository}:${number}`.replace('/', ':'),
      ),
    ).toBe(true);
    for (const secret of secrets) expect(log).not.toContain(secret);
  });
});
