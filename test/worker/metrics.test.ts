import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failuresNotYet } from '../../domain/preview-measures.ts';
import { preview } from '../client/command-line.ts';
import { rareMetrics } from '../charts/alert-rules.ts';
import { startProxyTo } from '../e2e/proxy.ts';
import { connect, until } from '../workflows/environment.ts';
import { refusedWorker, startWorker, workerFolder } from './worker-process.ts';

let env: Record<string, string>;
let remove: () => Promise<void>;
beforeEach(async () => {
  ({ env, remove } = await workerFolder());
});
afterEach(async () => await remove());

async function freePort(): Promise<{ port: number; release: () => Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, release: async () => await new Promise((resolve) => void server.close(() => resolve())) };
}

describe('metrics', () => {
  it(
    'of a run of the reaper are read where the worker was told to serve them',
    { timeout: 180_000 },
    async () => {
      const { port, release } = await freePort();
      await release();
      const worker = startWorker({ ...env, PREVIEW_METRICS_ADDRESS: `127.0.0.1:${port}` });
      try {
        await until(worker.output, (text) => text.includes('worker is polling'), 'the worker polling');
        const scrape = async (): Promise<string> =>
          await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
        const failures = (text: string): string[] =>
          text.split('\n').filter((line) => line.startsWith('pr_preview_failures_total{'));
        expect(failures(await scrape())).toHaveLength(failuresNotYet.length);
        for (const line of failures(await scrape())) expect(line).toMatch(/ 0$/);
        // GitHub does not answer in this test: that is a number, and no failed run
        expect((await preview(['reap', '--dry-run'], env)).code).toBe(0);
        const text = await scrape();
        expect(text).toMatch(/^pr_preview_reap_system_away\{.*system="github".*\} 1$/m);
        expect(text).toMatch(/^pr_preview_reap_system_away\{.*system="cluster".*\} 0$/m);
        expect(text).toMatch(/^pr_preview_reap_orphans\{kind="place",.*platform="pr-preview".*\} 0$/m);
        expect(text).toMatch(/^# HELP pr_preview_reap_orphans Things without a preview/m);
        expect(text).toMatch(/^temporal_/m);
      } finally {
        worker.kill('SIGTERM');
        await worker.ended;
      }
    },
  );

  it(
    'of workflow tasks that fail, and of polls that Temporal does not answer, are those that alerts ask for',
    { timeout: 180_000 },
    async () => {
      const { port, release } = await freePort();
      await release();
      const temporal = await startProxyTo(`http://${env['TEMPORAL_ADDRESS']}`);
      const worker = startWorker({
        ...env,
        TEMPORAL_ADDRESS: new URL(temporal.url).host,
        PREVIEW_METRICS_ADDRESS: `127.0.0.1:${port}`,
      });
      const series = async (metric: string): Promise<string[]> =>
        (await (await fetch(`http://127.0.0.1:${port}/metrics`)).text())
          .split('\n')
          .filter((line) => line.startsWith(`${metric}{`));
      const tests = await connect();
      try {
        await until(worker.output, (text) => text.includes('worker is polling'), 'the worker polling');
        const taskQueue = env['PREVIEW_TASK_QUEUE'] ?? '';
        const unknown = await tests.client.workflow.start('written-by-nobody', {
          workflowId: `unknown-to-${taskQueue}`,
          taskQueue,
        });
        const [failed] = await until(
          async () => await series('temporal_workflow_task_execution_failed'),
          (lines) => lines.length > 0,
          'a workflow task failing',
        );
        expect(failed).toMatch(/failure_reason="\w+".*workflow_type="written-by-nobody"/);
        await unknown.terminate('seen');
        temporal.cut();
        const polls = await until(
          async () => (await series('temporal_long_request_failure')).toSorted(),
          (lines) => lines.length > 1,
          'polls failing',
        );
        expect(polls.map((line) => /operation="(\w+)"/.exec(line)?.[1])).toEqual([
          'PollActivityTaskQueue',
          'PollWorkflowTaskQueue',
        ]);
        // which is why the alert does not ask how many pollers there are
        for (const line of await series('temporal_num_pollers')) expect(line).not.toMatch(/ 0$/);
        for (const metric of rareMetrics) expect(await series(metric), metric).not.toEqual([]);
      } finally {
        temporal.mend();
        worker.kill('SIGTERM');
        await worker.ended;
        await temporal.close();
        await tests.close();
      }
    },
  );

  it.each([
    ['localhost', 'PREVIEW_METRICS_ADDRESS must be host:port such as 127.0.0.1:8080, not "localhost"'],
    ['example.invalid:9464', 'PREVIEW_METRICS_ADDRESS: nothing can be served at example.invalid:9464'],
  ])('that shall be served at %s keep the worker from starting', async (address, message) => {
    const { code, errors } = await refusedWorker({ ...env, PREVIEW_METRICS_ADDRESS: address });
    expect(code).toBe(2);
    expect(errors).toEqual([expect.stringContaining(message)]);
  });

  it('keep the worker from starting where somebody else has the port', async () => {
    const { port, release } = await freePort();
    const { code, errors } = await refusedWorker({ ...env, PREVIEW_METRICS_ADDRESS: `127.0.0.1:${port}` });
    await release();
    expect(code).toBe(2);
    expect(errors).toEqual([expect.stringContaining(`nothing can be served at 127.0.0.1:${port}`)]);
  });
});
