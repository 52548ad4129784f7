import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Phase, PreviewStatus } from '../../domain/status.ts';
import { previewWorkflowId } from '../../domain/workflow-ids.ts';
import { fetchCommit } from '../../local/demo/fetch-page.ts';
import { cancelSignal } from '../../workflows/messages.ts';
import { leftOvers, releaseStates, sql } from './cluster.ts';
import { smallApp } from './example-config.ts';
import { idsOf, poolOf } from './pool.ts';
import type { Preview, Scene } from './scene.ts';
import { eventually, startScene } from './scene.ts';
import type { Step } from './step.ts';
import { checkSteps, cleanupSteps, deploySteps, duringStep, nameOf } from './step.ts';
import { podsOf } from './updates.ts';

const minute = 60_000;
const services = ['meeting-api', 'nats'] as const;
const stepsToReady = [...checkSteps, ...deploySteps(['nats', 'meeting-api'])];
/** A step that was too quick to be caught is tried again so often. */
const triesAtMost = 25;

/** Each test has a preview that it brings up again and again, each time for the next step; all share a worker. */
describe('in the middle of every step', { timeout: 15 * minute, concurrent: true }, () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await startScene({ number: 5060, files: await smallApp(...services) });
  }, 2 * minute);

  afterAll(async () => {
    await scene.end();
  }, 3 * minute);

  it('of a first check and deploy, a cancel leaves nothing, and the preview can come back', async () => {
    const preview = scene.beside(5061);
    const commit = await open(preview);
    const hit = await hitAll(stepsToReady, async (step) => {
      await during(preview, step, {
        begin: () => preview.push(commit, 'command'),
        act: () => cancel(preview),
      });
      const { phase, reason } = await ended(preview, commit, ['ready', 'gone']);
      if (phase === 'ready') await handleOf(preview).signal('close', { reason: 'command', by: null });
      else expect(reason).toContain('its first deploy was cancelled');
      await preview.reach('gone', 4 * minute);
      await nothingLeft(preview);
      return phase === 'gone';
    });
    expect(hit).toEqual(stepsToReady.map(nameOf));
    await preview.push(commit, 'command');
    await preview.reach('ready', 4 * minute);
    await serves(preview, commit);
  });

  it('of a first check and deploy, a close leaves nothing, and a reopened pull request is served', async () => {
    const preview = scene.beside(5062);
    const commit = await open(preview);
    const hit = await hitAll(stepsToReady, async (step) => {
      await reopen(preview);
      const caught = await during(preview, step, {
        begin: () => preview.push(commit),
        act: () => preview.close(),
      });
      if (!caught) await preview.close();
      await handleOf(preview).result();
      await nothingLeft(preview);
      return caught;
    });
    expect(hit).toEqual(stepsToReady.map(nameOf));
    await reopen(preview);
    await preview.push(commit);
    await preview.reach('ready', 4 * minute);
    await serves(preview, commit);
  });

  it('of an update, a cancel keeps what was live, with its database', async () => {
    const preview = scene.beside(5063);
    let live = await open(preview);
    await preview.push(live);
    await preview.reach('ready', 4 * minute);
    await sql(`INSERT INTO meetings (name) VALUES ('kept')`, databaseOf(preview));
    const digests = async (): Promise<string[]> =>
      (await podsOf(preview)).map(({ image }) => image).toSorted();
    let before = await digests();
    let next = await scene.app.push(preview.number, { services: ['meeting-api'] });
    const hit = await hitAll(stepsToReady, async (step) => {
      await during(preview, step, {
        begin: () => preview.push(next, 'command'),
        act: () => cancel(preview),
      });
      const status = await ended(preview, next, ['ready', 'update-failed']);
      if (status.phase === 'ready') {
        live = next;
        before = await digests();
        next = await scene.app.push(preview.number, { services: ['meeting-api'] });
        return false;
      }
      expect(status).toMatchObject({ commit: next, liveCommit: live, failure: { type: 'Cancelled' } });
      await serves(preview, live);
      expect(await digests()).toEqual(before);
      const states = await releaseStates(preview.namespace);
      expect(
        states.filter((state) => state !== 'deployed' && state !== 'superseded' && state !== 'failed'),
      ).toEqual([]);
      const rows = await sql('SELECT id FROM meetings', databaseOf(preview));
      expect(rows).toHaveLength(1);
      return true;
    });
    expect(hit).toEqual(stepsToReady.map(nameOf));
    await preview.push(next, 'command');
    await preview.reach('ready', 4 * minute);
    await serves(preview, next);
  });

  it('of a cleanup, a second close changes nothing', async () => {
    const preview = scene.beside(5064);
    const commit = await open(preview);
    const hit = await hitAll(cleanupSteps, async (step) => {
      await reopen(preview);
      await preview.push(commit);
      await preview.reach('ready', 4 * minute);
      const caught = await during(preview, step, {
        begin: () => preview.close(),
        act: () => preview.close(),
      });
      await handleOf(preview).result();
      await nothingLeft(preview);
      expect((await preview.status()).receipt).toMatchObject({ found: true });
      return caught;
    });
    expect(hit).toEqual(cleanupSteps.map(nameOf));
  });

  it('of a cleanup, a reopened pull request is kept in mind and served afterwards', async () => {
    const preview = scene.beside(5065);
    const commit = await open(preview);
    await preview.push(commit);
    await preview.reach('ready', 4 * minute);
    const hit = await hitAll(cleanupSteps, async (step) => {
      const caught = await during(preview, step, {
        begin: () => preview.close(),
        act: async () => {
          await reopen(preview);
          await preview.push(commit);
        },
      });
      if (!caught) {
        await handleOf(preview).result();
        await reopen(preview);
        await preview.push(commit);
      }
      await eventually(
        async () => {
          expect((await preview.status()).phase).not.toBe('cleaning-up');
        },
        'the end of the cleanup',
        2 * minute,
      );
      await preview.reach('ready', 4 * minute);
      await serves(preview, commit);
      return caught;
    });
    expect(hit).toEqual(cleanupSteps.map(nameOf));
  });

  /**
   * Waits for what a cancelled deploy comes to. It may be ready: its last step may have ended in the worker that was
   * stopped, and its answer was heard before the cancel.
   */
  async function ended(preview: Preview, commit: string, phases: readonly Phase[]): Promise<PreviewStatus> {
    return await eventually(
      async () => {
        const seen = await preview.status();
        expect(seen).toMatchObject({ looking: false, disturbed: [] });
        expect(phases).toContain(seen.phase);
        if (seen.phase !== 'gone') expect(seen.commit).toBe(commit);
        return seen;
      },
      `the end of a deploy of ${preview.namespace}: ${phases.join(' or ')}`,
      4 * minute,
    );
  }

  /** Opens its pull request and builds the images. */
  async function open({ number }: Preview): Promise<string> {
    return await scene.app.open(number, { services: ['meeting-api'] });
  }

  async function reopen({ number }: Preview): Promise<void> {
    const { owner, repository: repo } = scene.app;
    await scene.app.github.reopenPullRequest({ owner, repo, number });
  }

  async function cancel(preview: Preview): Promise<void> {
    await handleOf(preview).signal(cancelSignal, { by: 'alice' });
  }

  function handleOf({ ref }: Preview) {
    return scene.client.workflow.getHandle(previewWorkflowId(ref));
  }

  function databaseOf({ number }: Preview): string {
    return `preview_${number}`;
  }

  async function during(
    preview: Preview,
    step: Step,
    what: { readonly begin: () => Promise<void>; readonly act: () => Promise<void> },
  ): Promise<boolean> {
    return await duringStep(scene, { preview, step, ...what });
  }

  async function nothingLeft(preview: Preview): Promise<void> {
    expect(await leftOvers(preview.number)).toEqual([]);
    await eventually(async () => {
      expect(idsOf(await poolOf(scene), preview.ref)).toEqual([]);
    }, 'the place to be given back');
  }

  async function serves({ number }: Preview, commit: string): Promise<void> {
    const url = `https://pr-${number}-api.preview.localhost:18443`;
    const way = scene.stack.ingress ?? { httpsPort: 443, caFile: '' };
    await eventually(async () => {
      expect(await fetchCommit(url, way)).toBe(commit);
    }, `${url} to serve ${commit}`);
  }
});

/** Runs a round for each step until it was hit; resolves to the names of those that were. */
async function hitAll(steps: readonly Step[], round: (step: Step) => Promise<boolean>): Promise<string[]> {
  const hit: string[] = [];
  for (const step of steps)
    for (let tries = 0; tries < triesAtMost; tries += 1)
      if (await round(step)) {
        hit.push(nameOf(step));
        break;
      }
  return hit;
}
