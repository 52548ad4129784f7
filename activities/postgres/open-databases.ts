import type { Connect } from './clients.ts';
import { withSession } from './session.ts';

/**
 * Other databases of the server that any role may connect to, previews' roles included: what PostgreSQL grants to
 * everybody unless it is revoked. A preview reads nothing there that is not granted to everybody, but an operator
 * should know.
 *
 * @throws failure `DatabaseUnavailable` and the like.
 */
export async function openDatabases(connect: Connect, signal: AbortSignal): Promise<string[]> {
  return await withSession(connect, signal, async (session) => {
    const rows = await session.query<{ name: string }>(
      `SELECT datname AS name FROM pg_database
        WHERE datallowconn AND NOT datistemplate AND has_database_privilege('public', oid, 'CONNECT') ORDER BY datname`,
    );
    return rows.map(({ name }) => name);
  });
}
