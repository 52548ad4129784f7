import { afterEach, describe, expect, it } from 'vitest';
import type { EventsBody } from '../../../client/events/wire.ts';
import { eventResult, readingAnswer } from '../../../client/events/wire.ts';
import { commentPayload, pullRequestPayload } from '../events/payloads.ts';
import { run } from './ci.ts';
import type { GatewayScene } from './gateways.ts';
import { gatewayScenes } from './gateways.ts';

const all = gatewayScenes();
const { scene, gitHub, served } = all;
afterEach(async () => await gitHub().control.clearFaults());

const digest = `sha256:${'a'.repeat(64)}`;

function imagesOf(own: GatewayScene, changes: object = {}): EventsBody {
  const images = [{ service: 'ui', digest }];
  return { kind: 'images', number: own.ref.number, sha: own.source.sha, images, ...changes };
}

describe('an event that a run passes on', () => {
  it.each([
    ['pull_request_target', 'refs/heads/main'],
    ['pull_request', 'refs/pull/7/merge'],
  ] as const)('is told, and the answer is of the contract: %s', async (event, ref) => {
    const own = await scene();
    const { send } = await run(all, own, { event, ref });
    const payload = pullRequestPayload('synchronize', own.source);
    const { status, body } = await send({ kind: 'event', name: event, payload });
    expect(status).toBe(202);
    expect(eventResult.parse(body)).toEqual({
      outcome: 'told',
      message: 'push',
      pullRequest: own.name,
      workflowId: own.workflowId,
    });
    expect(await own.told()).toEqual([`push {"sha":"${own.source.sha}","reason":"event"}`]);
  });

  it('is told when its pull request was merged, which makes it a run of the branch that it went into', async () => {
    const own = await scene();
    const about = { event: 'pull_request', ref: 'refs/heads/main' };
    const { send } = await run(all, own, about);
    const body = (action: 'closed' | 'opened') => ({
      kind: 'event',
      name: about.event,
      payload: pullRequestPayload(action, own.source),
    });
    expect((await send(body('opened'))).status).toBe(403);
    expect((await send(body('closed'))).status).toBe(202);
    const elsewhere = await run(all, own, { ...about, ref: 'refs/heads/topic' });
    expect((await elsewhere.send(body('closed'))).status).toBe(403);
    expect(await own.told()).toEqual(['close {"reason":"event","by":null}']);
  });

  it('is ignored with the reason where nothing follows', async () => {
    const own = await scene();
    const event = 'pull_request_target';
    const { send } = await run(all, own, { event });
    const { status, body } = await send({
      kind: 'event',
      name: event,
      payload: pullRequestPayload('assigned', own.source),
    });
    expect(status).toBe(200);
    expect(eventResult.parse(body).outcome).toBe('ignored');
  });
});

describe('a comment that a run passes on', () => {
  const about = { event: 'issue_comment' };

  it('is the one that GitHub has, whatever the run says of its words and its author', async () => {
    const own = await scene();
    const { send } = await run(all, own, about);
    const written = await own.comment('mallory', '/preview help');
    const user = { login: 'alice', id: 1, type: 'User' };
    const lie = commentPayload({ id: written.id, body: '/preview close', user } as never, own.source);
    const { status, body } = await send({ kind: 'event', name: 'issue_comment', payload: lie });
    expect([status, body.outcome]).toEqual([200, 'refused']);
    expect(body.reason).toContain('mallory has no write permission');
    expect(await own.told()).toEqual([]);
  });

  it('is done when it is what it was', async () => {
    const own = await scene();
    const { send } = await run(all, own, about);
    const { id, payload } = await own.comment('alice', '/preview');
    expect((await send({ kind: 'event', name: 'issue_comment', payload })).status).toBe(202);
    expect(await own.reactions(id)).toEqual(['+1', 'rocket']);
  });

  it('is refused in words when it was changed since', async () => {
    const own = await scene();
    const { send } = await run(all, own, about);
    const { id, payload } = await own.comment('alice', '/preview');
    // GitHub counts in whole seconds
    await gitHub().control.addFault({
      method: 'GET',
      path: `/issues/comments/${id}$`,
      status: 200,
      body: {
        body: '/preview close',
        user: { id: 1, login: 'alice', type: 'User' },
        issue_url: `${gitHub().url}/repos/${own.repository}/issues/7`,
        created_at: '2026-11-27T00:00:00Z',
        updated_at: '2026-11-27T00:00:30Z',
      },
    });
    const { body } = await send({ kind: 'event', name: 'issue_comment', payload });
    expect(body.outcome).toBe('refused');
    expect(await own.answers()).toEqual([
      'Not done: the comment was changed since it was written; write a new one.',
    ]);
    expect(await own.told()).toEqual([]);
  });

  it.each([
    ['is gone', async () => 999_999_999],
    ['is of another pull request', async (own: GatewayScene) => await commentElsewhere(own)],
  ])('is ignored when it %s', async (_, idOf) => {
    const own = await scene();
    const { send } = await run(all, own, about);
    const user = { login: 'alice', id: 1, type: 'User' };
    const payload = commentPayload({ id: await idOf(own), body: '/preview', user } as never, own.source);
    const { status, body } = await send({ kind: 'event', name: 'issue_comment', payload });
    expect([status, body.reason]).toEqual([200, 'the pull request has no such comment (any more)']);
    expect(await own.told()).toEqual([]);
  });

  it('is answered with 5xx where GitHub does not show it', async () => {
    const own = await scene();
    const { send } = await run(all, own, about);
    const { payload } = await own.comment('alice', '/preview');
    await gitHub().control.addFault({ path: '/issues/comments/', status: 500 });
    const { status, body } = await send({ kind: 'event', name: 'issue_comment', payload });
    expect([status, body.error?.code]).toEqual([502, 'github-away']);
    expect(await own.told()).toEqual([]);
  });
});

async function commentElsewhere(own: GatewayScene): Promise<number> {
  const at = { owner: own.ref.owner, repo: own.ref.repository };
  await gitHub().control.commit({ ...at, branch: 'other', files: { other: 'b' } });
  await gitHub().control.openPullRequest({ ...at, head: 'other', title: 'Other', number: 8 });
  const comment = { ...at, number: 8, author: 'alice', body: '/preview' };
  return Number((await gitHub().control.comment(comment)).id);
}

describe('what CI says of images', () => {
  it('is heard by a preview that is there, from the push that built them', async () => {
    const own = await scene();
    const { send } = await run(all, own, { event: 'push', ref: 'refs/heads/topic' });
    const unheard = await send(imagesOf(own));
    expect(unheard).toMatchObject({ status: 200, body: { outcome: 'ignored' } });
    expect(unheard.body.reason).toContain(`There is no preview of ${own.name} that waits for images`);
    await own.previews.push(own.ref, { sha: null, reason: 'event' });
    expect(await send(imagesOf(own))).toMatchObject({
      status: 202,
      body: { outcome: 'told', message: 'imagesReady' },
    });
    const images = [{ service: 'ui', image: null, digest }];
    expect((await own.told()).at(-1)).toBe(`imagesReady ${JSON.stringify({ sha: own.source.sha, images })}`);
  });

  it('is heard from a build that was dispatched on the branch that GitHub says it shall go into', async () => {
    const own = await scene();
    const at = { owner: own.ref.owner, repo: own.ref.repository };
    await gitHub().control.commit({ ...at, branch: 'release', files: { a: 'a' } });
    await gitHub().control.commit({ ...at, branch: 'more', files: { b: 'b' } });
    const pull = { ...at, head: 'more', base: 'release', title: 'More', number: 8 };
    await gitHub().control.openPullRequest(pull);
    const { send } = await run(all, own, { event: 'workflow_dispatch', ref: 'refs/heads/release' });
    expect((await send(imagesOf(own, { number: 8 }))).status).toBe(200);
    const { status, body } = await send(imagesOf(own));
    expect([status, body.error?.message]).toEqual([
      403,
      'a run of workflow_dispatch speaks on refs/heads/main alone, not on refs/heads/release',
    ]);
    expect((await send(imagesOf(own, { number: 9 }))).body.error?.message).toContain(
      'there is no pull request',
    );
  });

  it('is refused of a commit that the run was not started by', async () => {
    const own = await scene();
    const { send } = await run(all, own, { event: 'push', ref: 'refs/heads/topic' });
    const { status, body } = await send(imagesOf(own, { sha: '1'.repeat(40) }));
    expect(status).toBe(403);
    expect(body.error?.message).toContain('speaks of its own commit');
  });
});

describe('the wish of a person who starts a run', () => {
  it.each([
    ['deploy', 'push {"sha":null,"reason":"command"}'],
    ['close', 'close {"reason":"command","by":"alice"}'],
  ] as const)('is told: %s', async (wish, message) => {
    const own = await scene();
    const { send } = await run(all, own, { event: 'workflow_dispatch' });
    expect((await send({ kind: 'wish', number: own.ref.number, wish })).status).toBe(202);
    expect(await own.told()).toEqual([message]);
  });
});

describe('a body that is none of the contract', () => {
  it.each([
    ['another kind', { kind: 'deploy' }, '`kind`: '],
    ['no number', { kind: 'wish', wish: 'deploy' }, '`number`: Expected a number; it is missing. Add it.'],
    [
      'a setting too many',
      { kind: 'wish', wish: 'deploy', number: 7, repository: 'o/r' },
      '`repository`: There is no setting',
    ],
    [
      'a digest that is none',
      { kind: 'images', number: 7, sha: 'abc', images: [{ service: 'ui', digest: 'x' }] },
      '`images[0].digest`: Expected a digest',
    ],
    [
      'a payload that is none',
      { kind: 'event', name: 'issue_comment', payload: {} },
      'this is no event `issue_comment`',
    ],
  ])('is refused with every fault: %s', async (_, body, fault) => {
    const own = await scene();
    const { send } = await run(all, own, { event: 'workflow_dispatch' });
    const answer = await send(body);
    expect([answer.status, answer.body.error?.code]).toEqual([400, 'body']);
    expect(answer.body.error?.message).toContain(fault);
  });

  it('or is too long, is refused', async () => {
    const own = await scene();
    const { send } = await run(all, own, { event: 'issue_comment' });
    expect((await send({ kind: 'event', payload: 'x'.repeat(600_000) })).status).toBe(413);
  });
});

describe('where a preview stands', () => {
  it('is told a run of its repository: absent, silent without a worker, answered with one', async () => {
    const own = await scene();
    const { ask } = await run(all, own, { event: 'push', ref: 'refs/heads/topic' });
    expect(await ask()).toMatchObject({ status: 200, body: { kind: 'absent' } });
    await own.withWorker(async () => {
      await served(own);
      const { status, body } = await ask();
      expect(status).toBe(200);
      expect(readingAnswer.parse(body)).toEqual(await own.previews.status(own.ref));
      expect(body).toMatchObject({ kind: 'answered', run: 'open', status: { phase: 'ready' } });
    });
    const silent = await ask();
    expect(readingAnswer.parse(silent.body)).toMatchObject({ kind: 'silent', memo: { phase: 'ready' } });
  });

  it.each([
    ['another repository', 'example/other/7', 403],
    ['no number', 'example/app/seven', 400],
    ['no name', '%20/app/7', 400],
  ])('is not told of %s', async (_, path, status) => {
    const own = await scene();
    const { ask } = await run(all, own, { event: 'push', ref: 'refs/heads/topic' });
    expect((await ask(path)).status).toBe(status);
  });
});
