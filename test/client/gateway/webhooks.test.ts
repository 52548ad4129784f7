import { request } from 'node:http';
import { sign } from '@octokit/webhooks-methods';
import { Client, Connection } from '@temporalio/client';
import { afterEach, describe, expect, it } from 'vitest';
import { longestDelivery } from '../../../client/gateway/webhooks.ts';
import { createPreviewClient } from '../../../client/preview-client.ts';
import { sha } from '../../domain/support.ts';
import { until } from '../../workflows/environment.ts';
import type { PullRequestAction } from '../events/payloads.ts';
import { pullRequestPayload } from '../events/payloads.ts';
import type { GatewayScene } from './gateways.ts';
import { gatewayScenes, webhookSecret } from './gateways.ts';

const { scene, gitHub } = gatewayScenes();
afterEach(async () => await gitHub().control.clearFaults());

const pull = async (own: GatewayScene, action: PullRequestAction, commit = own.source.sha) =>
  await own.deliver('pull_request', pullRequestPayload(action, { ...own.source, sha: commit }));

describe('a delivery', () => {
  it('of a pull request is answered with 202 once Temporal has the message', async () => {
    const own = await scene();
    expect(await pull(own, 'opened')).toMatchObject({
      status: 202,
      body: { outcome: 'told', message: 'push', pullRequest: own.name, workflowId: own.workflowId },
    });
    expect(await own.told()).toEqual([`push {"sha":"${own.source.sha}","reason":"event"}`]);
  });

  it('that nothing follows from is answered with 200 and the reason', async () => {
    const own = await scene();
    expect(await own.deliver('ping', { zen: 'Keep it logically awesome.' })).toMatchObject({
      status: 200,
      body: { outcome: 'ignored', reason: 'nothing follows from an event `ping`' },
    });
    expect((await pull(own, 'assigned')).status).toBe(200);
    expect(await own.told()).toEqual([]);
  });

  it('of a repository that is not allowed is ignored', async () => {
    const own = await scene({ repositories: ['example/other'] });
    expect(await pull(own, 'opened')).toMatchObject({
      status: 200,
      body: { outcome: 'ignored', reason: `${own.repository} is not among the platform's repositories` },
    });
    expect(await own.told()).toEqual([]);
  });

  it('of an allowed repository is taken in whatever letters GitHub has it', async () => {
    const own = await scene();
    const gateway = await scene({ repositories: [own.repository.toUpperCase()], previews: own.previews });
    const payload = pullRequestPayload('opened', own.source);
    expect((await gateway.deliver('pull_request', payload)).status).toBe(202);
  });
});

describe('events in any order', () => {
  it.each<PullRequestAction[]>([
    ['opened', 'synchronize', 'closed', 'reopened'],
    ['closed', 'opened', 'reopened', 'synchronize'],
    ['synchronize', 'synchronize', 'opened'],
    ['reopened', 'closed', 'closed'],
  ])('are told as they come, as hints: %s, %s, %s, …', async (...actions) => {
    const own = await scene();
    for (const action of actions) expect((await pull(own, action)).status).toBe(202);
    expect(await own.told()).toEqual(
      actions.map((action) =>
        action === 'closed'
          ? 'close {"reason":"event","by":null}'
          : `push {"sha":"${own.source.sha}","reason":"event"}`,
      ),
    );
  });

  it('end in what GitHub says last, not in what came last', async () => {
    const own = await scene();
    await own.withWorker(async () => {
      // the close of an earlier life comes after the pull request was reopened, and an old head last of all
      await pull(own, 'closed');
      await pull(own, 'opened', sha(1));
      await pull(own, 'closed');
      await until(
        async () => await own.previews.status(own.ref),
        (reading) => reading.kind === 'answered' && reading.status.phase === 'ready',
        'the preview of what GitHub says is open',
      );
      own.github({ state: 'closed' });
      await pull(own, 'synchronize', sha(1));
      await until(
        async () => await own.previews.status(own.ref),
        (reading) => reading.kind === 'answered' && reading.run === 'closed',
        'the end of what GitHub says is closed',
      );
      expect(own.world).toMatchObject({ namespace: false, database: false });
    });
  });
});

describe('a delivery that GitHub did not send', () => {
  it.each([
    ['is signed with another secret', { secret: 'another-secret-of-16' }, '401 signature'],
    ['has a signature that is none', { headers: { 'x-hub-signature-256': 'sha256=00' } }, '401 signature'],
    ['has no signature', { headers: { 'x-hub-signature-256': '' } }, '400 headers'],
    ['has no id', { headers: { 'x-github-delivery': '' } }, '400 headers'],
    ['has no event', { headers: { 'x-github-event': '' } }, '400 headers'],
    ['is a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }, '415 content-type'],
  ])('is refused when it %s', async (_, options, refusal) => {
    const own = await scene();
    const payload = pullRequestPayload('opened', own.source);
    const answer = await own.deliver('pull_request', payload, options);
    expect(`${answer.status} ${answer.body.error?.code}`).toBe(refusal);
    expect(await own.told()).toEqual([]);
  });

  it('is refused when one letter of it was changed', async () => {
    const own = await scene();
    const good = pullRequestPayload('opened', own.source);
    const signature = await sign(webhookSecret, JSON.stringify(good));
    const answer = await own.deliver(
      'pull_request',
      { ...good, action: 'closed' },
      { headers: { 'x-hub-signature-256': signature } },
    );
    expect(answer.status).toBe(401);
    expect(await own.told()).toEqual([]);
  });

  it.each([
    ['no JSON', 'not json at all', 'json'],
    ['no event', '{"action":"opened"}', 'event'],
  ])('that is signed and holds %s is told what is wrong', async (_, text, code) => {
    const own = await scene();
    const response = await fetch(`${own.url}/v1/webhooks`, {
      method: 'POST',
      body: text,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'x-github-event': 'pull_request',
        'x-github-delivery': 'one',
        'x-hub-signature-256': await sign(webhookSecret, text),
      },
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code } });
  });

  it.each([
    ['GET', '/v1/webhooks', 405],
    ['POST', '/v1/webhooks/', 404],
    ['POST', '/', 404],
    ['DELETE', '/healthz', 405],
    ['GET', '/v1/previews/%E0/b/1', 400],
  ])('%s %s is answered with %i', async (method, path, status) => {
    const own = await scene();
    expect((await fetch(`${own.url}${path}`, { method })).status).toBe(status);
  });
});

describe('a body of 10 MB', () => {
  const tenMegabytes = 10 * 1024 * 1024;
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'pull_request',
    'x-github-delivery': 'large',
    'x-hub-signature-256': `sha256=${'0'.repeat(64)}`,
  };

  it('is refused by its announced length before any of it is read', async () => {
    const own = await scene();
    const status = await new Promise((resolve, reject) => {
      const sent = request(`${own.url}/v1/webhooks`, {
        method: 'POST',
        headers: { ...headers, 'content-length': tenMegabytes },
      });
      sent.on('response', (response) => resolve(response.statusCode));
      sent.on('error', reject);
      sent.flushHeaders();
    });
    expect(status).toBe(413);
    expect(own.log().at(-1)).toMatchObject({ status: 413, code: 'too-large' });
  });

  it('is read no further than the limit when it does not say how long it is', async () => {
    const own = await scene();
    const part = Buffer.alloc(64 * 1024, ' ');
    let sentBytes = 0;
    await new Promise<void>((resolve) => {
      const sent = request(`${own.url}/v1/webhooks`, { method: 'POST', headers });
      const more = (): void => {
        while (sentBytes < tenMegabytes) {
          sentBytes += part.length;
          if (!sent.write(part)) return;
        }
      };
      sent.on('drain', more);
      sent.on('response', () => resolve());
      sent.on('error', () => resolve());
      more();
    });
    await until(
      () => own.log().at(-1),
      (line) => line?.['status'] === 413,
      'the refusal in the log',
    );
    expect(sentBytes).toBeLessThan(tenMegabytes);
    expect(longestDelivery).toBeLessThan(sentBytes + part.length);
  });
});

describe('a body that stays away', () => {
  it.each([
    ['is as long as one may be', longestDelivery],
    ['is short', 100],
  ])('ends its connection in about the time that a request may take: %s', async (_, length) => {
    const own = await scene({ requestWithinMs: 500 });
    const startedAt = Date.now();
    await new Promise<void>((resolve) => {
      const sent = request(`${own.url}/v1/webhooks`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': length,
          'x-github-event': 'ping',
          'x-github-delivery': 'stalled',
          'x-hub-signature-256': `sha256=${'0'.repeat(64)}`,
        },
      });
      sent.on('error', () => undefined);
      sent.on('response', (response) => response.resume());
      sent.on('close', () => resolve());
      sent.write('{');
    });
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    await until(
      () => own.log(),
      (lines) => lines.some(({ code }) => code === 'broken-off'),
      'the request in the log',
    );
  });
});

describe('a delivery that comes twice', () => {
  it('is told once and answered alike, also when both come at once', async () => {
    const own = await scene();
    const payload = pullRequestPayload('opened', own.source);
    const deliver = async () => await own.deliver('pull_request', payload, { id: 'same' });
    const answers = [...(await Promise.all([deliver(), deliver()])), await deliver()];
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(await own.told()).toHaveLength(1);
  });

  it('is done once when the gateway was started anew, if it is a command', async () => {
    const own = await scene();
    await pull(own, 'opened');
    const { payload } = await own.comment('alice', '/preview reset');
    expect((await own.deliver('issue_comment', payload, { id: 'same' })).status).toBe(202);
    const next = await scene({ repositories: [own.repository], previews: own.previews });
    expect(await next.deliver('issue_comment', payload, { id: 'same' })).toMatchObject({
      status: 200,
      body: { outcome: 'ignored', reason: 'this command was done before' },
    });
    // and one that somebody recorded, under an id that was never seen
    expect((await next.deliver('issue_comment', payload)).status).toBe(200);
    expect(await own.told()).toHaveLength(2);
  });
});

describe('a comment', () => {
  it.each([
    ['/preview', 'of a stranger'],
    [`/preview approve ${sha(1)}`, 'of a stranger, who approves'],
  ])('%s %s starts nothing and gets no words', async (words) => {
    const own = await scene();
    const { id, payload } = await own.comment('mallory', words);
    expect(await own.deliver('issue_comment', payload)).toMatchObject({
      status: 200,
      body: { outcome: 'refused', reason: `mallory has no write permission in ${own.repository}` },
    });
    expect(await own.reactions(id)).toEqual(['-1']);
    expect(await own.told()).toEqual([]);
    expect(await own.answers()).toEqual([]);
  });

  it('with the mark of our own gives no command, whoever wrote it', async () => {
    const own = await scene();
    const { payload } = await own.comment('alice', `<!-- pr-preview:${own.name} -->\n/preview close`);
    expect((await own.deliver('issue_comment', payload)).body.outcome).toBe('ignored');
    expect(await own.told()).toEqual([]);
  });

  it('that is refused is answered before the words of the refusal are written', async () => {
    const own = await scene();
    await gitHub().control.addFault({ method: 'POST', path: '/issues/7/comments$', delayMs: 3_000 });
    const { id, payload } = await own.comment('alice', '/preview nonsense');
    const startedAt = Date.now();
    expect(await own.deliver('issue_comment', payload)).toMatchObject({
      status: 202,
      body: { outcome: 'accepted' },
    });
    expect(Date.now() - startedAt).toBeLessThan(3_000);
    expect(await own.reactions(id)).toEqual([]);
    await own.close();
    // the end waited for them
    expect(await own.answers()).toHaveLength(1);
    expect(await own.reactions(id)).toEqual(['confused']);
    expect(own.log().at(-1)).toMatchObject({ outcome: 'refused', event: 'issue_comment' });
  });
});

describe('a refusal whose words were not written', () => {
  it('is written when the same delivery comes again', async () => {
    const own = await scene();
    await gitHub().control.addFault({ method: 'POST', path: '/issues/7/comments$', status: 500 });
    const { id, payload } = await own.comment('alice', '/preview nonsense');
    const deliver = async () => await own.deliver('issue_comment', payload, { id: 'same' });
    await deliver();
    await until(
      () => own.log(),
      (lines) => lines.some(({ msg }) => msg === 'event failed'),
      'the failure in the log',
    );
    expect((await deliver()).status).toBeLessThan(300);
    await until(
      async () => await own.reactions(id),
      (reactions) => reactions.length === 1,
      'the reaction, which comes after the words',
    );
    expect(await own.answers()).toHaveLength(1);
  });
});

describe('when GitHub does not say who may', () => {
  it.each<[string, object, [number, RegExp | null]]>([
    ['500', { status: 500 }, [502, null]],
    ['403 with retry-after', { status: 403, headers: { 'retry-after': '1' } }, [503, /^[12]$/]],
    ['429', { status: 429, headers: { 'retry-after': '1' } }, [503, /^[12]$/]],
    ['401', { status: 401 }, [503, /^6\d$/]],
  ])(
    'it answers %s: the delivery has failed, nothing is told, the same one is done later',
    async (_, fault, [status, retryAfter]) => {
      const own = await scene();
      const { id, payload } = await own.comment('alice', '/preview');
      await gitHub().control.addFault({ method: 'GET', path: '/collaborators/', ...fault });
      const answer = await own.deliver('issue_comment', payload, { id: 'same' });
      expect([answer.status, answer.body.error?.code]).toEqual([status, 'github-away']);
      if (retryAfter === null) expect(answer.headers.get('retry-after')).toBeNull();
      else expect(answer.headers.get('retry-after')).toMatch(retryAfter);
      expect(await own.told()).toEqual([]);
      expect(await own.reactions(id)).toEqual([]);
      // who is asked too much is left alone for as long as he says
      const again = async () => await own.deliver('issue_comment', payload, { id: 'same' });
      expect((await until(again, ({ status }) => status < 500, 'an answer')).status).toBe(202);
      expect(await own.told()).toHaveLength(1);
    },
  );

  it('in time, the delivery has failed in time, and what was asked may still be done', async () => {
    const own = await scene({ answerWithinMs: 500 });
    const { payload } = await own.comment('alice', '/preview');
    await gitHub().control.addFault({ method: 'GET', path: '/collaborators/', delayMs: 2_000 });
    const answer = await own.deliver('issue_comment', payload, { id: 'same' });
    expect([answer.status, answer.body.error?.code]).toEqual([503, 'slow']);
    await until(
      async () => await own.told(),
      (told) => told.length === 1,
      'the command that was slow',
    );
    // the same delivery joins what was done
    expect((await own.deliver('issue_comment', payload, { id: 'same' })).status).toBe(202);
    expect(await own.told()).toHaveLength(1);
  });
});

describe('when Temporal is away', () => {
  it('a delivery has failed, and the same one is told once Temporal is back', async () => {
    const connection = Connection.lazy({ address: '127.0.0.1:1' });
    const away = createPreviewClient({
      client: new Client({ connection }),
      place: 'nowhere',
      deadlineMs: 1_000,
    });
    const own = await scene();
    let there = away;
    const gateway = await scene({
      repositories: [own.repository],
      previews: { ...own.previews, push: async (ref, message) => await there.push(ref, message) },
    });
    const payload = pullRequestPayload('opened', own.source);
    const failed = await gateway.deliver('pull_request', payload, { id: 'same' });
    expect([failed.status, failed.body.error?.code]).toEqual([503, 'temporal-away']);
    expect(await own.told()).toEqual([]);
    there = own.previews;
    expect((await gateway.deliver('pull_request', payload, { id: 'same' })).status).toBe(202);
    expect(await own.told()).toHaveLength(1);
    await connection.close();
  });
});

describe('the log', () => {
  it('has what was answered and what was done, and nothing of its body or its signature', async () => {
    const own = await scene();
    const { payload } = await own.comment('alice', '/preview\n\nthe-words-of-the-comment');
    await own.deliver('issue_comment', payload, { id: 'the-delivery' });
    await own.deliver('pull_request', {}, { id: 'no-event' });
    const lines = JSON.stringify(own.log());
    expect(own.log()).toContainEqual(expect.objectContaining({ status: 202, delivery: 'the-delivery' }));
    expect(own.log()).toContainEqual(
      expect.objectContaining({ outcome: 'told', event: 'issue_comment', delivery: 'the-delivery' }),
    );
    for (const secret of ['the-words', 'sha256=', webhookSecret, gitHub().token])
      expect(lines).not.toContain(secret);
  });
});
