import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PostgresActivities } from '../../../activities/postgres/activities.ts';
import { createPostgresActivities } from '../../../activities/postgres/activities.ts';
import { createConnect } from '../../../activities/postgres/clients.ts';
import { readOwnerText } from '../../../domain/owner.ts';
import type { Plan } from '../../../domain/plan.ts';
import type { Fixture, TestPreview } from './fixture.ts';
import { createFixture, holdOpen, queryAs, watched } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture();
});
afterAll(async () => await fixture.close());

/** Where an activity of the deploy with this run id runs. */
function deployOf(runId: string): MockActivityEnvironment {
  const info = { workflowExecution: { workflowId: 'deploy', runId } };
  return new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') });
}

async function reset(
  preview: TestPreview,
  runId: string,
  activities: PostgresActivities = fixture.activities(),
): Promise<void> {
  await deployOf(runId).run(activities.resetDatabase, { plan: preview.reference });
}

/** A preview whose database holds a row that no migration made. */
async function filled(): Promise<TestPreview> {
  const preview = fixture.preview();
  await fixture.ensure(preview);
  await fill(preview);
  return preview;
}

async function fill(preview: TestPreview): Promise<void> {
  await queryAs(fixture.url(preview), 'CREATE TABLE kept (x int); INSERT INTO kept VALUES (1)');
}

async function tables(preview: TestPreview): Promise<number> {
  const rows = await queryAs(
    fixture.url(preview),
    `SELECT FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  );
  return rows.length;
}

async function marks(preview: TestPreview): Promise<{ database: string | null; role: string | null }[]> {
  return await fixture.sql(
    `SELECT (SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1) AS database,
            (SELECT shobj_description(oid, 'pg_authid') FROM pg_authid WHERE rolname = $1) AS role`,
    [preview.name],
  );
}

describe('resetDatabase', () => {
  it('gives an empty database that is still ours, under the URL that pods already have', async () => {
    const preview = await filled();
    const before = fixture.url(preview);
    await reset(preview, 'one');
    expect(fixture.url(preview)).toBe(before);
    expect(await tables(preview)).toBe(0);
    const [found] = await marks(preview);
    expect(readOwnerText(found?.database)).toEqual(preview.owner);
    expect(readOwnerText(found?.role)).toEqual(preview.owner);
    expect(await fixture.ensure(preview)).toEqual({ created: false });
    expect(await fixture.drop(preview)).toMatchObject({ state: 'absent', found: true });
  });

  it('ends the sessions of pods that are still there', async () => {
    const preview = await filled();
    const inside = await holdOpen(fixture.url(preview));
    await inside.query('BEGIN; LOCK TABLE kept');
    await reset(preview, 'one');
    await expect(inside.query('SELECT 1')).rejects.toThrow();
    expect(await tables(preview)).toBe(0);
  });

  it('makes what is not there', async () => {
    const preview = fixture.preview();
    await reset(preview, 'one');
    expect(await tables(preview)).toBe(0);
  });

  it('copies the template again', async () => {
    const preview = fixture.preview();
    const template = `${preview.name}_template`;
    await queryAs(fixture.server.adminUrl, `CREATE DATABASE "${template}"`);
    const url = new URL(fixture.server.adminUrl);
    url.pathname = `/${template}`;
    await queryAs(url.href, 'CREATE TABLE seeded (x int); INSERT INTO seeded VALUES (7)');
    await fixture.sql(`ALTER DATABASE "${template}" IS_TEMPLATE true`);
    const copied = fixture.preview({ template });
    await fixture.ensure(copied);
    await queryAs(fixture.url(copied), 'DELETE FROM seeded');
    await reset(copied, 'one');
    expect(await queryAs(fixture.url(copied), 'SELECT x FROM seeded')).toEqual([{ x: 7 }]);
    await fixture.sql(`ALTER DATABASE "${template}" IS_TEMPLATE false`);
    await fixture.sql(`DROP DATABASE "${template}"`);
  });

  it('is success for a preview without a database, without asking the server', async () => {
    const preview = fixture.preview();
    const unasked = (): never => expect.fail('nobody is to be asked');
    const activities = createPostgresActivities({
      connect: unasked,
      plans: { load: () => Promise.resolve({ plan: { database: null } as Plan, charts: {} }) },
      applySecret: unasked,
      readSecret: unasked,
    });
    await reset(preview, 'one', activities);
  });
});

describe('a reset that runs again', () => {
  it('leaves what migrations have made since, when it is an attempt of the same deploy that comes late', async () => {
    const preview = await filled();
    await reset(preview, 'one');
    await fill(preview);
    await reset(preview, 'one');
    expect(await tables(preview)).toBe(1);
    await fixture.ensure(preview);
    await reset(preview, 'one');
    expect(await tables(preview)).toBe(1);
  });

  it('is a reset of its own in the next deploy', async () => {
    const preview = await filled();
    await reset(preview, 'one');
    await fill(preview);
    await reset(preview, 'two');
    expect(await tables(preview)).toBe(0);
  });

  it('is done once by ten attempts at once', async () => {
    const preview = await filled();
    await Promise.all(Array.from({ length: 10 }, () => reset(preview, 'one')));
    expect(await tables(preview)).toBe(0);
    await fill(preview);
    await Promise.all(Array.from({ length: 4 }, () => reset(preview, 'one')));
    expect(await tables(preview)).toBe(1);
  });

  it('is done in the end, whichever step it was stopped at, and throws the cancellation', async () => {
    const { steps } = await stopAt(await filled(), null);
    expect(steps).toBeGreaterThan(15);
    const stop = async (step: number): Promise<void> => {
      const preview = await filled();
      const before = fixture.url(preview);
      const { ended } = await stopAt(preview, step);
      // the last statement may be done by the time the cancellation arrives
      if (ended !== null) expect(ended, `step ${step}`).toBeInstanceOf(CancelledFailure);
      await reset(preview, 'one');
      expect(fixture.url(preview), `step ${step}`).toBe(before);
      expect(await tables(preview), `step ${step}`).toBe(0);
    };
    await Promise.all(Array.from({ length: steps }, (_, index) => stop(index + 1)));
  });

  it('is healed by the next deploy, which asks for none, whichever step it was stopped at', async () => {
    const { steps } = await stopAt(await filled(), null);
    const stop = async (step: number): Promise<void> => {
      const preview = await filled();
      await stopAt(preview, step);
      await fixture.ensure(preview);
      expect(await queryAs(fixture.url(preview), 'SELECT 1 AS one'), `step ${step}`).toEqual([{ one: 1 }]);
    };
    await Promise.all(Array.from({ length: steps }, (_, index) => stop(index + 1)));
  });
});

/** Cancels a reset as its nth statement is sent; null: never. Tells how many there were. */
async function stopAt(preview: TestPreview, step: number | null): Promise<{ steps: number; ended: unknown }> {
  const environment = deployOf('one');
  let steps = 0;
  const connect = watched(fixture.connect, () => {
    steps += 1;
    if (steps === step) environment.cancel();
  });
  const { resetDatabase } = fixture.activities({ connect });
  const ended: unknown = await environment
    .run(resetDatabase, { plan: preview.reference })
    .then(() => null)
    .catch((error: unknown) => error);
  return { steps, ended };
}

describe('a reset that may not be', () => {
  it("leaves another preview's database alone, and says whose it is", async () => {
    const preview = await filled();
    const mark = JSON.stringify({ ...preview.owner, platform: 'staging' });
    await fixture.sql(`COMMENT ON DATABASE "${preview.name}" IS '${mark}'`);
    await fixture.sql(`COMMENT ON ROLE "${preview.name}" IS '${mark}'`);
    const refused = reset(preview, 'one');
    await expect(refused).rejects.toMatchObject({ type: 'DatabaseNotOurs', nonRetryable: true });
    await expect(refused).rejects.toThrow('of platform "staging"');
    expect(await tables(preview)).toBe(1);
  });

  it('is busy, and says with whom, while a superuser is connected, and is done afterwards', async () => {
    const preview = await filled();
    const url = new URL(fixture.server.superuserUrl);
    url.pathname = `/${preview.name}`;
    const held = await holdOpen(url.href);
    await expect(reset(preview, 'one')).rejects.toMatchObject({ type: 'DatabaseBusy', nonRetryable: false });
    await held.end();
    await reset(preview, 'one');
    expect(await tables(preview)).toBe(0);
  });

  it('says that the server is away', async () => {
    const preview = await filled();
    const connect = createConnect('postgres://admin:password@127.0.0.1:1/postgres');
    await expect(reset(preview, 'one', fixture.activities({ connect }))).rejects.toMatchObject({
      type: 'DatabaseUnavailable',
      nonRetryable: false,
    });
    expect(await tables(preview)).toBe(1);
  });
});
