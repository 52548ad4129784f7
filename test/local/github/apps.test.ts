import { createSign, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MadeApp } from '../../../local/github/control.ts';
import { startGitHub } from '../../../local/github/server.ts';
import type { GitHubStandIn } from '../../../local/github/server.ts';

let github: GitHubStandIn;
let app: MadeApp;
let installation: number;
beforeAll(async () => {
  github = await startGitHub({ port: 0 });
  for (const [owner, name] of [
    ['example', 'open'],
    ['example', 'left-out'],
    ['other', 'open'],
  ] as const) {
    await github.control.createRepository({ owner, name, private: name === 'left-out' });
    await github.control.commit({ owner, repo: name, files: { 'a.txt': 'a' } });
  }
  app = await github.control.createApp({ slug: 'robot', owner: 'example' });
  ({ id: installation } = await github.control.installApp({
    appId: app.id,
    account: 'example',
    repositories: ['open'],
  }));
});
afterAll(() => github.close());

const seconds = () => Math.floor(Date.now() / 1000);

function jwt({
  key = app.privateKey,
  alg = 'RS256',
  ...claims
}: Record<string, unknown> & { key?: string } = {}) {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = { iat: seconds() - 30, exp: seconds() + 500, iss: app.id, ...claims };
  const signed = `${part({ alg, typ: 'JWT' })}.${part(body)}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key).toString('base64url')}`;
}

/** @param body sent by POST; without one it is a GET. */
async function ask(path: string, token: string, body?: unknown) {
  const answer = await fetch(`${github.url}${path}`, {
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: answer.status, data: (await answer.json()) as Record<string, unknown> };
}

const tokenOf = async (id = installation) =>
  String((await ask(`/app/installations/${id}/access_tokens`, jwt(), {})).data['token']);

describe('an App', () => {
  it('logs in by what its key signs, under its id or its client id', async () => {
    const about = { status: 200, data: { id: app.id, slug: 'robot', owner: { login: 'example' } } };
    expect(await ask('/app', jwt())).toMatchObject(about);
    expect(await ask('/app', jwt({ iss: app.clientId }))).toMatchObject(about);
    expect(await ask('/app/installations', jwt())).toMatchObject({ data: [{ id: installation }] });
    expect(await ask('/repos/example/open/installation', jwt())).toMatchObject({
      data: { id: installation },
    });
  });

  it('is asked for a login that is its own, of now, and not for long', async () => {
    const { privateKey: foreign } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const refused: [string, string][] = [
      [jwt({ key: foreign }), 'could not be decoded'],
      [jwt({ alg: 'none' }), 'could not be decoded'],
      ['eyJ.eyJ.x', 'could not be decoded'],
      [github.token, 'could not be decoded'],
      [jwt({ iss: 4711 }), 'Integration not found'],
      [jwt({ exp: seconds() - 1 }), "'exp') must be a numeric value representing the future"],
      [jwt({ exp: seconds() + 700 }), "'exp') is too far in the future"],
      [jwt({ iat: seconds() + 60 }), "'iat') must be an Integer"],
    ];
    for (const [token, message] of refused)
      expect(await ask('/app', token)).toMatchObject({
        status: 401,
        data: { message: expect.stringContaining(message) },
      });
  });

  it('is nobody where a token is wanted, and knows only where it is installed', async () => {
    expect((await ask('/repos/example/open', jwt())).status).toBe(401);
    expect((await ask('/repos/example/left-out/installation', jwt())).status).toBe(404);
    expect((await ask('/repos/other/open/installation', jwt())).status).toBe(404);
    expect((await ask('/app/installations/4711/access_tokens', jwt(), {})).status).toBe(404);
  });
});

describe("an installation's token", () => {
  it('may write to its repositories only, and see others as everybody does', async () => {
    const token = await tokenOf();
    const deploy = (repository: string) => ask(`/repos/${repository}/deployments`, token, { ref: 'main' });
    expect((await deploy('example/open')).status).toBe(201);
    expect(await deploy('other/open')).toMatchObject({
      status: 403,
      data: { message: 'Resource not accessible by integration' },
    });
    expect((await ask('/repos/other/open', token)).status).toBe(200);
    expect((await ask('/repos/example/left-out', token)).status).toBe(404);
  });

  it('may not ask whose it is, but for the account that the App acts as', async () => {
    const token = await tokenOf();
    expect((await ask('/user', token)).status).toBe(403);
    expect(await ask('/users/robot%5Bbot%5D', token)).toMatchObject({
      data: { login: app.bot, type: 'Bot' },
    });
    expect((await ask('/users/nobody-of-that-name', token)).status).toBe(404);
  });

  it('is no login for an App, ends by control, and with the installation', async () => {
    const token = await tokenOf();
    expect((await ask('/app', token)).status).toBe(401);
    await github.control.expireInstallationTokens();
    expect((await ask('/repos/example/open', token)).status).toBe(401);
    const { id: installationId } = await github.control.installApp({ appId: app.id, account: 'other' });
    const other = await tokenOf(installationId);
    expect((await ask('/repos/other/open', other)).status).toBe(200);
    await github.control.uninstallApp({ installationId });
    expect((await ask('/repos/other/open', other)).status).toBe(401);
  });
});

it('Links to further pages name a repository by its id, and lead on', async () => {
  const headers = { authorization: `Bearer ${github.token}` };
  for (const ref of ['main', 'main']) await ask('/repos/other/open/deployments', github.token, { ref });
  const first = await fetch(`${github.url}/repos/other/open/deployments?per_page=1`, { headers });
  const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
  expect(next).toMatch(/\/repositories\/\d+\/deployments\?per_page=1&page=2$/);
  const second = (await (await fetch(next, { headers })).json()) as { url: string }[];
  expect(second).toMatchObject([{ url: expect.stringContaining('/repos/other/open/deployments/') }]);
});
