import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { ReapReport } from '../../domain/reconcile-report.ts';
import { deployWorkflowId, previewWorkflowId } from '../../domain/workflow-ids.ts';
import { fetchCommit } from '../../local/demo/fetch-page.ts';
import { reapWorkflowType } from '../../workflows/messages.ts';
import { fastForward } from '../workflows/fast-forward.ts';
import { apply, kubectl, leftOvers } from './cluster.ts';
import { smallApp } from './example-config.ts';
import { idsOf, poolOf } from './pool.ts';
import type { Proxy } from './proxy.ts';
import { startProxyTo } from './proxy.ts';
import type { Preview, Scene } from './scene.ts';
import { eventually, startScene } from './scene.ts';
import { duringStep } from './step.ts';

const minute = 60_000;
const strangers = ['preview-5076', 'preview-5077'] as const;

/** The tests follow one another: each run of the reaper sees all previews of the scene. */
describe('the reaper', { timeout: 5 * minute }, () => {
  let scene: Scene;
  let neighbour: Preview;
  let ways: readonly Proxy[];
  let folder: string;

  beforeAll(async () => {
    const { cluster, github, postgres } = inject('stack');
    const kubeconfig = await readFile(cluster?.workerKubeconfig ?? '', 'utf8');
    const toCluster = await startProxyTo(serverOf(kubeconfig));
    const toPostgres = await startProxyTo(postgres?.adminUrl ?? '');
    const toGitHub = await startProxyTo(github?.url ?? '');
    ways = [toCluster, toPostgres, toGitHub];
    folder = await mkdtemp(join(tmpdir(), 'pr-preview-reaper-'));
    const throughProxy = join(folder, 'kubeconfig');
    await writeFile(throughProxy, withServer(kubeconfig, toCluster.url), { mode: 0o600 });
    scene = await startScene({
      number: 5070,
      files: await smallApp('meeting-api'),
      environment: {
        KUBECONFIG: throughProxy,
        DATABASE_ADMIN_URL: toPostgres.url,
        GITHUB_API_URL: toGitHub.url.replace(/\/$/, ''),
      },
    });
    neighbour = scene.beside(5071);
    for (const preview of [scene, neighbour]) {
      await preview.push(await scene.app.open(preview.number, { services: ['meeting-api'] }));
      await preview.reach('ready');
    }
    await strange();
  }, 5 * minute);

  afterAll(async () => {
    for (const way of ways) way.mend();
    await scene.end();
    for (const way of ways) await way.close();
    for (const name of strangers) await kubectl('delete', 'namespace', name, '--ignore-not-found');
    await rm(folder, { recursive: true, force: true });
  }, 3 * minute);

  it('has nothing to say where everything is as it should be', async () => {
    const report = await reap({ later: true });
    expect(report).toMatchObject({ actions: [], orphans: [], misfits: [], stuck: [], unknown: [] });
    expect(report.systems.filter(({ problem }) => problem !== null)).toEqual([]);
  });

  it('leaves what is younger than ten minutes, though its preview was ended by force', async () => {
    await scene.client.workflow.getHandle(previewWorkflowId(scene.ref)).terminate('by hand');
    const report = await reap({ later: false });
    expect(report).toMatchObject({ actions: [], young: 1 });
    expect(report.orphans.map(({ kind }) => kind).toSorted()).toEqual([
      'database',
      'namespace',
      'place',
      'pull-request',
    ]);
    await untouched();
  });

  it('says in a dry run what it would do, and does nothing of it', async () => {
    const report = await reap({ later: true, dryRun: true });
    expect(report.actions).toEqual([
      {
        action: expect.objectContaining({
          kind: 'clean-up',
          workflowId: previewWorkflowId(scene.ref),
          found: expect.objectContaining({ namespace: 'preview-5070', database: 'preview_5070' }),
        }),
        outcome: { state: 'planned' },
      },
    ]);
    await untouched();
  });

  it('touches nothing of what it cannot see, and says what it could not ask', async () => {
    for (const way of ways) way.cut();
    const report = await reap({ later: true });
    expect(report.actions).toEqual([]);
    const unasked = report.systems.filter(({ count }) => count === null);
    expect(unasked.map(({ system }) => system).toSorted()).toEqual(['cluster', 'github', 'postgres']);
    for (const { problem } of unasked) expect(problem).not.toBe('');
    for (const way of ways) way.mend();
    await untouched();
    expect((await neighbour.reach('ready')).services).toHaveLength(1);
  });

  it('has what is left taken away without a trace, says so, and gets the place back', async () => {
    const report = await reap({ later: true });
    expect(report.actions).toEqual([
      { action: expect.objectContaining({ kind: 'clean-up' }), outcome: { state: 'sent' } },
    ]);
    const { reason, receipt } = await scene.reach('gone');
    expect(reason).toContain('ended by force');
    expect(receipt?.items.map(({ state }) => state)).toEqual(['absent', 'absent', 'absent']);
    expect(await leftOvers(scene.number)).toEqual([]);
    await reclaimed(scene);
    await neighbour.reach('ready');
    await serves(neighbour);
  });

  it('leaves a preview that a push brings back', async () => {
    await scene.push(await scene.app.push(scene.number, { services: ['meeting-api'] }));
    await scene.reach('ready');
    await serves(scene);
    expect((await reap({ later: true })).actions).toEqual([]);
  });

  it('has a deploy taken away that was ended by force together with its preview', async () => {
    const preview = scene.beside(5072);
    await terminateInDeploy(preview, { child: true });
    const report = await reap({ later: true });
    expect(
      report.actions.map(({ action, outcome }) => [action.kind, action.workflowId, outcome.state]),
    ).toEqual([['clean-up', previewWorkflowId(preview.ref), 'sent']]);
    await preview.reach('gone');
    expect(await leftOvers(preview.number)).toEqual([]);
    await reclaimed(preview);
  });

  it('is not needed where a push comes meanwhile: that is served', async () => {
    const preview = scene.beside(5073);
    await terminateInDeploy(preview, { child: false });
    await preview.push(null, 'command');
    await preview.reach('ready');
    await serves(preview);
    // the place that the first life had is nobody's any more
    await reclaimed(preview, 1);
  });

  it('never names a namespace that is not ours', async () => {
    const report = JSON.stringify(await reap({ later: true }));
    for (const name of strangers) {
      expect(report).not.toContain(name);
      expect(await kubectl('get', 'namespace', name, '-o', 'jsonpath={.status.phase}')).toBe('Active');
    }
  });

  interface Reap {
    /** Eleven minutes from now, by the reaper's own clock. */
    readonly later: boolean;
    readonly dryRun?: boolean;
  }

  async function reap({ later, dryRun = false }: Reap): Promise<ReapReport> {
    const handle = await scene.client.workflow.start(reapWorkflowType, {
      workflowId: `reap:${scene.platform}:${randomUUID()}`,
      taskQueue: scene.platform,
      args: [{ v: 1, dryRun }],
      ...(later ? { startDelay: '11m' } : {}),
    });
    if (later) await fastForward(scene, handle, 11 * minute);
    return (await handle.result()) as ReapReport;
  }

  /** The first preview, whose workflow is gone, is all there. */
  async function untouched(): Promise<void> {
    const { status } = await scene.client.workflow.getHandle(previewWorkflowId(scene.ref)).describe();
    expect(status.name).toBe('TERMINATED');
    expect(await leftOvers(scene.number)).toHaveLength(3);
    await serves(scene);
  }

  /** The next run of the reaper finds leases of earlier lives. @param held that the present life has. */
  async function reclaimed({ ref }: Preview, held = 0): Promise<void> {
    await eventually(
      async () => {
        await reap({ later: true });
        expect(idsOf(await poolOf(scene), ref)).toHaveLength(held);
      },
      'the place to come back',
      minute,
    );
  }

  async function terminateInDeploy(preview: Preview, { child }: { readonly child: boolean }): Promise<void> {
    const commit = await scene.app.open(preview.number, { services: ['meeting-api'] });
    const caught = await duringStep(scene, {
      preview,
      step: { child: 'deploy', activity: 'deployService' },
      begin: () => preview.push(commit),
      act: async () => {
        const { workflow } = scene.client;
        await workflow.getHandle(previewWorkflowId(preview.ref)).terminate('by hand');
        if (child) await workflow.getHandle(deployWorkflowId(preview.ref)).terminate('by hand');
      },
    });
    expect(caught).toBe(true);
  }

  async function serves({ number }: Preview): Promise<void> {
    const { owner, repository: repo } = scene.app;
    const { head } = await scene.app.github.pullRequest({ owner, repo, number });
    const way = scene.stack.ingress ?? { httpsPort: 443, caFile: '' };
    expect(await fetchCommit(`https://pr-${number}-api.preview.localhost:18443`, way)).toBe(head.sha);
  }

  /** Somebody's namespace with our label, and one of another platform in the same cluster. */
  async function strange(): Promise<void> {
    const labels = { 'app.kubernetes.io/managed-by': 'pr-preview', app: 'preview' };
    const owner = {
      platform: 'another',
      repositoryId: 1,
      owner: 'example',
      repository: 'other',
      number: 5077,
    };
    const annotations = { 'pr-preview.io/owner': JSON.stringify(owner) };
    const [plain, others] = strangers;
    await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: plain, labels } });
    await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: others, labels, annotations } });
  }
});

interface Kubeconfig {
  readonly clusters: readonly { readonly name: string; readonly cluster: { readonly server: string } }[];
}

function serverOf(kubeconfig: string): string {
  return (parse(kubeconfig) as Kubeconfig).clusters[0]?.cluster.server ?? '';
}

function withServer(kubeconfig: string, server: string): string {
  const config = parse(kubeconfig) as Kubeconfig;
  const clusters = config.clusters.map(({ name, cluster }) => ({ name, cluster: { ...cluster, server } }));
  return stringify({ ...config, clusters });
}
