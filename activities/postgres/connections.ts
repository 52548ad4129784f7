import type { ConnectionBudget } from '../../domain/diagnosis.ts';
import type { Connect } from './clients.ts';
import { withSession } from './session.ts';

/**
 * How many connections the server gives, and how many others than previews hold now. PostgreSQL hides the kind of
 * sessions whose role we have no rights to (`backend_type` is NULL); these count as connections.
 *
 * @param pattern `LIKE` pattern of the names of previews' roles.
 * @throws failure `DatabaseUnavailable` and the like.
 */
export async function readConnections(
  connect: Connect,
  pattern: string,
  signal: AbortSignal,
): Promise<ConnectionBudget> {
  return await withSession(connect, signal, async (session) => {
    const [row] = await session.query<{ most: number; reserved: number; others: number }>(
      `SELECT current_setting('max_connections')::int AS most,
              current_setting('superuser_reserved_connections')::int
                + coalesce(current_setting('reserved_connections', true), '0')::int AS reserved,
              (SELECT count(*)::int FROM pg_stat_activity
                WHERE datid IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend'
                  AND usename NOT LIKE $1 AND application_name <> 'pr-preview') AS others`,
      [pattern],
    );
    return { most: row?.most ?? 0, reserved: row?.reserved ?? 0, others: row?.others ?? 0 };
  });
}

/** Whether the admin logs in as a superuser, which it should not be. */
export async function isSuperuser(connect: Connect, signal: AbortSignal): Promise<boolean> {
  return await withSession(connect, signal, async (session) => {
    const [row] = await session.query<{ is: boolean }>(
      'SELECT rolsuper AS is FROM pg_roles WHERE rolname = current_user',
    );
    return row?.is === true;
  });
}
