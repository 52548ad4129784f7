import { Context } from '@temporalio/activity';
import { describe, expect, it } from 'vitest';
import { ClientError } from '../../client/exit-codes.ts';
import { sha } from '../domain/support.ts';
import { until } from '../workflows/environment.ts';
import { preview, previewJson, startPreview } from './command-line.ts';
import type { Failed, Waited } from './scene.ts';
import { headIs, scenes } from './scene.ts';

const { scene, clientOf, served } = scenes();
const hour = 3_600_000;

/** Beats until Temporal cancels the activity. */
async function untilCancelled(): Promise<never> {
  const context = Context.current();
  for (;;) {
    context.heartbeat();
    await context.sleep(50);
  }
}

describe('preview extend', () => {
  it('answers with the new deadline, and refuses with 3, the reason and the largest possible', async () => {
    const own = scene();
    const { name, env, withWorker, workflowId } = own;
    await withWorker(async () => {
      await served(own);
      const before = Date.now();
      const longer = await previewJson<{ workflowId: string; deadline: number }>(
        ['extend', name, '100h'],
        env,
      );
      expect(longer).toMatchObject({ code: 0, json: { workflowId } });
      expect(longer.json.deadline).toBeGreaterThanOrEqual(before + 100 * hour);
      expect(longer.json.deadline).toBeLessThanOrEqual(Date.now() + 100 * hour);
      const shorter = await preview(['extend', name, '1h'], env);
      expect(shorter.stdout).toMatch(/lives until \S+ \(in 4d\S*\), longer than that already$/);
      // a whole lifetime is shorter, and takes nothing away
      const { code, stdout } = await preview(['extend', name], env);
      expect(code).toBe(0);
      expect(stdout).toContain(`${name}: lives until ${new Date(longer.json.deadline).toISOString()} (in 4d`);
      const refused = await previewJson<Failed>(['extend', name, '400h'], env);
      expect(refused.code).toBe(3);
      expect(refused.json.error).toEqual({
        code: 'refused',
        exitCode: 3,
        message: expect.stringMatching(
          /^example\/app-\w+#7: 16d16h from now is too long: .*The largest possible is 13d23h\d+m, until \d{4}-/,
        ) as string,
      });
      expect(refused.stderr.trim().split('\n')).toHaveLength(1);
      const { stdout: status } = await preview(['status', name], env);
      expect(status).toContain(`until      ${new Date(longer.json.deadline).toISOString()}`);
    });
  });

  it('sent twice under one id is done once', async () => {
    const own = scene();
    await own.withWorker(async () => {
      await served(own);
      const client = clientOf(own);
      const first = await client.extend(own.ref, { id: 'comment-1', duration: '100h', by: 'alice' });
      const again = await client.extend(own.ref, { id: 'comment-1', duration: '200h', by: 'alice' });
      expect(again).toEqual(first);
      const other = await client.extend(own.ref, { id: 'comment-2', duration: '200h', by: 'alice' });
      expect(other.deadline).toBeGreaterThan(first.deadline);
    });
  });

  it('ends with 7 where there is no preview, and once it has ended', async () => {
    const { name, env, github, withWorker } = scene();
    const never = await previewJson<Failed>(['extend', name], env);
    expect(never.code).toBe(7);
    expect(never.json.error.message).toBe(`There is no preview of ${name}`);
    github({ state: 'closed' });
    await withWorker(async () => await preview(['close', name, '--wait', '2m'], env));
    expect((await preview(['extend', name, '2d'], env)).code).toBe(7);
  });

  it('ends with 5 when no worker takes it, and says that it may still be done', async () => {
    const { name, env } = scene();
    await preview(['deploy', name], env);
    const { code, stderr } = await preview(['extend', name, '--timeout', '2s'], env);
    expect(code).toBe(5);
    expect(stderr.trim()).toBe(
      `preview: No worker answered for ${name} within 2 s. It may still be done once one does: ask "preview status ${name}" before you send it again`,
    );
  });
});

describe('preview cancel', () => {
  it('--wait of a first deploy ends with 0 when all of it is gone', async () => {
    const { name, env, world, withWorker } = scene();
    world.onStart = async (activity) => {
      if (activity === 'deployService:ui') await untilCancelled();
    };
    await withWorker(async () => {
      await preview(['deploy', name], env);
      await until(
        () => world.running.has('ui'),
        (running) => running,
        'the deploy of ui',
      );
      const { code, json } = await previewJson<Waited>(['cancel', name, '--wait', '2m'], env);
      expect(code).toBe(0);
      expect(json).toMatchObject({ accepted: true, runId: null, status: { phase: 'gone' } });
      expect(world).toMatchObject({ namespace: false, database: false });
    });
  });

  it('--wait of an update ends with 0 when the commit before serves, and says who cancelled', async () => {
    const own = scene();
    const { name, env, world, github, withWorker } = own;
    await withWorker(async () => {
      await served(own);
      world.onStart = async (activity, commit) => {
        if (activity === 'deployService:api' && commit === sha(2)) await untilCancelled();
      };
      github(headIs(sha(2)));
      await preview(['deploy', name], env);
      await until(
        () => world.running.has('api'),
        (running) => running,
        'the deploy of api',
      );
      const { code, json } = await previewJson<Waited>(['cancel', name, '--wait', '2m'], {
        ...env,
        GITHUB_ACTOR: 'octocat',
        USER: 'runner',
      });
      expect(code).toBe(0);
      expect(json.status).toMatchObject({ phase: 'update-failed', liveCommit: sha(1) });
      expect(json.status.reason).toContain('cancelled by octocat');
    });
  });

  it.each(['cancel', 'reset'])('and its like end with 7 where there is no preview: %s', async (command) => {
    const { name, env } = scene();
    const { code, json } = await previewJson<Failed>([command, name, '--wait'], env);
    expect(code).toBe(7);
    expect(json.error.code).toBe('notFound');
  });

  it.each(['cancel', 'reset'])('and its like are accepted without a worker: %s', async (command) => {
    const { name, env, workflowId } = scene();
    await preview(['deploy', name], env);
    const { code, json } = await previewJson<object>([command, name], env);
    expect(code).toBe(0);
    expect(json).toEqual({ workflowId, runId: null, accepted: true, worker: 'silent', status: null });
  });
});

describe('preview reset', () => {
  it('--wait ends with 0 when the commit is served again, with a new database', async () => {
    const own = scene();
    const { name, env, world, withWorker } = own;
    await withWorker(async () => {
      await served(own);
      const { code, json } = await previewJson<Waited>(['reset', name, '--wait', '2m'], env);
      expect(code).toBe(0);
      expect(json.status).toMatchObject({ phase: 'ready', liveCommit: sha(1), looking: false });
      expect(world.seen.resets).toBe(1);
    });
  });
});

describe('preview approve', () => {
  it('lets the commit of an outsider be deployed, and none but the head', async () => {
    const { name, env, github, workflowId, withWorker } = scene();
    github({ fromFork: true, authorCanWrite: false });
    await withWorker(async () => {
      const waiting = await previewJson<Failed>(['deploy', name, '--wait', '2m'], env);
      expect(waiting.code).toBe(3);
      expect(waiting.json.error.message).toContain(`${name}: awaiting-approval: `);
      const other = await previewJson<Failed>(['approve', name, sha(2)], env);
      expect(other.code).toBe(3);
      expect(other.json.error.message).toBe(
        `${name}: ${sha(2)} is not the head of the pull request: that is ${sha(1)}`,
      );
      const { code, json } = await previewJson<object>(['approve', name, sha(1)], env);
      expect(json).toEqual({ workflowId, sha: sha(1) });
      expect(code).toBe(0);
      expect((await preview(['deploy', name, '--wait', '2m'], env)).code).toBe(0);
    });
  });

  it('starts the preview where none runs, and says what comes next', async () => {
    const { name, env, world, github, withWorker } = scene();
    github({ fromFork: true, authorCanWrite: false });
    await withWorker(async () => {
      const { code, stdout } = await preview(['approve', name, sha(1)], env);
      expect(code).toBe(0);
      expect(stdout).toBe(`${name}: ${sha(1)} is approved; see: preview status ${name}`);
      await until(
        () => world.releases.get('ui'),
        (served) => served === sha(1),
        'the commit that was approved',
      );
    });
  });

  it('ends with 5 when the preview took it and has no answer yet', async () => {
    const own = scene();
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    own.world.onStart = async (activity) => (activity === 'readPullRequest' ? await gate : undefined);
    await own.withWorker(async () => {
      const error = await clientOf(own, { updateDeadlineMs: 2_000 })
        .approve(own.ref, { id: 'comment-1', sha: sha(1), by: null })
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ClientError);
      expect(error).toMatchObject({ code: 'workerSilent' });
      open();
      // the same once more waits for the answer to the first
      expect(await clientOf(own).approve(own.ref, { id: 'comment-1', sha: sha(1), by: null })).toEqual({
        sha: sha(1),
      });
    });
  });
});

describe('a word of CI on images', () => {
  it('is heard by the preview there is, and without one is answered with a notice', async () => {
    const own = scene();
    const message = { sha: sha(1), images: [{ service: 'ui', image: null, digest: null }] };
    const unheard = await clientOf(own).imagesReady(own.ref, message);
    expect(unheard).toEqual({
      accepted: false,
      notice: expect.stringContaining(`There is no preview of ${own.name}`) as string,
    });
    await clientOf(own).push(own.ref, { sha: null, reason: 'event' });
    expect(await clientOf(own).imagesReady(own.ref, message)).toEqual({
      accepted: true,
      workflowId: own.workflowId,
      runId: null,
    });
  });
});

describe('a preview that waits for a place', () => {
  it('says its number in the queue everywhere, and is followed until it is served', async () => {
    const [first, second] = [scene(), scene()];
    for (const { world } of [first, second]) Object.assign(world, { pool: first.ref.repository, places: 1 });
    await first.withWorker(async () => {
      await served(first);
      const waiting = startPreview(['deploy', second.name, '--wait'], second.env);
      await second.withWorker(async () => {
        await until(waiting.said, (said) => said.includes(' queued: '), 'the place in the queue');
        const { code, stdout } = await preview(['status', second.name], second.env);
        expect(code).toBe(0);
        expect(stdout).toMatch(/^ {2}queue {6}number 1, about \S+ to wait$/m);
        const listed = await until(
          async () => (await preview(['list', '--repository', second.repository], second.env)).stdout,
          (text) => text.includes('queued'),
          'the queue in the list',
        );
        expect(listed).toMatch(/queued: number 1, about \S+ to wait/);
        await clientOf(first).close(first.ref, { reason: 'command', by: null });
        expect(await waiting.code).toBe(0);
        expect(waiting.said()).toMatch(/ queued: .*number 1 in the queue, about \S+ to wait\n/);
      });
    });
  });
});
