import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imagesReadySignal } from '../../workflows/messages.ts';
import { sha } from '../domain/support.ts';
import { connect, until } from './environment.ts';
import type { WorkflowTests } from './environment.ts';
import { fastForward } from './fast-forward.ts';
import { play } from './play.ts';

const hour = 3_600_000;
const image = (digest: string) => ({ repository: 'ghcr.io/example/ui', tag: 'pr-7', digest });
const build = { workflow: 'build.yaml', branch: 'main' };

let tests: WorkflowTests;
beforeAll(async () => {
  tests = await connect();
});
afterAll(async () => {
  await tests.close();
});

describe('a build of missing images', () => {
  it('is started once for each wait, and said', async () => {
    await play(tests, async ({ push, phase, handle, world, headIs, told }) => {
      world.build = build;
      world.images = new Set();
      await push();
      await phase('waiting-for-images');
      await told('which build.yaml was started to build');
      // CI's word on something else makes the check look again: it still waits for the same
      await handle.signal(imagesReadySignal, { sha: sha(1), images: [] });
      await phase('waiting-for-images');
      expect(world.builds).toEqual([sha(1)]);
      headIs(sha(2));
      await push({ sha: sha(2) });
      await until(
        () => world.builds,
        (builds) => builds.length === 2,
        'the second build',
      );
      world.images = new Set([sha(2)]);
      await phase('ready');
      expect(world.builds).toEqual([sha(1), sha(2)]);
    });
  });

  it('that cannot be started ends no wait, and the comment says why', async () => {
    await play(tests, async ({ push, phase, world, told }) => {
      world.build = build;
      world.images = new Set();
      world.faults.set('dispatchBuild', {
        type: 'GitHubDenied',
        message: 'the token may not start workflows',
        times: 100,
      });
      await push();
      await phase('waiting-for-images');
      await told('could not be started: the token may not start workflows');
      world.images = new Set([sha(1)]);
      await phase('ready');
    });
  });
});

describe('the images of a closed pull request', () => {
  it('are deleted when their time is over, all that it ran, and then the workflow ends', async () => {
    await play(tests, async ({ push, phase, handle, world, headIs, closePullRequest, close, told }) => {
      world.plan = { ownImages: [image('sha256:1')], keepImagesMs: 24 * hour };
      await push();
      await phase('ready');
      world.plan = { ownImages: [image('sha256:2')], keepImagesMs: 24 * hour };
      headIs(sha(2));
      await push({ sha: sha(2) });
      await until(
        () => world.releases.get('ui'),
        (served) => served === sha(2),
        'the second commit',
      );
      await phase('ready');
      closePullRequest();
      await close();
      await phase('gone');
      await told('Its 2 images are deleted at');
      await fastForward(tests, handle, 23 * hour);
      expect(world.deletions).toEqual([]);
      await fastForward(tests, handle, 2 * hour);
      await handle.result();
      expect(world.deletions).toEqual(['sha256:1', 'sha256:2']);
      expect(world.comments.at(-1)).toContain('2 of its images were deleted');
    });
  });

  it('stay where it is reopened in time, and are left where nobody may delete them', async () => {
    await play(tests, async ({ push, phase, handle, world, headIs, closePullRequest, close, told }) => {
      world.plan = { ownImages: [image('sha256:1')], keepImagesMs: 24 * hour };
      await push();
      await phase('ready');
      closePullRequest();
      await close();
      await phase('gone');
      headIs(sha(1));
      await push({ sha: sha(1) });
      await phase('ready');
      await fastForward(tests, handle, 25 * hour);
      await phase('ready');
      expect(world.deletions).toEqual([]);
      world.faults.set('deleteImages', {
        type: 'GitHubDenied',
        message: 'the token may not delete packages',
        times: 100,
      });
      closePullRequest();
      await close();
      await phase('gone');
      await told('is deleted at');
      await fastForward(tests, handle, 25 * hour);
      await handle.result();
      expect(world.deletions).toEqual([]);
      expect(world.comments.at(-1)).toContain('left in the registry: the token may not delete packages');
    });
  });
});
