import { Context } from '@temporalio/activity';
import { describe, expect, it } from 'vitest';
import type { PreviewStatus } from '../../domain/status.ts';
import { sha } from '../domain/support.ts';
import { until } from '../workflows/environment.ts';
import { preview, previewJson, startPreview } from './command-line.ts';
import type { Failed, Waited } from './scene.ts';
import { headIs, scenes } from './scene.ts';

const { scene } = scenes();

describe('with a worker', () => {
  it('deploy --wait ends with 0 when the commit is served, and tells of each step on the way', async () => {
    const { name, env, world, workflowId, withWorker } = scene();
    await withWorker(async () => {
      const { code, json, stderr } = await previewJson<Waited>(['deploy', name, '--wait', '2m'], env);
      expect(code).toBe(0);
      expect(json).toMatchObject({
        accepted: true,
        workflowId,
        status: { phase: 'ready', liveCommit: sha(1), looking: false },
      });
      expect(json.runId).toMatch(/^[0-9a-f-]{36}$/);
      expect(stderr).toContain(`${name}: accepted as ${workflowId}`);
      expect(stderr).toMatch(/^\d\d:\d\d:\d\d ready: serves /m);
      expect([...world.releases.values()]).toEqual([sha(1), sha(1)]);
    });
  });

  it('deploy --wait of a second commit does not believe that the first one is ready', async () => {
    const { name, env, github, withWorker } = scene();
    await withWorker(async () => {
      await preview(['deploy', name, '--wait', '2m'], env);
      github(headIs(sha(2)));
      const { code, json } = await previewJson<Waited>(['deploy', name, '--wait', '2m'], env);
      expect(code).toBe(0);
      expect(json.status).toMatchObject({ phase: 'ready', liveCommit: sha(2) });
    });
  });

  it('deploy --wait of a commit that is not the head ends with 3, whatever is served', async () => {
    const { name, env, world, withWorker } = scene();
    await withWorker(async () => {
      const { code, stderr } = await preview(['deploy', name, '--sha', sha(9), '--wait', '2m'], env);
      expect(stderr).toContain(`its head is ${sha(1).slice(0, 7)}, not ${sha(9).slice(0, 7)}`);
      expect(code).toBe(3);
      await until(
        () => world.releases.get('ui'),
        (served) => served === sha(1),
        'the head to be served all the same',
      );
    });
  });

  it('deploy --wait of a commit that fails ends with 3 and the reason in one line; the next one tries again', async () => {
    const { name, env, world, withWorker } = scene();
    world.faults.set('deployService:ui', { type: 'ServiceFailed', message: 'pod ui-1 crashes', times: 1 });
    await withWorker(async () => {
      const failed = await previewJson<Failed>(['deploy', name, '--wait', '2m'], env);
      expect(failed.code).toBe(3);
      expect(failed.json.error).toEqual({
        code: 'refused',
        exitCode: 3,
        message: `${name}: failed: pod ui-1 crashes`,
      });
      expect(failed.stderr.trim().split('\n').at(-1)).toBe(`preview: ${name}: failed: pod ui-1 crashes`);
      const again = await preview(['deploy', name, '--wait', '2m'], env);
      expect(again.code).toBe(0);
    });
  });

  it('deploy --wait says so when there is no pull request to serve', async () => {
    const { name, env, world, withWorker } = scene();
    world.pullRequest = null;
    await withWorker(async () => {
      const { code, stderr } = await preview(['deploy', name, '--wait', '2m'], env);
      expect(stderr).toContain('there is nothing to serve: GitHub knows no such pull request');
      expect(code).toBe(3);
    });
  });

  it('deploy --wait says so when the platform serves no such repository, and the workflow ends', async () => {
    const { name, env, world, withWorker } = scene();
    world.faults.set('readPullRequest', {
      type: 'RepositoryNotAllowed',
      message: 'platform "test" makes previews for example/app only',
      times: 1,
    });
    await withWorker(async () => {
      const { code, stderr } = await preview(['deploy', name, '--wait', '2m'], env);
      expect(stderr).toContain(
        'there is nothing to serve: platform "test" makes previews for example/app only',
      );
      expect(code).toBe(3);
    });
    expect(world.comments).toEqual([]);
    expect(world.seen.cleanups).toBe(0);
  });

  it('deploy --wait ends with 6 when the time is over, and the deploy goes on', async () => {
    const { name, env, world, withWorker } = scene();
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    world.onStart = async (activity) => (activity === 'prepareNamespace' ? await gate : undefined);
    await withWorker(async () => {
      const { code, stderr, tookMs } = await preview(['deploy', name, '--wait', '2s'], env);
      expect(code).toBe(6);
      expect(stderr).toContain('is not served after 2 s; it goes on without us');
      expect(tookMs).toBeLessThan(10_000);
      open();
      await until(
        () => world.releases.size,
        (size) => size === 2,
        'the deploy going on',
      );
    });
  });

  it('deploy --wait ends with 130 on Ctrl-C, and the deploy goes on', async () => {
    const { name, env, world, withWorker } = scene();
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    world.onStart = async (activity) => (activity === 'prepareNamespace' ? await gate : undefined);
    await withWorker(async () => {
      const { said, interrupt, code } = startPreview(['deploy', name, '--wait'], env);
      await until(said, (text) => text.includes('deploying'), 'the deploy beginning');
      interrupt();
      expect(await code).toBe(130);
      expect(said()).toContain(`preview: Interrupted; ${name} goes on without us`);
      open();
      await until(
        () => world.releases.size,
        (size) => size === 2,
        'the deploy going on',
      );
    });
  });

  it('deploy --wait outlives a worker that is replaced', async () => {
    const { name, env, world, withWorker } = scene();
    const worker = { replaced: false };
    world.onStart = async (activity) => {
      if (activity !== 'prepareNamespace') return;
      while (!worker.replaced) await Context.current().sleep(100);
    };
    const waiting = startPreview(['deploy', name, '--wait'], env);
    await withWorker(async () => {
      await until(waiting.said, (text) => text.includes('deploying'), 'the deploy beginning');
    });
    worker.replaced = true;
    await withWorker(async () => {
      expect(await waiting.code).toBe(0);
    });
    expect([...world.releases.values()]).toEqual([sha(1), sha(1)]);
  });

  it('status tells where it stands, with 0 whatever that is', async () => {
    const { name, env, withWorker } = scene();
    await withWorker(async () => {
      await preview(['deploy', name, '--wait', '2m'], env);
      const { code, json } = await previewJson<{ worker: string; run: string; status: PreviewStatus }>(
        ['status', name],
        env,
      );
      expect(code).toBe(0);
      expect(json).toMatchObject({
        worker: 'answers',
        run: 'open',
        status: { phase: 'ready', commit: sha(1) },
      });
      const { stdout } = await preview(['status', name], env);
      expect(stdout.split('\n')[0]).toBe(`${name}  ready`);
      expect(stdout).toContain(`serving    ${sha(1)}`);
    });
  });

  it('close --wait ends with 0 and a receipt; closing again does too', async () => {
    const { name, env, github, withWorker } = scene();
    await withWorker(async () => {
      await preview(['deploy', name, '--wait', '2m'], env);
      github({ state: 'closed' });
      const { code, json } = await previewJson<Waited>(['close', name, '--wait', '2m'], env);
      expect(code).toBe(0);
      expect(json.status.phase).toBe('gone');
      expect(json.status.receipt?.items.map(({ kind, state }) => [kind, state])).toEqual([
        ['namespace', 'absent'],
        ['database', 'absent'],
      ]);
      const again = await preview(['close', name, '--wait', '2m'], env);
      expect(again.code).toBe(0);
      expect(again.stdout).toContain('absent   namespace');
    });
  });

  it('close of a pull request that is still open leaves it resting', async () => {
    const { name, env, world, withWorker } = scene();
    await withWorker(async () => {
      await preview(['deploy', name, '--wait', '2m'], env);
      const { code, json } = await previewJson<Waited>(['close', name, '--wait', '2m'], env);
      expect(code).toBe(0);
      expect(json.status.phase).toBe('gone');
      expect(world.namespace).toBe(false);
      const { json: after } = await previewJson<{ run: string }>(['status', name], env);
      expect(after.run).toBe('open');
    });
  });

  it('list shows it with its phase, and only those of the repository that is asked for', async () => {
    const { name, env, repository, withWorker } = scene();
    await withWorker(async () => {
      await preview(['deploy', name, '--wait', '2m'], env);
      const list = async () =>
        (
          await previewJson<{ previews: { number: number; memo: { phase: string } | null }[] }>(
            ['list', '--repository', repository],
            env,
          )
        ).json;
      // visibility lags behind
      const { previews } = await until(
        list,
        (seen) => seen.previews[0]?.memo?.phase === 'ready',
        'the preview in the list',
      );
      expect(previews).toEqual([
        {
          repository,
          number: 7,
          workflowId: `preview:${repository.replace('/', ':')}:7`,
          startedAt: expect.stringMatching(/^\d{4}-/) as string,
          memo: expect.objectContaining({ phase: 'ready', commit: sha(1) }) as object,
        },
      ]);
      const { stdout } = await preview(['list', '--repository', repository], env);
      expect(stdout).toMatch(/^PREVIEW +PHASE +COMMIT +UNTIL \(UTC\) +URL\n/);
      expect(stdout).toContain(`${name}  ready`);
    });
  });
});

describe('without a worker', () => {
  it('deploy and close are accepted with 0 and say that nobody answers; nothing is lost', async () => {
    const { name, env, world, withWorker } = scene();
    const { code, json } = await previewJson<{ accepted: boolean; worker: string; status: null }>(
      ['deploy', name],
      env,
    );
    expect(code).toBe(0);
    expect(json).toMatchObject({ accepted: true, worker: 'silent', status: null });
    const { stdout } = await preview(['deploy', name], env);
    expect(stdout).toContain('no worker answers just now; it begins as soon as one does');
    await withWorker(async () => {
      await until(
        () => world.releases.size,
        (size) => size === 2,
        'what was accepted being done',
      );
    });
    expect((await previewJson<{ worker: string }>(['close', name], env)).json.worker).toBe('silent');
  });

  it('status ends with 5 within its deadline and prints what Temporal keeps', async () => {
    const { name, env, withWorker } = scene();
    await withWorker(async () => await preview(['deploy', name, '--wait', '2m'], env));
    const { code, json, tookMs } = await previewJson<{ worker: string; memo: { phase: string } }>(
      ['status', name],
      env,
    );
    expect(code).toBe(5);
    expect(json).toMatchObject({ worker: 'silent', run: 'open', memo: { phase: 'ready', commit: sha(1) } });
    expect(tookMs).toBeLessThan(8_000);
    const { stdout } = await preview(['status', name], env);
    expect(stdout).toContain(`${name}  ready (last known)`);
    expect(stdout).toContain('no worker answers; this is what Temporal keeps');
  });

  it('deploy --wait ends with 5 in one line', async () => {
    const { name, env } = scene();
    const { code, stderr } = await preview(['deploy', name, '--wait', '5m'], env);
    expect(code).toBe(5);
    expect(stderr.trim().split('\n').at(-1)).toBe(
      `preview: No worker answers for ${name}; Temporal keeps what was sent until one does.`,
    );
  });

  it('status of a preview that never was ends with 7', async () => {
    const { name, env } = scene();
    const { code, json } = await previewJson<Failed>(['status', name], env);
    expect(code).toBe(7);
    expect(json.error).toEqual({ code: 'notFound', exitCode: 7, message: `There is no preview of ${name}` });
  });
});
