import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGitHubLogin } from '../../../activities/github/login.ts';

let folder: string;
let file: string;
const pkcs1 = pemOf('rsa', 'pkcs1');
const pkcs8 = pemOf('rsa', 'pkcs8');
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pr-preview-login-'));
  file = join(folder, 'key.pem');
  await writeFile(file, pkcs1);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function pemOf(kind: 'rsa', type: 'pkcs1' | 'pkcs8'): string {
  const publicKeyEncoding = { type: 'spki', format: 'pem' } as const;
  const privateKeyEncoding = { type, format: 'pem' } as const;
  return generateKeyPairSync(kind, { modulusLength: 2048, publicKeyEncoding, privateKeyEncoding }).privateKey;
}

function read(env: Record<string, string>) {
  const problems: string[] = [];
  return { login: readGitHubLogin(env, problems), problems };
}

describe('the login at GitHub', () => {
  it('is a token', () => {
    const app = { GITHUB_APP_ID: '', GITHUB_APP_PRIVATE_KEY: '', GITHUB_APP_INSTALLATION_ID: '' };
    expect(read({ GITHUB_TOKEN: 'ghp_x', ...app })).toEqual({ login: { token: 'ghp_x' }, problems: [] });
  });

  it.each([
    ['as GitHub hands it out', pkcs1],
    ['with line breaks as \\n', pkcs1.replaceAll('\n', String.raw`\n`)],
    ['as PKCS#8', pkcs8],
    ['with blanks around', `\n  ${pkcs1}\n\n`],
  ])('is an App with its key %s', (_, key) => {
    const { login, problems } = read({ GITHUB_APP_ID: '123', GITHUB_APP_PRIVATE_KEY: key });
    expect(problems).toEqual([]);
    const privateKey = expect.stringMatching(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(login).toEqual({ app: { id: '123', privateKey, installationId: null } });
  });

  it('is an App by its client id, with its key in a file and the installation given', () => {
    const { login, problems } = read({
      GITHUB_APP_ID: 'Iv23liABC',
      GITHUB_APP_PRIVATE_KEY_FILE: file,
      GITHUB_APP_INSTALLATION_ID: '77',
    });
    expect(problems).toEqual([]);
    expect(login).toMatchObject({ app: { id: 'Iv23liABC', installationId: 77 } });
  });
});

describe('a login that cannot be used', () => {
  const id = { GITHUB_APP_ID: '1' };
  const ec = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey;

  it.each<[string, Record<string, string>, string[]]>([
    ['no way at all', {}, ['GITHUB_TOKEN is not set']],
    [
      'both ways at once',
      { ...id, GITHUB_TOKEN: 'ghp_x', GITHUB_APP_PRIVATE_KEY: pkcs1 },
      ['GITHUB_TOKEN and GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY are set'],
    ],
    ['an App without a key', id, ['GITHUB_APP_PRIVATE_KEY is not set']],
    ['a key without an App', { GITHUB_APP_PRIVATE_KEY: pkcs1 }, ['GITHUB_APP_ID is not set']],
    [
      'an installation alone',
      { GITHUB_APP_INSTALLATION_ID: '1' },
      ['GITHUB_APP_ID is not set', 'GITHUB_APP_PRIVATE_KEY is not set'],
    ],
    [
      'a key given twice',
      { ...id, GITHUB_APP_PRIVATE_KEY: pkcs1, GITHUB_APP_PRIVATE_KEY_FILE: '/no/key' },
      ['GITHUB_APP_PRIVATE_KEY and GITHUB_APP_PRIVATE_KEY_FILE are both set'],
    ],
    [
      'a file that is not there',
      { ...id, GITHUB_APP_PRIVATE_KEY_FILE: '/no/key' },
      ['GITHUB_APP_PRIVATE_KEY_FILE /no/key cannot be read: ENOENT'],
    ],
    ['what is no key', { ...id, GITHUB_APP_PRIVATE_KEY: 'hunter2' }, ['must hold the RSA private key']],
    [
      'half a key',
      { ...id, GITHUB_APP_PRIVATE_KEY: pkcs1.slice(0, 400) },
      ['GITHUB_APP_PRIVATE_KEY must hold the RSA private key'],
    ],
    ['a key of another kind', { ...id, GITHUB_APP_PRIVATE_KEY: ec }, ['must hold the RSA private key']],
    [
      'everything wrong at once',
      { GITHUB_TOKEN: 't', GITHUB_APP_ID: 'my app', GITHUB_APP_INSTALLATION_ID: 'all' },
      [
        'must be one way to log in',
        'GITHUB_APP_ID must be',
        'GITHUB_APP_INSTALLATION_ID must be',
        'GITHUB_APP_PRIVATE_KEY is not set',
      ],
    ],
  ])('is told in one line for each problem, and no secret: %s', (_, env, expected) => {
    const { problems } = read(env);
    expect(problems).toEqual(expected.map((part) => expect.stringContaining(part)));
    const shown = problems.join('\n');
    for (const secret of ['ghp_x', 'hunter2', pkcs1.slice(40, 90)]) expect(shown).not.toContain(secret);
  });
});
