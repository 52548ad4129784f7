import { exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { essentialPayload } from '../../../client/events/read-event.ts';
import type { EventsBody } from '../../../client/events/wire.ts';
import { pullRequestPayload } from '../events/payloads.ts';
import { claimsOf, run, runWith } from './ci.ts';
import type { GatewayScene } from './gateways.ts';
import { gatewayScenes } from './gateways.ts';
import { startIssuer } from './issuer.ts';

const all = gatewayScenes();
const { scene, issuer, gitHub } = all;

const event = 'pull_request_target';
const now = () => Math.floor(Date.now() / 1_000);

/** What the run of the tests sends. */
function opened(own: GatewayScene): EventsBody {
  const payload = essentialPayload(event, pullRequestPayload('opened', own.source));
  if (!payload.ok) throw new Error(payload.wrong);
  return { kind: 'event', name: event, payload: payload.value };
}

describe('a token that GitHub did not make for us', () => {
  it.each([
    ['for another audience', { aud: 'https://other.example.com' }, /unexpected "aud"/],
    ['for no audience', { aud: undefined }, /missing required "aud"/],
    ['by another issuer', { iss: 'https://evil.example.com' }, /unexpected "iss"/],
    ['that has expired', { exp: now() - 60 }, /"exp" claim timestamp check failed/],
    ['that never expires', { exp: undefined }, /missing required "exp"/],
    ['that begins later', { nbf: now() + 600 }, /"nbf" claim timestamp check failed/],
    ['without a repository', { repository: undefined }, /repository: Expected text; it is missing/],
    ['without a workflow', { workflow_ref: 'preview' }, /workflow_ref: Expected owner\/name\/\.github/],
    ['with an id that is none', { repository_id: '1e3' }, /repository_id/],
  ])('is refused with 401, and nothing is told: %s', async (_, changes, message) => {
    const own = await scene();
    const { send, ask } = await run(all, own, { event, changes });
    for (const answer of [await send(opened(own)), await ask()]) {
      expect(answer.status).toBe(401);
      expect(answer.body.error).toEqual({ code: 'token', message: expect.stringMatching(message) as string });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
    expect(await own.told()).toEqual([]);
  });

  it.each([
    ['none at all', () => undefined],
    ['not three parts', () => 'abc'],
    ['three parts that are nothing', () => 'a.b.c'],
    [
      'without a signature',
      (claims: object) => new UnsecuredJWT({ ...claims }).setIssuer(issuer().url).encode(),
    ],
    [
      'signed with the public key as a secret',
      async (claims: object) =>
        await new SignJWT({ iss: issuer().url, iat: now(), nbf: now(), exp: now() + 300, ...claims })
          .setProtectedHeader({ alg: 'HS256', kid: 'one' })
          .sign(new TextEncoder().encode(await exportSPKI(issuer().publicKey))),
    ],
    [
      'signed with a key of somebody else under the same name',
      async (claims: object) => {
        const { privateKey } = await generateKeyPair('RS256');
        return await issuer().token(claims, privateKey);
      },
    ],
  ])('is refused with 401: %s', async (_, make) => {
    const own = await scene();
    const token = await make(claimsOf(own, { event }));
    const answer = await runWith(own, token).send(opened(own));
    expect([answer.status, answer.body.error?.code]).toEqual([401, 'token']);
    expect(await own.told()).toEqual([]);
  });

  it('is looked up once among the published keys, not once for each request', async () => {
    const own = await scene();
    const before = issuer().asked();
    const { ask } = await run(all, own, { event });
    for (const _ of [1, 2, 3]) await ask();
    expect(issuer().asked() - before).toBe(1);
  });

  it('cannot be told from a good one while its issuer is away: 503, not 401', async () => {
    const gone = await startIssuer();
    const own = await scene({
      ci: { audience: 'https://previews.example.com', issuer: gone.url, workflowFiles: null },
    });
    const token = await gone.token(claimsOf(own, { event }));
    await gone.close();
    const answer = await runWith(own, token).send(opened(own));
    expect([answer.status, answer.body.error?.code]).toEqual([503, 'issuer-away']);
    expect(answer.headers.get('retry-after')).toBe('5');
  });
});

describe('a run that may not speak', () => {
  it.each<[string, { event?: string; ref?: string; changes?: (own: GatewayScene) => object }, RegExp]>([
    [
      'of a repository that is not allowed',
      { changes: () => ({ repository: 'evil/app' }) },
      /^evil\/app is not among the platform's repositories$/,
    ],
    [
      'of a repository with another id, as one that took the name of one that is gone',
      { changes: () => ({ repository_id: '12345' }) },
      /has the id \d+ now, the token says 12345/,
    ],
    [
      'of another event than it says',
      { event: 'issue_comment' },
      /the run is of issue_comment, the event is/,
    ],
    ['of a schedule', { event: 'schedule' }, /a run of schedule may not do this/],
    [
      'on another branch',
      { ref: 'refs/heads/evil' },
      /speaks on refs\/heads\/main alone, not on refs\/heads\/evil/,
    ],
    [
      'of a workflow of another branch',
      {
        changes: ({ repository }) => ({
          workflow_ref: `${repository}/.github/workflows/preview.yaml@refs/heads/evil`,
        }),
      },
      /the workflow \.github\/workflows\/preview\.yaml is of refs\/heads\/evil/,
    ],
    [
      'of a workflow of somebody else',
      { changes: () => ({ job_workflow_ref: 'evil/app/.github/workflows/x.yaml@refs/heads/main' }) },
      /the workflow evil\/app\/\.github\/workflows\/x\.yaml is not of example/,
    ],
  ])('is refused with 403 and the reason, and nothing is told: %s', async (_, about, reason) => {
    const own = await scene();
    const { send } = await run(all, own, {
      event,
      ...about,
      changes: about.changes?.(own) ?? {},
    });
    const answer = await send(opened(own));
    expect(answer.status).toBe(403);
    expect(answer.body.error).toEqual({
      code: 'forbidden',
      message: expect.stringMatching(reason) as string,
    });
    expect(await own.told()).toEqual([]);
  });

  it('of a workflow file that is not listed is refused', async () => {
    const own = await scene({
      ci: {
        audience: 'https://previews.example.com',
        issuer: issuer().url,
        workflowFiles: ['.github/workflows/other.yaml'],
      },
    });
    const answer = await (await run(all, own, { event })).send(opened(own));
    expect(answer.status).toBe(403);
    expect(answer.body.error?.message).toContain('is not among those that may: .github/workflows/other.yaml');
  });

  it('says an event of another repository, and is refused', async () => {
    const [own, other] = [await scene(), await scene()];
    const { send } = await run(all, own, { event });
    const answer = await send(opened(other));
    expect(answer.status).toBe(403);
    expect(answer.body.error?.message).toContain(`the event is of ${other.repository} (`);
    expect(await other.told()).toEqual([]);
  });

  it('of pull_request is refused where the pull request comes from a fork, whatever the body says', async () => {
    const own = await scene();
    const at = { owner: own.ref.owner, repo: own.ref.repository };
    const by = `fork-${own.ref.repository}`;
    await gitHub().control.createFork({ ...at, by });
    await gitHub().control.commit({ owner: by, repo: at.repo, branch: 'evil', files: { a: 'b' } });
    await gitHub().control.openPullRequest({
      ...at,
      head: `${by}:evil`,
      title: 'Evil',
      author: by,
      number: 8,
    });
    const ref = { ...own.ref, number: 8 };
    const lie = essentialPayload('pull_request', pullRequestPayload('opened', { ...own.source, ref }));
    const { send } = await run(all, own, { event: 'pull_request', ref: 'refs/pull/8/merge' });
    const answer = await send({ kind: 'event', name: 'pull_request', payload: lie.ok && lie.value });
    expect(answer.status).toBe(403);
    expect(answer.body.error?.message).toMatch(/#8 comes from a fork: use pull_request_target/);
    const unknown = await run(all, own, { event: 'pull_request', ref: 'refs/pull/9/merge' });
    const images = { kind: 'images', number: 9, sha: own.source.sha, images: [] };
    expect((await unknown.send(images)).body.error?.message).toMatch(/there is no pull request .*#9$/);
  });
});
