import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { examineRegistries } from '../../../../client/cli/doctor/registries.ts';
import type { Finding } from '../../../../domain/diagnosis.ts';
import { closedUrl, registryUrl, serve } from '../../../activities/registry/support.ts';
import { platform } from '../../../config/samples.ts';

const never = new AbortController().signal;
const host = 'ghcr.example';
const password = 'canary-password';
const basic = (word: string): string => `Basic ${Buffer.from(`me:${word}`).toString('base64')}`;

/** Finds of one registry, with a login of the user `me`. */
async function findings(url: string, env: Record<string, string> = {}): Promise<readonly Finding[]> {
  const folder = await mkdtemp(join(tmpdir(), 'pr-preview-doctor-registries-'));
  onTestFinished(async () => await rm(folder, { recursive: true }));
  const file = join(folder, 'config.json');
  await writeFile(file, JSON.stringify({ auths: { [host]: { username: 'me', password } } }));
  return await examineRegistries(
    {
      platform: platform(`registries: [{ host: ${host}, url: '${url}' }]`),
      env: { REGISTRY_AUTH_FILE: file, ...env },
    },
    never,
  );
}

/** A registry that hands tokens out, as ghcr.io does, to who has the password; they are for no repository. */
async function tokenRegistry(right: string) {
  const served = await serve((asked, response) => {
    const { authorization } = asked.headers;
    if (asked.url?.startsWith('/token'))
      response.writeHead(authorization === basic(right) ? 200 : 403).end(JSON.stringify({ token: 'right' }));
    else if (authorization === 'Bearer right') response.end('{}');
    else
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${served.url}/token",service="s"` }).end();
  });
  return served;
}

describe('the login at a registry', () => {
  it('is tried where tokens are handed out', async () => {
    const { url, asked } = await tokenRegistry(password);
    expect(await findings(url)).toMatchObject([
      { verdict: 'good', text: `${host} answers, and accepts the login of user me` },
    ]);
    expect(asked.map((one) => one.url)).toEqual(['/v2/', '/token?service=s', '/v2/']);
  });

  it('is wrong, and says so without the password', async () => {
    const { url } = await tokenRegistry('another');
    const found = await findings(url);
    expect(found).toMatchObject([{ verdict: 'bad' }]);
    expect(found[0]?.text).toContain(`${host} does not accept our login`);
    expect(found[0]?.advice).toContain('REGISTRY_AUTH_FILE');
    expect(JSON.stringify(found)).not.toContain(password);
  });

  it.each([
    [password, 'good', `${host} answers, and accepts the login of user me`],
    ['another', 'bad', `${host} does not accept the login of user me: it answers 401`],
  ])('is tried where the registry takes the password itself: %s is %s', async (right, verdict, text) => {
    const { url } = await serve((asked, response) => {
      if (asked.headers.authorization === basic(right)) response.end('{}');
      else response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
    });
    const found = await findings(url);
    expect(found).toMatchObject([{ verdict, text }]);
    expect(JSON.stringify(found)).not.toContain(password);
  });

  it('is not judged by a registry that asks nobody who they are', async () => {
    expect(await findings(registryUrl())).toMatchObject([{ verdict: 'unknown' }]);
  });

  it('is not judged where the registry is not reached', async () => {
    const url = await closedUrl();
    expect(await findings(url)).toMatchObject([{ verdict: 'unknown' }]);
    expect(await findings(url, { KUBERNETES_SERVICE_HOST: '10.0.0.1' })).toMatchObject([{ verdict: 'bad' }]);
  });
});
