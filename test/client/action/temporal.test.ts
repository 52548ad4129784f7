import { Context } from '@temporalio/activity';
import { describe, expect, it } from 'vitest';
import { sha } from '../../domain/support.ts';
import { until } from '../../workflows/environment.ts';
import type { Scene } from '../scene.ts';
import { headIs, scenes } from '../scene.ts';
import { dispatchEvent, pullRequestEvent } from './events.ts';
import type { GitHubEvent, Ran, RunOptions } from './run-action.ts';
import { runAction, startAction } from './run-action.ts';

const { scene, clientOf, served } = scenes();
const digest = `sha256:${'a'.repeat(64)}`;
const key = 'an-api-key-that-nobody-may-see';
const token = 'ghs_a-token-that-nobody-may-see';

/** How the action is run for a scene: Temporal by its input, the rest by the job's environment. */
function optionsOf(own: Scene, event: GitHubEvent, inputs: Record<string, string> = {}): RunOptions {
  const { TEMPORAL_ADDRESS = '', TEMPORAL_NAMESPACE = '' } = own.env;
  return {
    repository: own.repository,
    event,
    inputs: {
      'temporal-address': TEMPORAL_ADDRESS,
      'temporal-namespace': TEMPORAL_NAMESPACE,
      'temporal-api-key': key,
      'task-queue': own.taskQueue,
      'github-token': token,
      ...inputs,
    },
    // an API key alone would mean TLS
    env: { TEMPORAL_TLS: 'false' },
  };
}

async function run(own: Scene, event: GitHubEvent, inputs: Record<string, string> = {}): Promise<Ran> {
  const ran = await runAction(optionsOf(own, event, inputs));
  for (const secret of [key, token]) {
    expect(ran.hidden).toContain(secret);
    expect(ran.log + ran.summary + JSON.stringify(ran.outputs)).not.toContain(secret);
  }
  return ran;
}

describe('the action, straight to Temporal', () => {
  it('waits until a pushed commit is served, and says where and until when', async () => {
    const own = scene();
    await own.withWorker(async () => {
      const { code, outputs, summary, log, annotations } = await run(
        own,
        pullRequestEvent(own.ref, 'opened'),
        { wait: '2m' },
      );
      expect(log).toContain(`${own.name} serves ${sha(1)} at https://pr-7.preview.localhost, until `);
      expect(code).toBe(0);
      expect(annotations).toEqual([]);
      expect(outputs).toEqual({
        phase: 'ready',
        url: 'https://pr-7.preview.localhost',
        urls: '{"ui":"https://pr-7.preview.localhost"}',
        commit: sha(1),
        deadline: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
        'workflow-id': own.workflowId,
      });
      expect(summary).toContain('### Preview is ready');
      expect(summary).toContain('<https://pr-7.preview.localhost>');
    });
  });

  it('is done once Temporal has the message where it is not to wait, with no worker too', async () => {
    const own = scene();
    const { code, log, outputs, tookMs } = await run(own, pullRequestEvent(own.ref, 'synchronize'));
    expect(code).toBe(0);
    expect(log).toContain(`push is with the workflow ${own.workflowId}`);
    expect(log).toContain('no worker answers just now, it begins as soon as one does');
    expect(outputs['workflow-id']).toBe(own.workflowId);
    expect(tookMs).toBeLessThan(20_000);
  });

  it('fails where the commit fails, with the reason at the top of the page and all of it in the summary', async () => {
    const own = scene();
    own.world.faults.set('deployService:ui', {
      type: 'ServiceFailed',
      message: 'pod ui-1 crashes',
      times: 1,
    });
    await own.withWorker(async () => {
      const { code, annotations, outputs, summary, log } = await run(
        own,
        pullRequestEvent(own.ref, 'opened'),
        { wait: '2m' },
      );
      expect(code).toBe(1);
      expect(annotations).toEqual([
        ['error', expect.stringContaining(`${own.name}: failed: pod ui-1 crashes`)],
      ]);
      expect(outputs).toMatchObject({ phase: 'failed', url: '', urls: '{}', commit: '' });
      expect(summary).toContain('### Preview failed');
      expect(summary).toContain('pod ui-1 crashes');
      expect(log).toContain('failure: pod ui-1 crashes');
    });
  });

  it('fails where an update fails, and names what goes on serving', async () => {
    const own = scene();
    await own.withWorker(async () => {
      await served(own);
      own.github(headIs(sha(2)));
      own.world.faults.set('deployService:ui', { type: 'ServiceFailed', message: 'ui crashes', times: 1 });
      const { code, annotations, outputs } = await run(
        own,
        pullRequestEvent(own.ref, 'synchronize', sha(2)),
        { wait: '2m' },
      );
      expect(code).toBe(1);
      expect(annotations).toEqual([['error', expect.stringContaining('update-failed: ui crashes')]]);
      expect(outputs).toMatchObject({
        phase: 'update-failed',
        commit: sha(1),
        url: 'https://pr-7.preview.localhost',
      });
    });
  });

  it('ends without a fault once its commit is not the head any more', async () => {
    const own = scene();
    own.world.onStart = async (activity) => {
      if (activity === 'deployService:ui') await untilCancelled();
    };
    await own.withWorker(async () => {
      const running = await startAction(optionsOf(own, pullRequestEvent(own.ref, 'opened'), { wait: '2m' }));
      await until(() => own.world.running.has('ui'), Boolean, 'the deploy of ui');
      own.github(headIs(sha(2)));
      own.world.onStart = () => undefined;
      await clientOf(own).push(own.ref, { sha: sha(2), reason: 'event' });
      const { code, annotations } = await running.ran;
      expect(annotations).toEqual([
        [
          'notice',
          expect.stringMatching(/: 0000000 is not its head any more, 0000000 is; that has a run of its own$/),
        ],
      ]);
      expect(code).toBe(0);
    });
  });

  it('waits until the preview of a closed pull request is gone, and shows the receipt', async () => {
    const own = scene();
    await own.withWorker(async () => {
      await served(own);
      own.github({ state: 'closed' });
      const { code, outputs, summary } = await run(own, pullRequestEvent(own.ref, 'closed'), { wait: '2m' });
      expect(code).toBe(0);
      expect(outputs).toMatchObject({ phase: 'gone', url: '' });
      expect(summary).toContain('**Receipt**');
    });
  });

  it("leaves an outsider's pull request waiting for approval, which is no fault", async () => {
    const own = scene();
    own.github({ fromFork: true });
    await own.withWorker(async () => {
      const { code, outputs, annotations } = await run(own, pullRequestEvent(own.ref, 'opened'), {
        wait: '2m',
      });
      expect(code).toBe(0);
      expect(outputs['phase']).toBe('awaiting-approval');
      expect(annotations).toEqual([['notice', expect.stringContaining('awaiting-approval')]]);
    });
  });

  it('deploys and closes by the number that a person gives', async () => {
    const own = scene();
    await own.withWorker(async () => {
      const number = String(own.ref.number);
      const up = await run(own, dispatchEvent(own.ref), { command: 'deploy', number, wait: '2m' });
      expect(up).toMatchObject({ code: 0, outputs: { phase: 'ready' } });
      const down = await run(own, dispatchEvent(own.ref), { command: 'close', number, wait: '2m' });
      expect(down).toMatchObject({ code: 0, outputs: { phase: 'gone' } });
    });
  });

  it('fails where a person wants what cannot be', async () => {
    const own = scene();
    own.github({ state: 'closed' });
    await own.withWorker(async () => {
      const inputs = { command: 'deploy', number: String(own.ref.number), wait: '2m' };
      const { code, annotations } = await run(own, dispatchEvent(own.ref), inputs);
      expect(code).toBe(1);
      expect(annotations).toEqual([['error', expect.stringContaining(own.name)]]);
    });
  });

  it('reports what was built, and the preview goes on with it', async () => {
    const own = scene();
    own.world.images = new Set();
    const event = pullRequestEvent(own.ref, 'opened');
    await own.withWorker(async () => {
      await run(own, event);
      await until(
        async () => await clientOf(own).status(own.ref),
        (reading) => reading.kind === 'answered' && reading.status.phase === 'waiting-for-images',
        'the wait for images',
      );
      own.world.images = null;
      const inputs = { command: 'images', images: `ui=ghcr.io/example/ui@${digest}`, wait: '2m' };
      const { code, outputs, log } = await run(own, event, inputs);
      expect(log).toContain('imagesReady is with the workflow');
      expect(code).toBe(0);
      expect(outputs['phase']).toBe('ready');
    });
  });

  it('reports images that no preview waits for without a fault', async () => {
    const own = scene();
    const inputs = { command: 'images', images: 'ui=not-built' };
    const { code, annotations } = await run(own, pullRequestEvent(own.ref, 'opened'), inputs);
    expect(code).toBe(0);
    expect(annotations).toEqual([
      ['notice', expect.stringContaining('a later one finds them in the registry')],
    ]);
  });

  it('says that it waited long enough, which fails the step and not the preview', async () => {
    const own = scene();
    own.world.images = new Set();
    await own.withWorker(async () => {
      const { code, annotations, outputs } = await run(own, pullRequestEvent(own.ref, 'opened'), {
        wait: '3s',
      });
      expect(code).toBe(1);
      expect(annotations).toEqual([['error', `${own.name} is not served after 3 s; it goes on without us`]]);
      expect(outputs['phase']).not.toBe('');
    });
  });

  it('stops waiting when the job is cancelled, and leaves the preview alone', async () => {
    const own = scene();
    own.world.images = new Set();
    await own.withWorker(async () => {
      const running = await startAction(optionsOf(own, pullRequestEvent(own.ref, 'opened'), { wait: '2m' }));
      await until(running.said, (said) => said.includes('waiting-for-images'), 'the wait for images');
      running.cancel();
      const { code, annotations } = await running.ran;
      expect(code).toBe(1);
      expect(annotations).toEqual([['error', `Interrupted; ${own.name} goes on without us`]]);
    });
  });
});

/** Beats until Temporal cancels the activity. */
async function untilCancelled(): Promise<never> {
  const context = Context.current();
  for (;;) {
    context.heartbeat();
    await context.sleep(50);
  }
}
