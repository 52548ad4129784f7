import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSuperuser, readConnections } from '../../../activities/postgres/connections.ts';
import type { Fixture } from './fixture.ts';
import { createFixture, holdOpen } from './fixture.ts';

const never = new AbortController().signal;
const role = `other_${randomUUID().slice(0, 8)}`;

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture();
  await fixture.sql(`CREATE ROLE ${role} LOGIN PASSWORD 'other'`);
  await fixture.sql(`GRANT CONNECT ON DATABASE postgres TO ${role}`);
});
afterAll(async () => {
  await fixture.sql(`DROP OWNED BY ${role}`);
  await fixture.sql(`DROP ROLE ${role}`);
  await fixture.close();
});

describe('the connections of a server', () => {
  it("are counted also where ours has no rights to their role, unless that is a preview's", async () => {
    expect(await isSuperuser(fixture.connect, never)).toBe(false);
    const url = new URL(fixture.server.adminUrl);
    Object.assign(url, { username: role, password: 'other' });
    const held = await Promise.all([1, 2, 3].map(async () => await holdOpen(url.href)));
    try {
      const { most, reserved, others } = await readConnections(
        fixture.connect,
        String.raw`preview\_%`,
        never,
      );
      expect(others).toBeGreaterThanOrEqual(held.length);
      expect(most).toBeGreaterThan(reserved);
      // others come and go on the shared server; where every role is a preview's, none is left
      expect(await readConnections(fixture.connect, '%', never)).toMatchObject({ others: 0 });
    } finally {
      await Promise.all(held.map(async (client) => await client.end()));
    }
  });
});
