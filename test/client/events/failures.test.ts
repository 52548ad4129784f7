import { Client, Connection } from '@temporalio/client';
import { afterEach, describe, expect, it } from 'vitest';
import { handleEvent } from '../../../client/events/handle-event.ts';
import { readEvent } from '../../../client/events/read-event.ts';
import { createPreviewClient } from '../../../client/preview-client.ts';
import { sha } from '../../domain/support.ts';
import { until } from '../../workflows/environment.ts';
import { eventScenes } from './scene.ts';

const { scene, gitHub, asks } = eventScenes();
afterEach(async () => await gitHub().control.clearFaults());

const permission = { method: 'GET', path: '/collaborators/' };

describe('when GitHub does not say who may', () => {
  it.each([
    ['500', { status: 500 }, 'GitHubUnavailable'],
    ['502 with a page', { status: 502, body: '<html>Bad Gateway</html>' }, 'GitHubUnavailable'],
    ['403 with retry-after', { status: 403, headers: { 'retry-after': '1' } }, 'GitHubThrottled'],
    ['429', { status: 429, headers: { 'retry-after': '1' } }, 'GitHubThrottled'],
    ['401', { status: 401, body: { message: 'Bad credentials' } }, 'GitHubUnauthorized'],
    ['403', { status: 403 }, 'GitHubDenied'],
    ['nothing, as the line breaks', { drop: true }, 'GitHubUnavailable'],
    ['200 with something else', { status: 200, body: { login: 'please log in' } }, 'GitHubUnavailable'],
  ])('a command is not done, and may be sent again: %s', async (_, fault, type) => {
    const own = await scene();
    const { id, payload } = await own.comment('alice', '/preview');
    await gitHub().control.addFault({ ...permission, ...fault });
    await expect(own.handle('issue_comment', payload)).rejects.toMatchObject({ type });
    expect(await own.told()).toEqual([]);
    expect(await own.reactions(id)).toEqual([]);
    // who is asked too much is left alone for as long as he says
    const again = async () => await own.handle('issue_comment', payload);
    expect((await until(again, ({ outcome }) => outcome !== 'ignored', 'the command')).outcome).toBe('told');
  });
});

describe('when GitHub does not know who it is', () => {
  it('a command is refused where the repository is seen, and is not done where it is not', async () => {
    const own = await scene();
    const { id, payload } = await own.comment('alice', '/preview');
    const unknown = { status: 404, body: { message: 'Not Found' } };
    await gitHub().control.addFault({ ...permission, ...unknown });
    await gitHub().control.addFault({ method: 'GET', path: `^/repos/${own.repository}$`, ...unknown });
    await expect(own.handle('issue_comment', payload)).rejects.toMatchObject({ type: 'GitHubNotFound' });
    expect(await own.reactions(id)).toEqual([]);
    await gitHub().control.addFault({ ...permission, ...unknown });
    expect(await own.handle('issue_comment', payload)).toMatchObject({
      outcome: 'refused',
      reason: `alice has no write permission in ${own.repository}`,
    });
    expect(await own.told()).toEqual([]);
  });
});

describe('when GitHub takes no reaction', () => {
  it.each([
    ['500', { status: 500 }],
    ['403, as the conversation is locked', { status: 403, body: { message: 'Unable to create reaction' } }],
    ['nothing within 2.5 s', { delayMs: 20_000 }],
  ])('a command is done all the same, and the log says so: %s', async (_, fault) => {
    const own = await scene();
    const { payload } = await own.comment('alice', '/preview');
    await gitHub().control.addFault({ method: 'POST', path: '/reactions', times: 2, ...fault });
    const warnings: string[] = [];
    const startedAt = Date.now();
    expect((await own.handle('issue_comment', payload, { warnings })).outcome).toBe('told');
    expect(Date.now() - startedAt).toBeLessThan(9_000);
    expect(await own.told()).toEqual(['push {"sha":null,"reason":"command"}']);
    expect(warnings).toHaveLength(2);
  });
});

describe('when an answer was written, and GitHub said that it was not', () => {
  it('the same command handled again writes no second one', async () => {
    const own = await scene();
    const { payload } = await own.comment('alice', '/preview help');
    await gitHub().control.addFault({ method: 'POST', path: '/comments$', status: 500, afterWrite: true });
    await expect(own.handle('issue_comment', payload)).rejects.toMatchObject({ type: 'GitHubUnavailable' });
    expect((await own.handle('issue_comment', payload)).outcome).toBe('answered');
    expect(await own.answers()).toHaveLength(1);
  });
});

describe('when the words of a refusal were not written', () => {
  it.each(['/preview nonsense', '/preview reset'])(
    'it is not marked as refused, and the same command writes them: %s',
    async (words) => {
      const own = await scene();
      const { id, payload } = await own.comment('alice', words);
      await gitHub().control.addFault({ method: 'POST', path: '/comments$', status: 500 });
      await expect(own.handle('issue_comment', payload)).rejects.toMatchObject({ type: 'GitHubUnavailable' });
      expect(await own.reactions(id)).not.toContain('confused');
      for (const _ of [1, 2]) await own.handle('issue_comment', payload);
      expect(await own.answers()).toEqual([expect.stringMatching(/^Not done: there is no /)]);
      expect(await own.reactions(id)).toContain('confused');
    },
  );
});

describe('when Temporal is away', () => {
  it('a command keeps its reaction, is not marked as done, and is done when it comes again', async () => {
    const own = await scene();
    const { id, payload } = await own.comment('alice', '/preview');
    const connection = Connection.lazy({ address: '127.0.0.1:1' });
    const previews = createPreviewClient({
      client: new Client({ connection }),
      place: 'nowhere',
      deadlineMs: 1_500,
    });
    const event = readEvent('issue_comment', payload);
    if (!event.ok) throw new Error(event.wrong);
    await expect(handleEvent(event.value, { previews, gitHub: asks(), now: Date.now })).rejects.toMatchObject(
      {
        code: 'temporalAway',
      },
    );
    expect(await own.reactions(id)).toEqual(['rocket']);
    // where Temporal is, is nobody's business on GitHub
    expect(await own.answers()).toEqual([]);
    expect((await own.handle('issue_comment', payload)).outcome).toBe('told');
    expect(await own.reactions(id)).toEqual(['+1', 'rocket']);
    await connection.close();
  });
});

describe('when no worker answers', () => {
  it.each(['/preview extend 2d', `/preview approve ${sha(1)}`])(
    'what needs one says so in a comment, once, and may be sent again: %s',
    async (words) => {
      const own = await scene();
      await own.previews.push(own.ref, { sha: null, reason: 'event' });
      const { id, payload } = await own.comment('alice', words);
      const event = readEvent('issue_comment', payload);
      if (!event.ok) throw new Error(event.wrong);
      let durable = false;
      const dependencies = {
        previews: own.impatient(),
        gitHub: asks(),
        now: Date.now,
        onDurable: () => (durable = true),
      };
      for (const _ of [1, 2])
        await expect(handleEvent(event.value, dependencies)).rejects.toMatchObject({ code: 'workerSilent' });
      expect(durable).toBe(false);
      expect(await own.answers()).toEqual([
        'No worker answered in time. It may still be done once one does: see `/preview status` before you say it again.',
      ]);
      expect(await own.reactions(id)).toEqual(['rocket']);
    },
  );
});

describe('an approval', () => {
  it('is durable once a worker has it, before GitHub has said what the head is', async () => {
    const own = await scene();
    own.github({ fromFork: true, authorCanWrite: false });
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    own.world.onStart = async (activity) => (activity === 'readPullRequest' ? await gate : undefined);
    const { payload } = await own.comment('alice', `/preview approve ${sha(1)}`);
    const event = readEvent('issue_comment', payload);
    if (!event.ok) throw new Error(event.wrong);
    await own.withWorker(async () => {
      const { promise: durable, resolve: onDurable } = Promise.withResolvers<void>();
      const result = handleEvent(event.value, {
        previews: own.previews,
        gitHub: asks(),
        now: Date.now,
        onDurable,
      });
      let ended = false;
      void result.finally(() => (ended = true));
      await durable;
      expect(ended).toBe(false);
      open();
      expect((await result).outcome).toBe('told');
    });
  });
});
