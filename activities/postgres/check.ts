import type { Problem } from '../../domain/failures.ts';
import type { OwnerClaim } from '../../domain/owner.ts';
import type { Connect } from './clients.ts';
import type { Session } from './session.ts';
import { withSession } from './session.ts';
import type { DatabaseState } from './state.ts';
import { readState } from './state.ts';

export interface CheckDatabase {
  readonly name: string;
  readonly owner: OwnerClaim;
  /** Database that the preview's is to be copied from; null or absent: none. */
  readonly template?: string | null;
}

export interface DatabaseAnswer {
  readonly problems: readonly Problem[];
  /** A database or a role of this preview is there. */
  readonly exists: boolean;
}

interface AdminRow {
  readonly name: string;
  readonly superuser: boolean;
  readonly createDatabase: boolean;
  readonly createRole: boolean;
}

/**
 * Everything that would stop `ensureDatabase`, and whether its work is there already, without creating anything.
 *
 * @throws failure `DatabaseUnavailable` and the like when Postgres does not answer: not known is not a problem found.
 */
export async function checkDatabase(
  connect: Connect,
  wanted: CheckDatabase,
  signal: AbortSignal,
): Promise<DatabaseAnswer> {
  return await withSession(connect, signal, async (session) => {
    const state = await readState(session, wanted.name, wanted.owner);
    const found = [
      await missingRights(session),
      foreign(state, wanted),
      await missingTemplate(session, wanted.template ?? null),
    ];
    return {
      problems: found.filter((problem) => problem !== null),
      exists: state.database === 'ours' || state.role === 'ours',
    };
  });
}

async function missingRights(session: Session): Promise<Problem | null> {
  const [admin] = await session.query<AdminRow>(
    `SELECT rolname AS name, rolsuper AS superuser, rolcreatedb AS "createDatabase", rolcreaterole AS "createRole"
       FROM pg_roles WHERE rolname = current_user`,
  );
  if (!admin || admin.superuser || (admin.createDatabase && admin.createRole)) return null;
  const missing = [admin.createDatabase ? null : 'CREATEDB', admin.createRole ? null : 'CREATEROLE'].filter(
    Boolean,
  );
  return {
    type: 'DatabaseDenied',
    where: `Postgres role "${admin.name}"`,
    message: `The role that DATABASE_ADMIN_URL names lacks ${missing.join(' and ')}. A superuser grants it: ALTER ROLE "${admin.name}" ${missing.join(' ')}`,
  };
}

function foreign({ whose }: DatabaseState, { name }: CheckDatabase): Problem | null {
  if (whose === null) return null;
  return {
    type: 'DatabaseNotOurs',
    where: `Postgres database and role "${name}"`,
    message: `${whose}. It is neither used nor dropped; rename or remove it by hand`,
  };
}

async function missingTemplate(session: Session, template: string | null): Promise<Problem | null> {
  if (template === null) return null;
  const rows = await session.query('SELECT FROM pg_database WHERE datname = $1', [template]);
  if (rows.length > 0) return null;
  return {
    type: 'DatabaseDenied',
    where: 'platform config: database.template',
    message: `The template database "${template}" does not exist. Create it, or leave the setting out for empty databases`,
  };
}
