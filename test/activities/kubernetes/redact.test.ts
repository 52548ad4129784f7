import { assert, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Secret } from '../../../activities/kubernetes/resources.ts';
import { tidyLog } from '../../../activities/kubernetes/logs.ts';
import { redactSecrets } from '../../../activities/kubernetes/redact.ts';

function secret(name: string, data: Record<string, string>): Secret {
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  return { metadata: { name }, data: Object.fromEntries(encoded) as Record<string, string> };
}

describe('Redacting', () => {
  const redact = redactSecrets([
    secret('db', { url: 'postgres://role:p%40ss%2Fword@db:5432/x?sslmode=require' }),
    secret('jwt', { key: 'a&b=c d/e+f', short: 'yes' }),
    secret('tls', { 'tls.key': '-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----\n' }),
    secret('pull', {
      '.dockerconfigjson': '{"auths":{"ghcr.io":{"username":"bot","password":"ghp_token1"}}}',
    }),
    secret('longer', { key: 'a&b=c d/e+f and more' }),
  ]);

  test.for([
    ['a value as it is', 'key=a&b=c d/e+f.', 'key=[secret jwt/key].'],
    ['a value in a URL', 'q=a%26b%3Dc%20d%2Fe%2Bf', 'q=[secret jwt/key]'],
    ['a value in a form', 'q=a%26b%3Dc+d%2Fe%2Bf', 'q=[secret jwt/key]'],
    ['a value in base64', 'k: YSZiPWMgZC9lK2Y=', 'k: [secret jwt/key]'],
    ['a longer value that begins like a shorter', 'a&b=c d/e+f and more', '[secret longer/key]'],
    ['the password within a URL', 'auth failed for "p@ss/word"', 'auth failed for "[secret db/url]"'],
    [
      'a line of a value of several lines',
      'bad key MIIEvQIBADANBg here',
      'bad key [secret tls/tls.key] here',
    ],
    ['a password within JSON', 'login bot ghp_token1', 'login bot [secret pull/.dockerconfigjson]'],
    ['short words are left alone', 'yes, it is', 'yes, it is'],
    ['other text is left alone', 'listening on :8080', 'listening on :8080'],
  ] as const)('%s', ([, text, expected]) => {
    expect(redact(text)).toBe(expected);
  });

  test('without secrets a text stays as it is', () => {
    expect(redactSecrets([])('a text')).toBe('a text');
  });

  test('whatever a value is, neither it nor its encodings are left in a text', () => {
    const value = string({ minLength: 4, unit: 'grapheme' }).filter(
      (text) => text.trim().length >= 4 && text.isWellFormed(),
    );
    assert(
      property(value, string(), string(), (value, before, after) => {
        const forms = [value, encodeURIComponent(value), Buffer.from(value).toString('base64')];
        const redact = redactSecrets([secret('s', { k: value })]);
        for (const form of forms) expect(redact(`${before}${form}${after}`)).toContain('[secret s/k]');
      }),
    );
  });

  test('a log is redacted before its lines are cut, and again without its colours', () => {
    const value = 'k'.repeat(50);
    const redact = redactSecrets([secret('s', { k: value })]);
    const coloured = `\u001b[31m${value.slice(0, 20)}\u001b[0m${value.slice(20)}`;
    const lines = tidyLog(`${'x'.repeat(380)}${value}\n${coloured}\n`, redact);
    expect(lines).toEqual([`${'x'.repeat(380)}[secret s/k]`, '[secret s/k]']);
  });

  test('of a long log the end is kept', () => {
    const lines = tidyLog(
      `${Array.from({ length: 50 }, (_, line) => `${line} ${'x'.repeat(600)}`).join('\n')}\n`,
      String,
    );
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.join('\n').length).toBeLessThan(4_500);
    expect(lines.at(-1)).toMatch(/^49 x+…$/);
  });
});
