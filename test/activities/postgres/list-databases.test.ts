import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConnect } from '../../../activities/postgres/clients.ts';
import { listDatabases } from '../../../activities/postgres/list-databases.ts';
import type { SeenDatabase } from '../../../domain/reconcile-world.ts';
import type { Fixture, TestPreview } from './fixture.ts';
import { createFixture } from './fixture.ts';

const never = new AbortController().signal;

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture();
});
afterAll(async () => {
  await fixture.close();
});

/** What is listed under a preview's name; the server is shared, so others' are left out. */
async function listed({ name, owner }: TestPreview, platform = owner.platform): Promise<SeenDatabase[]> {
  const all = await listDatabases(fixture.connect, { platform }, never);
  return all.filter((one) => one.name === name);
}

describe('the list of databases and roles', () => {
  it('has database and role of one preview once, with owner and age', async () => {
    const preview = fixture.preview();
    const before = Date.now();
    await fixture.ensure(preview);
    const [found, ...more] = await listed(preview);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ name: preview.name, owner: preview.owner });
    expect(found?.createdAt).toBeGreaterThanOrEqual(before - 1);
    expect(found?.createdAt).toBeLessThanOrEqual(Date.now());
  });

  it('keeps the age when the database is ensured again', async () => {
    const preview = fixture.preview();
    await fixture.ensure(preview);
    const [first] = await listed(preview);
    await fixture.ensure(preview);
    expect(await listed(preview)).toEqual([first]);
  });

  it('has a role whose database was never made, and a database whose mark is not written yet', async () => {
    const preview = fixture.preview();
    await fixture.ensure(preview);
    await fixture.sql(`COMMENT ON DATABASE "${preview.name}" IS NULL`);
    expect(await listed(preview)).toMatchObject([{ owner: preview.owner }]);
    await fixture.sql(`DROP DATABASE "${preview.name}"`);
    expect(await listed(preview)).toMatchObject([{ owner: preview.owner }]);
  });

  it('believes the role where the database says something else', async () => {
    const preview = fixture.preview();
    await fixture.ensure(preview);
    const forged = JSON.stringify({ ...preview.owner, number: 1 });
    await fixture.sql(`COMMENT ON DATABASE "${preview.name}" IS '${forged}'`);
    expect(await listed(preview)).toMatchObject([{ owner: preview.owner }]);
  });

  it('does not know the age of what an older version made', async () => {
    const preview = fixture.preview();
    await fixture.ensure(preview);
    await fixture.sql(`COMMENT ON ROLE "${preview.name}" IS '${JSON.stringify(preview.owner)}'`);
    expect(await listed(preview)).toMatchObject([{ owner: preview.owner, createdAt: null }]);
  });

  it("leaves out another platform's and what nobody marked", async () => {
    const preview = fixture.preview();
    await fixture.ensure(preview);
    expect(await listed(preview, 'another')).toEqual([]);
    await fixture.sql(`COMMENT ON ROLE "${preview.name}" IS 'mine'`);
    await fixture.sql(`COMMENT ON DATABASE "${preview.name}" IS NULL`);
    expect(await listed(preview)).toEqual([]);
  });

  it('fails as the others do when Postgres does not answer', async () => {
    const nowhere = createConnect('postgres://admin:secret@127.0.0.1:1/');
    const failing = listDatabases(nowhere, { platform: 'pg-test' }, never);
    await expect(failing).rejects.toBeInstanceOf(ApplicationFailure);
    await expect(failing).rejects.toMatchObject({ type: 'DatabaseUnavailable' });
  });
});
