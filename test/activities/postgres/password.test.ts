import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  databaseUrl,
  newPassword,
  passwordOf,
  scramVerifier,
} from '../../../activities/postgres/password.ts';

const database = {
  name: 'preview_7',
  secret: { name: 'database', key: 'url' },
  host: 'db.internal',
  port: 5432,
  parameters: {},
  connectionLimit: 10,
  template: null,
};

describe('the URL of a database', () => {
  it('reads as pods expect it', () => {
    expect(databaseUrl(database, 'word')).toBe('postgres://preview_7:word@db.internal:5432/preview_7');
  });

  it('gives back any password and parameter that went in', () => {
    const texts = fc.string({ minLength: 1, unit: 'grapheme' });
    fc.assert(
      fc.property(texts, fc.dictionary(fc.stringMatching(/^[a-z_]+$/), texts), (password, parameters) => {
        const url = new URL(databaseUrl({ ...database, parameters }, password));
        expect(decodeURIComponent(url.password)).toBe(password);
        expect(Object.fromEntries(url.searchParams)).toEqual({ ...parameters });
      }),
    );
  });

  it('yields the password that we made', () => {
    const password = newPassword();
    expect(password).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(passwordOf(databaseUrl(database, password))).toBe(password);
  });

  it.each([
    undefined,
    '',
    'nonsense',
    'postgres://preview_7@db/x',
    'postgres://preview_7:short@db/x',
    `postgres://u:${'a'.repeat(50)}%27@db/x`,
  ])('yields no password when it is %s', (url) => expect(passwordOf(url)).toBeNull());
});

describe('scramVerifier', () => {
  it('computes the keys of the example in RFC 7677', () => {
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
    expect(scramVerifier('pencil', salt)).toBe(
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    );
  });
});
