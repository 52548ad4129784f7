import { readCreatedAt, readOwnerText } from '../../domain/owner.ts';
import type { SeenDatabase } from '../../domain/reconcile-world.ts';
import type { Connect } from './clients.ts';
import { withSession } from './session.ts';

interface Row {
  readonly name: string;
  readonly roleComment: string | null;
  readonly databaseComment: string | null;
}

/**
 * Every database and role that carries a mark of this platform; those of one name are one. The role's mark counts
 * before the database's, which a preview's own code could have written.
 *
 * @throws failure `DatabaseDenied`, `DatabaseBusy`, `DatabaseUnavailable`.
 */
export async function listDatabases(
  connect: Connect,
  { platform }: { readonly platform: string },
  signal: AbortSignal,
): Promise<SeenDatabase[]> {
  return await withSession(connect, signal, async (session) => {
    const rows = await session.query<Row>(
      `SELECT coalesce(r.rolname, d.datname) AS name, shobj_description(r.oid, 'pg_authid') AS "roleComment",
              shobj_description(d.oid, 'pg_database') AS "databaseComment"
         FROM pg_roles r FULL JOIN pg_database d ON d.datname = r.rolname
        ORDER BY name`,
    );
    return rows.flatMap(({ name, roleComment, databaseComment }) => {
      const owner = readOwnerText(roleComment) ?? readOwnerText(databaseComment);
      return owner?.platform === platform ? [{ name, owner, createdAt: readCreatedAt(roleComment) }] : [];
    });
  });
}
