import { log } from '@temporalio/activity';
import type { CleanupTarget } from '../../domain/outcome.ts';
import type { PlanReference } from '../../domain/plan.ts';
import type { OwnerMark } from '../../domain/pull-request.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { Plans } from '../plan/plans.ts';
import type { Connect } from './clients.ts';
import type { DroppedDatabase } from './drop.ts';
import type { UrlSecret } from './ensure.ts';
import { createPostgres } from './postgres.ts';

export interface PostgresDependencies {
  readonly connect: Connect;
  readonly plans: Plans;
  /** Writes a Secret of the preview's namespace. */
  readonly applySecret: (
    secret: { namespace: string; name: string; data: Record<string, string>; owner: OwnerMark },
    signal: AbortSignal,
  ) => Promise<unknown>;
  /** Reads one; null when it is missing. */
  readSecret(
    secret: { namespace: string; name: string },
    signal: AbortSignal,
  ): Promise<Record<string, string> | null>;
}

export interface PostgresActivities {
  /**
   * Makes role, database and the secret with its URL; keeps the password. A plan without a database is success.
   * @throws failure `DatabaseNotOurs`, `DatabaseDenied`, `DatabaseBusy`, `DatabaseUnavailable`, and what the secret's reading and writing throw.
   */
  readonly ensureDatabase: (input: { plan: PlanReference }) => Promise<{ created: boolean }>;
  /** Takes database and role away and reads back that they are gone; another's are left alone. */
  readonly dropDatabase: (input: CleanupTarget) => Promise<DroppedDatabase>;
}

export function createPostgresActivities(dependencies: PostgresDependencies): PostgresActivities {
  const postgres = createPostgres(dependencies.connect);
  return {
    ensureDatabase: async ({ plan: reference }) =>
      await withHeartbeat(async (signal) => {
        const { plan } = await dependencies.plans.load(reference, signal);
        if (plan.database === null) return { created: false };
        const { owner, database } = plan;
        const place = { namespace: plan.names.namespace, owner };
        const secret = urlSecret(dependencies, place, database.secret);
        const result = await postgres.ensure({ database, owner, secret }, signal);
        log.info('Database is ready', { database: database.name, created: result.created });
        return result;
      }),
    dropDatabase: async (target) =>
      await withHeartbeat(async (signal) => {
        const result = await postgres.drop(target, signal);
        log.info('Database was taken away', { database: target.database, ...result });
        return result;
      }),
  };
}

function urlSecret(
  { applySecret, readSecret }: Pick<PostgresDependencies, 'applySecret' | 'readSecret'>,
  { namespace, owner }: { namespace: string; owner: OwnerMark },
  { name, key }: { name: string; key: string },
): UrlSecret {
  return {
    read: async (signal) => (await readSecret({ namespace, name }, signal))?.[key],
    write: async (url, signal) =>
      void (await applySecret({ namespace, name, data: { [key]: url }, owner }, signal)),
  };
}
