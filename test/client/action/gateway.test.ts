import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventResult } from '../../../client/events/wire.ts';
import { previewStatus, ref, sha } from '../../domain/support.ts';
import { commentEvent, dispatchEvent, pullRequestEvent } from './events.ts';
import type { GitHubEvent, Ran } from './run-action.ts';
import { runAction } from './run-action.ts';
import type { Answer, Asked, ScriptedGateway } from './scripted-gateway.ts';
import { startScriptedGateway } from './scripted-gateway.ts';
import type { TokenService } from './token-service.ts';
import { startTokenService, unsigned } from './token-service.ts';

const services = [{ name: 'ui', url: 'https://pr-7.preview.example' }];
const pullRequest = 'example/videocall#7';
const workflowId = 'preview:example:videocall:7';
const told: EventResult = { outcome: 'told', message: 'push', pullRequest, workflowId };
const ready = { kind: 'answered', run: 'open', status: previewStatus({ services }) };
const opened = pullRequestEvent(ref, 'opened');

let tokens: TokenService;
let gateway: ScriptedGateway | undefined;

beforeEach(async () => {
  tokens = await startTokenService();
});

afterEach(async () => {
  await gateway?.close();
  await tokens.close();
  gateway = undefined;
});

/** Runs the action with a gateway that answers so; every token it used is hidden and shown nowhere. */
async function run(
  answer: (asked: Asked, count: number) => Answer | 'drop',
  { event = opened, inputs = {} }: { event?: GitHubEvent; inputs?: Record<string, string> } = {},
): Promise<Ran> {
  gateway = await startScriptedGateway(answer);
  const ran = await runAction({
    repository: 'example/videocall',
    event,
    inputs: { endpoint: gateway.url, ...inputs },
    env: tokens.env,
  });
  const secrets = tokens.given.map(({ token }) => token);
  expect(ran.hidden).toEqual(expect.arrayContaining(secrets));
  for (const secret of [...secrets, tokens.env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? ''])
    expect(ran.log + ran.summary + JSON.stringify(ran.outputs)).not.toContain(secret);
  return ran;
}

/** Events are told, questions are answered so. */
function answers(reading: unknown, result: EventResult = told): (asked: Asked) => Answer {
  return ({ method }) => (method === 'POST' ? { status: 202, body: result } : { status: 200, body: reading });
}

describe('the action, through the gateway', () => {
  it('sends what the event says and no more, with a token made for it, and shows what comes of it', async () => {
    const ran = await run(answers(ready), { inputs: { wait: '1m' } });
    expect(ran).toMatchObject({
      code: 0,
      outputs: { phase: 'ready', url: 'https://pr-7.preview.example', 'workflow-id': workflowId },
    });
    expect(ran.summary).toContain('### Preview is ready');
    const [sent, question] = gateway?.asked ?? [];
    expect(tokens.given.map(({ audience }) => audience)).toEqual([gateway?.url]);
    expect(sent).toEqual({
      method: 'POST',
      path: '/v1/events',
      token: tokens.given[0]?.token,
      body: {
        kind: 'event',
        name: 'pull_request_target',
        payload: {
          action: 'opened',
          number: 7,
          pull_request: { number: 7, head: { sha: sha(1), repo: { id: 42 } }, base: { repo: { id: 42 } } },
          repository: { id: 42, name: 'videocall', owner: { login: 'example' } },
        },
      },
    });
    expect(question).toMatchObject({ method: 'GET', path: '/v1/previews/example/videocall/7', body: null });
  });

  it('sends what was built, with the commit that a run by hand was given', async () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const inputs = {
      command: 'images',
      number: '7',
      commit: sha(3),
      images: `ui.main=${digest}\nweb=not-built`,
    };
    const result = { ...told, message: 'imagesReady' } as const;
    await run(answers(ready, result), { event: dispatchEvent(ref), inputs });
    expect(gateway?.asked[0]?.body).toEqual({
      kind: 'images',
      number: 7,
      sha: sha(3),
      images: [
        { service: 'ui', image: 'main', digest },
        { service: 'web', image: null, digest: null },
      ],
    });
  });

  it('takes an audience that is not the address', async () => {
    await run(answers(ready), { inputs: { audience: 'https://previews.example.com' } });
    expect(tokens.given.map(({ audience }) => audience)).toEqual(['https://previews.example.com']);
  });

  it('asks for a new token before the last one ends', async () => {
    await tokens.close();
    tokens = await startTokenService(unsigned(59));
    const deploying = { ...ready, status: previewStatus({ phase: 'deploying', reason: 'deploys' }) };
    let questions = 0;
    await run(
      ({ method }) => {
        if (method === 'POST') return { status: 202, body: told };
        questions += 1;
        return { status: 200, body: questions < 3 ? deploying : ready };
      },
      { inputs: { wait: '1m' } },
    );
    const used = gateway?.asked.map(({ token }) => token) ?? [];
    expect(used).toHaveLength(4);
    expect(used).toEqual(tokens.given.map(({ token }) => token));
  });

  it.each([
    ['notice', { outcome: 'ignored', reason: 'it is no command' }],
    ['warning', { outcome: 'refused', reason: 'mallory has no write permission', pullRequest }],
  ] as const)('succeeds with a %s where a comment does nothing', async (kind, result) => {
    const comment = { id: 1, author: 'mallory', body: '/preview' };
    const ran = await run(answers(ready, result), { event: commentEvent(ref, comment) });
    expect(ran.code).toBe(0);
    expect(ran.annotations).toEqual([[kind, expect.stringContaining(result.reason)]]);
    expect(gateway?.asked).toHaveLength(1);
  });

  it('is done with a command that is answered in a comment', async () => {
    const comment = { id: 1, author: 'alice', body: '/preview help' };
    const result = { outcome: 'answered', command: 'help', pullRequest } as const;
    const ran = await run(answers(ready, result), { event: commentEvent(ref, comment) });
    expect(ran).toMatchObject({ code: 0, annotations: [] });
    expect(ran.log).toContain('/preview help is answered in a comment');
  });

  it('sends again what nobody may have heard, and leaves the gateway alone as long as it wants', async () => {
    let first = 0;
    let waited = 0;
    const ran = await run((asked, count) => {
      if (count === 1) return 'drop';
      if (count === 2) {
        first = Date.now();
        return {
          status: 503,
          headers: { 'retry-after': '4' },
          body: { error: { code: 'temporalAway', message: 'Temporal does not answer' } },
        };
      }
      if (count === 3) waited = Date.now() - first;
      return answers(ready)(asked);
    });
    expect(ran.code).toBe(0);
    expect(waited).toBeGreaterThanOrEqual(3_900);
    expect(gateway?.asked.filter(({ method }) => method === 'POST')).toHaveLength(3);
  });

  it('gives up in the end, says where it asked and why, and is a failure', async () => {
    const body = { error: { code: 'temporalAway', message: 'Temporal does not answer' } };
    const ran = await run(() => ({ status: 503, body }));
    expect(ran.code).toBe(1);
    expect(ran.annotations).toEqual([
      ['error', `The gateway at ${gateway?.url} cannot do it now: Temporal does not answer`],
    ]);
    expect(gateway?.asked).toHaveLength(4);
  });

  it.each<[string, Answer, string]>([
    [
      'refuses',
      { status: 403, body: { error: { code: 'denied', message: 'the token is of another workflow' } } },
      'refuses it: the token is of another workflow',
    ],
    ['is another server', { status: 404, body: '<h1>Not found</h1>' }, 'there is no gateway of pr-preview'],
    ['is a login page', { status: 200, body: '<h1>Log in</h1>' }, 'there is no gateway of pr-preview'],
    ['answers what nobody knows', { status: 202, body: { outcome: 'sure' } }, 'or one of another version'],
    [
      'leads on, where no token is sent',
      { status: 308, headers: { location: 'https://evil.example/' }, body: '' },
      'leads on to https://evil.example/: give "endpoint" the address that answers itself',
    ],
  ])('fails at once where the gateway %s', async (_what, answer, message) => {
    const ran = await run(() => answer);
    expect(ran.code).toBe(1);
    expect(ran.annotations).toEqual([['error', expect.stringContaining(message)]]);
    expect(gateway?.asked).toHaveLength(1);
  });

  it('does not ask again for minutes where no worker answered', async () => {
    const body = { error: { code: 'worker-silent', message: 'No worker answered for o/r#7 within 70 s' } };
    const ran = await run(() => ({ status: 503, body }));
    expect(ran.code).toBe(1);
    expect(ran.annotations).toEqual([['error', expect.stringContaining('No worker answered for o/r#7')]]);
    expect(gateway?.asked).toHaveLength(1);
  });

  it('goes on waiting while the gateway is away for a moment', async () => {
    const ran = await run(
      (asked, count) => (count === 2 ? { status: 502, body: 'Bad Gateway' } : answers(ready)(asked)),
      { inputs: { wait: '1m' } },
    );
    expect(ran).toMatchObject({ code: 0, outputs: { phase: 'ready' } });
  });

  it('does not obey what a preview says', async () => {
    const failure = 'ui says ::error::hello\n::set-output name=url::https://evil.example ##[add-path]/evil';
    const status = previewStatus({ phase: 'failed', reason: failure, liveCommit: null });
    const ran = await run(answers({ ...ready, status }), { inputs: { wait: '1m' } });
    expect(ran.code).toBe(1);
    expect(ran.annotations).toHaveLength(1);
    expect(ran.log).not.toMatch(/^\s*::(?!error title=|debug::)|##\[/m);
    expect(ran.outputs['url']).toBe('');
  });
});

describe('without what it needs', () => {
  it('says that the job may not have a token, and what gives it one', async () => {
    const { code, annotations } = await runAction({
      repository: 'example/videocall',
      event: opened,
      inputs: { endpoint: 'https://previews.invalid' },
    });
    expect(code).toBe(1);
    expect(annotations).toEqual([['error', expect.stringContaining('permissions: id-token: write')]]);
  });

  it('says what GitHub says where it gives no token', async () => {
    const ran = await runAction({
      repository: 'example/videocall',
      event: opened,
      inputs: { endpoint: 'https://previews.invalid' },
      env: { ...tokens.env, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'another' },
    });
    expect(ran.code).toBe(1);
    expect(ran.annotations).toEqual([
      [
        'error',
        expect.stringMatching(
          /^GitHub gives no OIDC token for the audience https:\/\/previews\.invalid: .*401/,
        ),
      ],
    ]);
  });

  it('names the address of a gateway that is away, and what to look at', async () => {
    const { code, annotations, tookMs } = await runAction({
      repository: 'example/videocall',
      event: opened,
      inputs: { endpoint: 'http://127.0.0.1:1' },
      env: tokens.env,
    });
    expect(code).toBe(1);
    expect(annotations).toEqual([
      [
        'error',
        expect.stringMatching(
          /^The gateway at http:\/\/127\.0\.0\.1:1 does not answer: .*(ECONNREFUSED|bad port).* this runner reach it\?$/,
        ),
      ],
    ]);
    expect(tookMs).toBeLessThan(40_000);
  });

  it('names the address of a Temporal that is away, and what to look at', async () => {
    const { code, annotations } = await runAction({
      repository: 'example/videocall',
      event: opened,
      inputs: { 'temporal-address': '127.0.0.1:1' },
    });
    expect(code).toBe(1);
    expect(annotations).toEqual([
      [
        'error',
        expect.stringMatching(
          /^Temporal at 127\.0\.0\.1:1, namespace default does not answer\. .*TEMPORAL_ADDRESS.*"temporal-address".*"endpoint"/,
        ),
      ],
    ]);
  });

  it('tells all that is wrong with its inputs at once, and sends nothing', async () => {
    const { code, annotations } = await runAction({
      repository: 'example/videocall',
      event: opened,
      inputs: { command: 'deplyo', wait: 'long' },
    });
    expect(code).toBe(1);
    expect(annotations).toEqual([
      [
        'error',
        expect.stringMatching(
          /^The inputs cannot be used; nothing was sent\.\n- command: .*\n- wait: .*\n- endpoint or temporal-address: /,
        ),
      ],
    ]);
  });

  it.each<[string, GitHubEvent, string]>([
    ['a push', { name: 'push', payload: {} }, 'nothing follows from an event `push`'],
    ['another action', pullRequestEvent(ref, 'assigned'), 'nothing follows from `assigned`'],
    [
      'a comment on an issue',
      { ...commentEvent(ref, { id: 1, author: 'alice', body: '/preview' }), payload: issueComment() },
      'not on a pull request',
    ],
  ])('%s is ignored with a note, and sent nowhere', async (_what, event, reason) => {
    const inputs = { endpoint: 'https://previews.invalid' };
    const { code, annotations } = await runAction({ repository: 'example/videocall', event, inputs });
    expect(code).toBe(0);
    expect(annotations).toEqual([['notice', expect.stringContaining(reason)]]);
  });

  it.each<[string, GitHubEvent, { inputs: Record<string, string>; reason: string }]>([
    [
      'an event that is cut',
      { name: 'pull_request', payload: { action: 'opened' } },
      { inputs: {}, reason: 'this is no event `pull_request` of GitHub' },
    ],
    [
      'a wish without a number in a run by hand',
      dispatchEvent(ref),
      { inputs: { command: 'deploy' }, reason: 'number: wanted the number of a pull request' },
    ],
    [
      'images without a commit in a run by hand',
      dispatchEvent(ref),
      {
        inputs: { command: 'images', images: 'ui=not-built', number: '7' },
        reason: 'commit: wanted the commit of the images',
      },
    ],
  ])('%s does not say enough, which fails', async (_what, event, { inputs, reason }) => {
    const { code, annotations } = await runAction({
      repository: 'example/videocall',
      event,
      inputs: { endpoint: 'https://previews.invalid', ...inputs },
    });
    expect(code).toBe(1);
    expect(annotations).toEqual([['error', expect.stringContaining(reason)]]);
  });
});

function issueComment(): unknown {
  const { payload } = commentEvent(ref, { id: 1, author: 'alice', body: '/preview' });
  return { ...(payload as object), issue: { number: 7 } };
}
