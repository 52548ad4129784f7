import { CancelledFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConnect } from '../../../activities/postgres/clients.ts';
import { openDatabases } from '../../../activities/postgres/open-databases.ts';
import { createPostgres } from '../../../activities/postgres/postgres.ts';
import { activityEnvironment } from '../environment.ts';
import type { Fixture, TestPreview } from './fixture.ts';
import { breakableWay, createFixture, holdOpen, queryAs, watched } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture();
});
afterAll(async () => await fixture.close());

const anySignal = AbortSignal.timeout(600_000);

async function there(name: string): Promise<string[]> {
  const rows = await fixture.sql<{ what: string }>(
    `SELECT 'database' AS what FROM pg_database WHERE datname = $1 UNION ALL SELECT 'role' FROM pg_roles WHERE rolname = $1`,
    [name],
  );
  return rows.map(({ what }) => what);
}

async function made(): Promise<TestPreview> {
  const preview = fixture.preview();
  await fixture.ensure(preview);
  return preview;
}

describe('dropDatabase', () => {
  it('takes database and role away and reads back that they are gone', async () => {
    const preview = await made();
    expect(await fixture.drop(preview)).toEqual({
      state: 'absent',
      detail: `database and role "${preview.name}" are not in the server's catalog`,
      found: true,
    });
    expect(await there(preview.name)).toEqual([]);
  });

  it('succeeds again when nothing is there', async () => {
    const preview = await made();
    await fixture.drop(preview);
    expect(await fixture.drop(preview)).toMatchObject({ state: 'absent', found: false });
    expect(await fixture.drop(fixture.preview())).toMatchObject({ state: 'absent', found: false });
  });

  it('succeeds for a preview without a database, without asking the server', async () => {
    const target = { ...fixture.preview().target, database: null };
    const activities = fixture.activities({ connect: () => Promise.reject(new Error('not to be called')) });
    expect(await activityEnvironment().run(activities.dropDatabase, target)).toMatchObject({
      state: 'absent',
    });
  });

  it('ends the sessions in it, and those of its role elsewhere', async () => {
    const preview = await made();
    const inside = await holdOpen(fixture.url(preview));
    await inside.query('BEGIN; CREATE TABLE t (x int)');
    const elsewhere = new URL(fixture.url(preview));
    // a database that every role may connect to, as Postgres makes them
    elsewhere.pathname = `/${preview.name}_else`;
    await fixture.sql(`CREATE DATABASE "${preview.name}_else"`);
    const other = await holdOpen(elsewhere.href);
    expect(await fixture.drop(preview)).toMatchObject({ state: 'absent' });
    await expect(inside.query('SELECT 1')).rejects.toThrow();
    await expect(other.query('SELECT 1')).rejects.toThrow();
    await fixture.sql(`DROP DATABASE "${preview.name}_else" WITH (FORCE)`);
  });

  it('succeeds for all when ten drop at once', async () => {
    const preview = await made();
    const results = await Promise.all(Array.from({ length: 10 }, () => fixture.drop(preview)));
    expect(new Set(results.map(({ state }) => state))).toEqual(new Set(['absent']));
  });

  it('leaves nothing half made when it runs at once with ensureDatabase', async () => {
    const preview = fixture.preview();
    await Promise.all([
      ...Array.from({ length: 4 }, () => fixture.ensure(preview)),
      ...Array.from({ length: 4 }, () => fixture.drop(preview)),
    ]);
    const left = await there(preview.name);
    if (left.length > 0) {
      expect(left).toEqual(['database', 'role']);
      expect(await queryAs(fixture.url(preview), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    }
  });

  it('finishes a drop that was interrupted', async () => {
    const preview = await made();
    await fixture.sql('UPDATE pg_database SET datconnlimit = -2 WHERE datname = $1', [preview.name]);
    expect(await fixture.drop(preview)).toMatchObject({ state: 'absent' });
    expect(await there(preview.name)).toEqual([]);
  });

  it('is finished by the next run, whichever step it was cancelled at', async () => {
    for (let step = 1; ; step += 1) {
      const preview = await made();
      const environment = activityEnvironment();
      let steps = 0;
      const connect = watched(fixture.connect, () => {
        steps += 1;
        if (steps === step) environment.cancel();
      });
      const ended: unknown = await environment
        .run(fixture.activities({ connect }).dropDatabase, preview.target)
        .then(() => null)
        .catch((error: unknown) => error);
      if (steps < step) break;
      if (ended !== null) expect(ended, `step ${step}`).toBeInstanceOf(CancelledFailure);
      expect(await fixture.drop(preview), `step ${step}`).toMatchObject({ state: 'absent' });
      expect(await there(preview.name)).toEqual([]);
    }
  });

  it('is busy, and says with whom, while a superuser is connected', async () => {
    const preview = await made();
    const url = new URL(fixture.server.superuserUrl);
    url.pathname = `/${preview.name}`;
    const superuser = await holdOpen(`${url.href}?application_name=psql`);
    const refused = fixture.drop(preview);
    await expect(refused).rejects.toMatchObject({ type: 'DatabaseBusy', nonRetryable: false });
    await expect(refused).rejects.toThrow(
      `in use by role "${url.username}" (psql), whose session must end first`,
    );
    await superuser.end();
    expect(await fixture.drop(preview)).toMatchObject({ state: 'absent' });
  });

  it('says what a role owns outside its database', async () => {
    const preview = await made();
    const elsewhere = `${preview.name}_x`;
    await fixture.sql(`CREATE DATABASE "${elsewhere}" OWNER "${preview.name}"`);
    const refused = fixture.drop(preview);
    await expect(refused).rejects.toMatchObject({ type: 'DatabaseDenied' });
    await expect(refused).rejects.toThrow(`owner of database ${elsewhere}`);
    await fixture.sql(`DROP DATABASE "${elsewhere}"`);
    expect(await fixture.drop(preview)).toMatchObject({ state: 'absent' });
  });

  it('waits for nobody when the server is away, and succeeds afterwards', async () => {
    const preview = await made();
    const way = await breakableWay(fixture.server.adminUrl);
    const activities = fixture.activities({ connect: createConnect(way.url) });
    way.cut();
    await expect(fixture.drop(preview, activities)).rejects.toMatchObject({ type: 'DatabaseUnavailable' });
    way.mend();
    expect(await fixture.drop(preview, activities)).toMatchObject({ state: 'absent' });
    await way.close();
  });
});

describe('a database or role of somebody else', () => {
  it('is not touched when it belongs to another pull request, which the answer names', async () => {
    const preview = await made();
    const another = { ...preview.target, repositoryId: 99, repository: 'other' };
    const answer = await activityEnvironment().run(fixture.activities().dropDatabase, another);
    expect(answer).toMatchObject({
      state: 'foreign',
      found: false,
      detail: expect.stringContaining(
        `belongs to example/videocall#${preview.number} of platform "pg-test"`,
      ) as string,
    });
    expect(await there(preview.name)).toEqual(['database', 'role']);
    expect(await queryAs(fixture.url(preview), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('is not touched when it carries no mark', async () => {
    const preview = fixture.preview();
    await fixture.sql(`CREATE ROLE "${preview.name}" LOGIN`);
    await fixture.sql(`CREATE DATABASE "${preview.name}" OWNER "${preview.name}"`);
    expect(await fixture.drop(preview)).toMatchObject({ state: 'foreign' });
    expect(await there(preview.name)).toEqual(['database', 'role']);
    const [role] = await fixture.sql('SELECT rolcanlogin FROM pg_roles WHERE rolname = $1', [preview.name]);
    expect(role).toEqual({ rolcanlogin: true });
  });

  it('is known by the name of the repository while its id is not known', async () => {
    const preview = await made();
    const target = { ...preview.target, repositoryId: null, owner: 'Example', repository: 'VideoCall' };
    const answer = await activityEnvironment().run(fixture.activities().dropDatabase, target);
    expect(answer).toMatchObject({ state: 'absent' });
  });

  it('is still ours after the repository was renamed', async () => {
    const preview = await made();
    const target = { ...preview.target, owner: 'elsewhere', repository: 'renamed' };
    const answer = await activityEnvironment().run(fixture.activities().dropDatabase, target);
    expect(answer).toMatchObject({ state: 'absent' });
  });
});

describe('readDatabase', () => {
  it('tells what is absent, ours, and whose the rest is', async () => {
    const postgres = createPostgres(fixture.connect);
    const preview = fixture.preview();
    expect(await postgres.read(preview.target, anySignal)).toEqual({
      database: 'absent',
      role: 'absent',
      whose: null,
    });
    await fixture.ensure(preview);
    expect(await postgres.read(preview.target, anySignal)).toEqual({
      database: 'ours',
      role: 'ours',
      whose: null,
    });
    const another = { ...preview.target, platform: 'staging' };
    expect(await postgres.read(another, anySignal)).toMatchObject({
      database: 'foreign',
      role: 'foreign',
      whose: expect.stringContaining('platform "pg-test"') as string,
    });
  });
});

describe('openDatabases', () => {
  it('names databases that everybody may connect to, and no preview', async () => {
    const preview = await made();
    const open = `${preview.name}_open`;
    await fixture.sql(`CREATE DATABASE "${open}"`);
    try {
      const names = await openDatabases(fixture.connect, anySignal);
      expect(names).toContain(open);
      expect(names).not.toContain(preview.name);
    } finally {
      await fixture.sql(`DROP DATABASE "${open}"`);
    }
  });
});

describe('checkDatabase', () => {
  it('finds nothing wrong with a free name, or with a database that is ours, and tells them apart', async () => {
    const { check } = createPostgres(fixture.connect);
    const preview = fixture.preview();
    const wanted = { name: preview.name, owner: preview.owner };
    expect(await check(wanted, anySignal)).toEqual({ problems: [], exists: false });
    await fixture.ensure(preview);
    expect(await check(wanted, anySignal)).toEqual({ problems: [], exists: true });
  });

  it('finds a role that an interrupted cleanup left', async () => {
    const { check } = createPostgres(fixture.connect);
    const preview = await made();
    await fixture.sql(`DROP DATABASE "${preview.name}"`);
    expect(await check({ name: preview.name, owner: preview.owner }, anySignal)).toEqual({
      problems: [],
      exists: true,
    });
  });

  it('finds everything that is wrong at once', async () => {
    const preview = await made();
    const weak = `${preview.name}_weak`;
    await fixture.sql(`CREATE ROLE "${weak}" LOGIN CREATEDB PASSWORD 'weak-password'`);
    await fixture.sql(`GRANT CONNECT ON DATABASE postgres TO "${weak}"`);
    const url = new URL(fixture.server.adminUrl);
    url.username = weak;
    url.password = 'weak-password';
    const { check } = createPostgres(createConnect(url.href));
    const owner = { ...preview.owner, number: 1 };
    const wanted = { name: preview.name, owner, template: 'no_such_template' };
    const { problems, exists } = await check(wanted, anySignal);
    await fixture.sql(`REVOKE CONNECT ON DATABASE postgres FROM "${weak}"`);
    await fixture.sql(`DROP ROLE "${weak}"`);
    expect(problems.map(({ type, where }) => [type, where])).toEqual([
      ['DatabaseDenied', `Postgres role "${weak}"`],
      ['DatabaseNotOurs', `Postgres database and role "${preview.name}"`],
      ['DatabaseDenied', 'platform config: database.template'],
    ]);
    expect(exists).toBe(false);
    expect(problems[0]?.message).toContain('lacks CREATEROLE');
    expect(problems[1]?.message).toContain(`example/videocall#${preview.number}`);
  });

  it('throws instead of finding a problem when the server is away', async () => {
    const { check } = createPostgres(createConnect('postgres://admin:password@127.0.0.1:1/postgres'));
    await expect(check({ name: 'x', owner: fixture.preview().owner }, anySignal)).rejects.toMatchObject({
      type: 'DatabaseUnavailable',
    });
  });
});
