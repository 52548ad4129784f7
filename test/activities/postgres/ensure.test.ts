import { CancelledFailure } from '@temporalio/common';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connect } from '../../../activities/postgres/clients.ts';
import { createConnect } from '../../../activities/postgres/clients.ts';
import { activityEnvironment } from '../environment.ts';
import type { Fixture, TestPreview } from './fixture.ts';
import { breakableWay, createFixture, holdOpen, queryAs, watched } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture();
});
afterAll(async () => await fixture.close());

async function works(preview: TestPreview): Promise<void> {
  const url = fixture.url(preview);
  await queryAs(url, 'CREATE TABLE IF NOT EXISTS t (x int); INSERT INTO t VALUES (1)');
  const [row] = await queryAs<{ db: string; role: string }>(
    url,
    'SELECT current_database() AS db, current_user AS role',
  );
  expect(row).toEqual({ db: preview.name, role: preview.name });
}

async function comments(name: string): Promise<{ database: string | null; role: string | null }> {
  const [row] = await fixture.sql<{ database: string | null; role: string | null }>(
    `SELECT (SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1) AS database,
            (SELECT shobj_description(oid, 'pg_authid') FROM pg_authid WHERE rolname = $1) AS role`,
    [name],
  );
  return row!;
}

describe('ensureDatabase', () => {
  it('makes a role, a database of that name and a secret with a URL that logs in', async () => {
    const preview = fixture.preview();
    expect(await fixture.ensure(preview)).toEqual({ created: true });
    await works(preview);
    const mark = `{"platform":"pg-test","repositoryId":4711,"owner":"example","repository":"videocall","number":${preview.number}}`;
    const { database, role } = await comments(preview.name);
    expect(database).toBe(mark);
    expect(role).toMatch(new RegExp(`^${mark.slice(0, -1)},"createdAt":"[^"]+Z"}$`));
  });

  it('writes a URL whose password is 32 random bytes as base64url, with the parameters of the platform', async () => {
    const preview = fixture.preview({ parameters: { sslmode: 'disable', application_name: 'a&b c' } });
    await fixture.ensure(preview);
    const url = new URL(fixture.url(preview));
    expect(url.password).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(Object.fromEntries(url.searchParams)).toEqual({ sslmode: 'disable', application_name: 'a&b c' });
  });

  it('keeps database, rows and password when it runs again', async () => {
    const preview = fixture.preview();
    await fixture.ensure(preview);
    await works(preview);
    const before = fixture.url(preview);
    expect(await fixture.ensure(preview)).toEqual({ created: false });
    expect(fixture.url(preview)).toBe(before);
    expect(await queryAs(before, 'SELECT x FROM t')).toEqual([{ x: 1 }]);
  });

  it('keeps connections open that were there before an update', async () => {
    const preview = fixture.preview();
    await fixture.ensure(preview);
    const held = await holdOpen(fixture.url(preview));
    await fixture.ensure(preview);
    await expect(held.query('SELECT 1 AS one')).resolves.toMatchObject({ rows: [{ one: 1 }] });
    await held.end();
  });

  it('settles on one password when ten run at once', async () => {
    const preview = fixture.preview();
    const results = await Promise.all(Array.from({ length: 10 }, () => fixture.ensure(preview)));
    expect(results.filter(({ created }) => created)).toHaveLength(1);
    await works(preview);
  });

  it('makes ten different previews at once', async () => {
    const previews = Array.from({ length: 10 }, () => fixture.preview());
    await Promise.all(previews.map((preview) => fixture.ensure(preview)));
    for (const preview of previews) await works(preview);
  });

  it('lets the role have the password of the secret when the two differ', async () => {
    const preview = fixture.preview();
    await fixture.ensure(preview);
    const before = fixture.url(preview);
    await fixture.sql(`ALTER ROLE "${preview.name}" PASSWORD 'changed-by-hand'`);
    await fixture.ensure(preview);
    expect(fixture.url(preview)).toBe(before);
    await works(preview);
  });

  it('makes a new password when the secret is gone or holds something else', async () => {
    const preview = fixture.preview();
    await fixture.ensure(preview);
    const before = fixture.url(preview);
    fixture.secrets.set(`preview-${preview.number}/database`, {
      url: 'postgres://somebody:short@elsewhere/db',
    });
    await fixture.ensure(preview);
    expect(fixture.url(preview)).not.toBe(before);
    await works(preview);
    await expect(queryAs(before, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('rewrites the URL with the same password when the platform moves the server', async () => {
    const preview = fixture.preview();
    await fixture.ensure(preview);
    const { password } = new URL(fixture.url(preview));
    fixture.secrets.set(`preview-${preview.number}/database`, {
      url: `postgres://${preview.name}:${password}@old.example:5432/${preview.name}`,
    });
    await fixture.ensure(preview);
    expect(new URL(fixture.url(preview)).password).toBe(password);
    await works(preview);
  });

  it('gives a database back to pods whose role was dropped under them', async () => {
    const preview = fixture.preview();
    await fixture.ensure(preview);
    const before = fixture.url(preview);
    await fixture.drop(preview);
    expect(await fixture.ensure(preview)).toEqual({ created: true });
    expect(fixture.url(preview)).toBe(before);
    await works(preview);
  });

  it('makes a database again whose drop was interrupted', async () => {
    const preview = fixture.preview();
    await fixture.ensure(preview);
    await fixture.sql('UPDATE pg_database SET datconnlimit = -2 WHERE datname = $1', [preview.name]);
    expect(await fixture.ensure(preview)).toEqual({ created: true });
    await works(preview);
  });
});

describe('the role of a preview', () => {
  it('has its rows in its own database and nowhere else', async () => {
    const preview = fixture.preview();
    await fixture.ensure(preview);
    const table = `rows_of_${preview.number}`;
    await queryAs(fixture.url(preview), `CREATE TABLE ${table} (x int); INSERT INTO ${table} VALUES (1)`);
    const databases = await fixture.sql<{ name: string }>(
      'SELECT datname AS name FROM pg_database WHERE datallowconn',
    );
    const found: string[] = [];
    for (const { name } of databases) {
      const url = new URL(fixture.server.superuserUrl);
      url.pathname = `/${name}`;
      // another test may be dropping its database just now
      const tables = await queryAs(url.href, `SELECT FROM pg_class WHERE relname = '${table}'`).catch(
        () => [],
      );
      if (tables.length > 0) found.push(name);
    }
    expect(found).toEqual([preview.name]);
    const elsewhere = new URL(fixture.url(preview));
    elsewhere.pathname = '/postgres';
    await expect(queryAs(elsewhere.href, `CREATE TABLE ${table} (x int)`)).rejects.toMatchObject({
      code: '42501',
    });
  });

  it('is refused by the database of another preview', async () => {
    const [one, other] = [fixture.preview(), fixture.preview()];
    await fixture.ensure(one);
    await fixture.ensure(other);
    const url = new URL(fixture.url(other));
    url.pathname = `/${one.name}`;
    await expect(queryAs(url.href, 'SELECT 1')).rejects.toMatchObject({ code: '42501' });
  });

  it('may neither create databases and roles nor hold more connections than its limit', async () => {
    const preview = fixture.preview({ connectionLimit: 2 });
    await fixture.ensure(preview);
    const url = fixture.url(preview);
    await expect(queryAs(url, `CREATE DATABASE "${preview.name}_2"`)).rejects.toMatchObject({
      code: '42501',
    });
    await expect(queryAs(url, `CREATE ROLE "${preview.name}_2"`)).rejects.toMatchObject({ code: '42501' });
    const held = [await holdOpen(url), await holdOpen(url)];
    await expect(queryAs(url, 'SELECT 1')).rejects.toMatchObject({ code: '53300' });
    for (const client of held) await client.end();
  });

  it('cannot change the mark that says whose it is', async () => {
    const preview = fixture.preview();
    await fixture.ensure(preview);
    const forged = `COMMENT ON ROLE "${preview.name}" IS '{}'`;
    await expect(queryAs(fixture.url(preview), forged)).rejects.toMatchObject({ code: '42501' });
  });

  it('has its statements and idle transactions ended after five minutes', async () => {
    const preview = fixture.preview();
    await fixture.ensure(preview);
    const shown = `SELECT current_setting('statement_timeout') AS a, current_setting('idle_in_transaction_session_timeout') AS b`;
    expect(await queryAs(fixture.url(preview), shown)).toEqual([{ a: '5min', b: '5min' }]);
  });
});

describe('ensureDatabase that is stopped half way', () => {
  /** Runs it and stops it by `stop` when `step` statements and touches of the secret have happened; false when it got through. */
  async function stopAt(
    preview: TestPreview,
    step: number,
    stop: (end: () => void, client: Client | undefined) => void,
  ) {
    const environment = activityEnvironment();
    let steps = 0;
    let latest: Client | undefined;
    const count = (): void => {
      steps += 1;
      if (steps === step) stop(() => environment.cancel(), latest);
    };
    const connect = watched(async (login) => (latest = await fixture.connect(login)), count);
    const activities = fixture.activities({ connect, onSecret: count });
    const ended = await environment.run(activities.ensureDatabase, { plan: preview.reference }).then(
      () => null,
      (error: unknown) => error,
    );
    return { through: steps < step, ended };
  }

  it('is finished by the next run, whichever step it was cancelled at, and throws the cancellation', async () => {
    let stopped = 0;
    for (let step = 1; ; step += 1) {
      const preview = fixture.preview();
      const { through, ended } = await stopAt(preview, step, (cancel) => cancel());
      if (through) break;
      // The last statement may be done by the time the cancellation arrives.
      if (ended !== null) expect(ended, `step ${step}`).toBeInstanceOf(CancelledFailure);
      stopped += 1;
      await fixture.ensure(preview);
      await works(preview);
      expect((await comments(preview.name)).database).not.toBeNull();
    }
    expect(stopped).toBeGreaterThan(12);
  });

  it('is finished by the next run, whichever step its connection died at', async () => {
    for (let step = 1; ; step += 1) {
      const preview = fixture.preview();
      const { through, ended } = await stopAt(preview, step, (_, client) =>
        (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy(),
      );
      if (through) break;
      if (ended !== null)
        expect(ended, `step ${step}`).toMatchObject({ type: 'DatabaseUnavailable', nonRetryable: false });
      await fixture.ensure(preview);
      await works(preview);
    }
  });

  it('can be taken away, whichever step it was cancelled at', async () => {
    for (let step = 1; ; step += 1) {
      const preview = fixture.preview();
      if ((await stopAt(preview, step, (cancel) => cancel())).through) break;
      expect(await fixture.drop(preview), `step ${step}`).toMatchObject({ state: 'absent' });
      expect(await fixture.sql('SELECT FROM pg_roles WHERE rolname = $1', [preview.name])).toEqual([]);
      expect(await fixture.sql('SELECT FROM pg_database WHERE datname = $1', [preview.name])).toEqual([]);
    }
  });

  it('stops waiting for its turn at once when it is cancelled', async () => {
    const preview = fixture.preview();
    const holder = await fixture.connect();
    await holder.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [`pr-preview:${preview.name}`]);
    const environment = activityEnvironment();
    const tries = { count: 0 };
    const connect = watched(fixture.connect, (text) => {
      if (!text.includes('pg_try_advisory_lock')) return;
      tries.count += 1;
      if (tries.count === 3) environment.cancel();
    });
    const run = environment.run(fixture.activities({ connect }).ensureDatabase, { plan: preview.reference });
    await expect(run).rejects.toBeInstanceOf(CancelledFailure);
    await holder.end();
    expect(await fixture.sql('SELECT FROM pg_roles WHERE rolname = $1', [preview.name])).toEqual([]);
  });
});

describe('what is not ours', () => {
  it('is left alone when the role belongs to another preview, which the refusal names', async () => {
    const preview = fixture.preview();
    await fixture.sql(`CREATE ROLE "${preview.name}" LOGIN`);
    const mark = JSON.stringify({ ...preview.owner, repositoryId: 99, repository: 'other' });
    await fixture.sql(`COMMENT ON ROLE "${preview.name}" IS '${mark}'`);
    const refused = fixture.ensure(preview);
    await expect(refused).rejects.toMatchObject({ type: 'DatabaseNotOurs', nonRetryable: true });
    await expect(refused).rejects.toThrow(
      `example/other#${preview.number} of platform "pg-test" (repository id 99)`,
    );
    expect(await fixture.sql('SELECT FROM pg_database WHERE datname = $1', [preview.name])).toEqual([]);
    expect(fixture.url(preview)).toBe('no secret');
  });

  it('is left alone when the database carries no mark', async () => {
    const preview = fixture.preview();
    await fixture.sql(`CREATE DATABASE "${preview.name}"`);
    await expect(fixture.ensure(preview)).rejects.toThrow(
      `Database "${preview.name}" carries no owner mark of ours and is owned by role "${new URL(fixture.server.superuserUrl).username}"`,
    );
    expect(await fixture.sql('SELECT FROM pg_roles WHERE rolname = $1', [preview.name])).toEqual([]);
  });

  it('is left alone when another platform made the database', async () => {
    const preview = fixture.preview();
    await fixture.ensure(preview);
    const mark = JSON.stringify({ ...preview.owner, platform: 'staging' });
    await fixture.sql(`COMMENT ON DATABASE "${preview.name}" IS '${mark}'`);
    await fixture.sql(`COMMENT ON ROLE "${preview.name}" IS '${mark}'`);
    await expect(fixture.ensure(preview)).rejects.toThrow('of platform "staging"');
    expect((await comments(preview.name)).database).toBe(mark);
  });

  it("stays ours when the preview's own code forges the mark of its database", async () => {
    const preview = fixture.preview();
    await fixture.ensure(preview);
    const forged = JSON.stringify({ ...preview.owner, platform: 'staging' });
    await fixture.sql(`COMMENT ON DATABASE "${preview.name}" IS '${forged}'`);
    await fixture.ensure(preview);
    expect((await comments(preview.name)).database).toBe(JSON.stringify(preview.owner));
  });

  it('is found out when it appears between looking and creating', async () => {
    const preview = fixture.preview();
    const beaten: Connect = async (login) => {
      const client = await fixture.connect(login);
      const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
      client.query = (async (...args: unknown[]) => {
        if (String(args[0]).startsWith('CREATE ROLE')) await fixture.sql(`CREATE ROLE "${preview.name}"`);
        return await query(...args);
      }) as unknown as typeof client.query;
      return client;
    };
    await expect(fixture.ensure(preview, fixture.activities({ connect: beaten }))).rejects.toMatchObject({
      type: 'DatabaseNotOurs',
    });
  });
});

describe('a server that does not do as asked', () => {
  it('is a transient failure while it is away, and the run after that succeeds', async () => {
    const preview = fixture.preview();
    const way = await breakableWay(fixture.server.adminUrl);
    const activities = fixture.activities({ connect: createConnect(way.url) });
    way.cut();
    await expect(fixture.ensure(preview, activities)).rejects.toMatchObject({
      type: 'DatabaseUnavailable',
      nonRetryable: false,
    });
    way.mend();
    expect(await fixture.ensure(preview, activities)).toEqual({ created: true });
    await works(preview);
    await way.close();
  });

  it('is a permanent failure when the admin may not create roles', async () => {
    const preview = fixture.preview();
    const weak = `${preview.name}_weak`;
    await fixture.sql(`CREATE ROLE "${weak}" LOGIN CREATEDB PASSWORD 'weak-password'`);
    await fixture.sql(`GRANT CONNECT ON DATABASE postgres TO "${weak}"`);
    const url = new URL(fixture.server.adminUrl);
    url.username = weak;
    url.password = 'weak-password';
    const refused = fixture.ensure(preview, fixture.activities({ connect: createConnect(url.href) }));
    await expect(refused).rejects.toMatchObject({ type: 'DatabaseDenied', nonRetryable: true });
    await expect(refused).rejects.toThrow(/permission denied to create role.*42501.*CREATEDB and CREATEROLE/);
    await fixture.sql(`REVOKE CONNECT ON DATABASE postgres FROM "${weak}"`);
    await fixture.sql(`DROP ROLE "${weak}"`);
  });

  it('is a permanent failure when the admin cannot log in, and the password stays out of it', async () => {
    const url = new URL(fixture.server.adminUrl);
    url.password = 'a-very-secret-word';
    const refused = fixture.ensure(
      fixture.preview(),
      fixture.activities({ connect: createConnect(url.href) }),
    );
    const error: unknown = await refused.catch((error: unknown) => error);
    expect(error).toMatchObject({ type: 'DatabaseDenied' });
    expect(inspectAll(error)).not.toContain('a-very-secret-word');
  });

  it('never gets the password in a statement', async () => {
    const preview = fixture.preview();
    const sent: string[] = [];
    const connect = watched(
      fixture.connect,
      (text, values) => void sent.push(text, JSON.stringify(values ?? [])),
    );
    await fixture.ensure(preview, fixture.activities({ connect }));
    expect(sent.length).toBeGreaterThan(10);
    expect(sent.join('\n')).not.toContain(new URL(fixture.url(preview)).password);
    await works(preview);
  });

  it('repeats nothing of an admin URL that is none', () => {
    let error: unknown;
    try {
      createConnect('https://admin:hidden-word@example.com/');
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ type: 'DatabaseDenied' });
    expect(inspectAll(error)).not.toContain('hidden-word');
  });
});

describe('a database copied from a template', () => {
  async function createTemplate(name: string): Promise<void> {
    await fixture.sql(`CREATE DATABASE "${name}" OWNER "${new URL(fixture.server.adminUrl).username}"`);
    const url = new URL(fixture.server.adminUrl);
    url.pathname = `/${name}`;
    await queryAs(
      url.href,
      `CREATE SCHEMA app; CREATE TYPE app.kind AS ENUM ('a'); CREATE DOMAIN app.word AS text;
       CREATE TABLE app.t (id serial PRIMARY KEY, kind app.kind); INSERT INTO app.t (kind) VALUES ('a');
       CREATE VIEW app.v AS SELECT * FROM app.t; CREATE SEQUENCE app.s;
       CREATE FUNCTION app.f(int) RETURNS int LANGUAGE sql AS 'SELECT $1'`,
    );
  }

  it('holds the rows of the template, and the role may alter everything in it', async () => {
    const template = `template_${fixture.preview().number}`;
    await createTemplate(template);
    const preview = fixture.preview({ template });
    try {
      await fixture.ensure(preview);
      const url = fixture.url(preview);
      expect(await queryAs(url, 'SELECT kind FROM app.v')).toEqual([{ kind: 'a' }]);
      await queryAs(
        url,
        `ALTER TABLE app.t ADD COLUMN more int; ALTER TYPE app.kind RENAME TO kind2; DROP FUNCTION app.f(int);
         DROP VIEW app.v; DROP SEQUENCE app.s; DROP DOMAIN app.word; INSERT INTO app.t (kind) VALUES ('a'); DROP SCHEMA app CASCADE`,
      );
      expect(await fixture.ensure(preview)).toEqual({ created: false });
      expect(await fixture.drop(preview)).toMatchObject({ state: 'absent' });
    } finally {
      await fixture.sql(`DROP DATABASE "${template}" WITH (FORCE)`);
    }
  });

  it('is waited for as busy while somebody is connected to the template', async () => {
    const template = `template_${fixture.preview().number}`;
    await createTemplate(template);
    const url = new URL(fixture.server.adminUrl);
    url.pathname = `/${template}`;
    const held = await holdOpen(url.href);
    try {
      await expect(fixture.ensure(fixture.preview({ template }))).rejects.toMatchObject({
        type: 'DatabaseBusy',
        nonRetryable: false,
      });
    } finally {
      await held.end();
      await fixture.sql(`DROP DATABASE "${template}" WITH (FORCE)`);
    }
  });

  it('is refused by name when the template does not exist', async () => {
    const refused = fixture.ensure(fixture.preview({ template: 'no_such_template' }));
    await expect(refused).rejects.toMatchObject({ type: 'DatabaseDenied' });
    await expect(refused).rejects.toThrow('"no_such_template" of the platform config does not exist');
  });
});

function inspectAll(error: unknown): string {
  const parts: string[] = [];
  for (let current = error; current instanceof Error; current = current.cause) {
    parts.push(String(current.stack), JSON.stringify(current));
  }
  return parts.join('\n');
}
