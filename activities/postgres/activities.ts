import { Context, log } from '@temporalio/activity';
import type { CleanupTarget } from '../../domain/outcome.ts';
import type { Plan, PlanReference } from '../../domain/plan.ts';
import type { OwnerMark } from '../../domain/pull-request.ts';
import { withHeartbeat } from '../heartbeat.ts';
import type { Plans } from '../plan/plans.ts';
import type { Connect } from './clients.ts';
import type { DroppedDatabase } from './drop.ts';
import type { EnsureDatabase, UrlSecret } from './ensure.ts';
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
  /**
   * Drops the database and makes it anew, empty or from its template, once for each run of a workflow; keeps role and
   * password. A plan without a database is success.
   * @throws what `ensureDatabase` throws.
   */
  readonly resetDatabase: (input: { plan: PlanReference }) => Promise<void>;
  /** Takes database and role away and reads back that they are gone; another's are left alone. */
  readonly dropDatabase: (input: CleanupTarget) => Promise<DroppedDatabase>;
}

export function createPostgresActivities(dependencies: PostgresDependencies): PostgresActivities {
  const postgres = createPostgres(dependencies.connect);
  return {
    ensureDatabase: async ({ plan: reference }) =>
      await withHeartbeat(async (signal) => {
        const { plan } = await dependencies.plans.load(reference, signal);
        const wanted = wantedDatabase(dependencies, plan);
        if (wanted === null) return { created: false };
        const result = await postgres.ensure(wanted, signal);
        log.info('Database is ready', { database: wanted.database.name, created: result.created });
        return result;
      }),
    resetDatabase: async ({ plan: reference }) =>
      await withHeartbeat(async (signal) => {
        const { plan } = await dependencies.plans.load(reference, signal);
        const wanted = wantedDatabase(dependencies, plan);
        if (wanted === null) return;
        await postgres.reset(
          { ...wanted, id: Context.current().info.workflowExecution?.runId ?? '' },
          signal,
        );
        log.info('Database was reset', { database: wanted.database.name });
      }),
    dropDatabase: async (target) =>
      await withHeartbeat(async (signal) => {
        const result = await postgres.drop(target, signal);
        log.info('Database was taken away', { database: target.database, ...result });
        return result;
      }),
  };
}

function wantedDatabase(dependencies: PostgresDependencies, plan: Plan): EnsureDatabase | null {
  const { owner, database, names } = plan;
  if (database === null) return null;
  const place = { namespace: names.namespace, owner };
  return { database, owner, secret: urlSecret(dependencies, place, database.secret) };
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
