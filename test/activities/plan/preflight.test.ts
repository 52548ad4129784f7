import { describe, expect, test } from 'vitest';
import { preflight } from '../../../activities/plan/preflight.ts';
import { planInputs, platform } from '../../config/samples.ts';
import { sourceOf, usual } from './source-of.ts';

const { signal } = new AbortController();

describe('the preflight', () => {
  const database = 'database: {host: postgres.default.svc.cluster.local}\n';
  const none = { problems: [], exists: false };
  const some = { problems: [], exists: true };

  test.each([
    { what: 'nothing', cluster: none, postgres: none, exists: false },
    { what: 'a namespace', cluster: some, postgres: none, exists: true },
    { what: 'a database', cluster: none, postgres: some, exists: true },
    { what: 'both', cluster: some, postgres: some, exists: true },
  ])('that finds $what of this preview says so', async ({ cluster, postgres, exists }) => {
    const source = await sourceOf(`${usual}database: {secret: {name: database, key: url}}\n`);
    const found = await preflight(
      {
        platform: platform(database),
        source,
        checkCluster: () => Promise.resolve({ ...cluster, warnings: [] }),
        checkDatabase: () => Promise.resolve(postgres),
      },
      planInputs(),
      signal,
    );
    expect(found).toEqual({ problems: [], warnings: [], exists });
  });

  test('asks no database for a preview without one', async () => {
    const found = await preflight(
      {
        platform: platform(database),
        source: await sourceOf(usual),
        checkCluster: () => Promise.resolve({ ...none, warnings: [] }),
        checkDatabase: () => expect.fail('there is none to ask for'),
      },
      planInputs(),
      signal,
    );
    expect(found.exists).toBe(false);
  });
});
