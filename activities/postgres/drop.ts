import { escapeIdentifier } from 'pg';
import type { OwnerClaim } from '../../domain/owner.ts';
import { failure } from '../failure.ts';
import type { Connect } from './clients.ts';
import { postgresFailure, sqlState } from './failure.ts';
import type { Session } from './session.ts';
import { lockDatabase, withSession } from './session.ts';
import type { DatabaseState } from './state.ts';
import { readState } from './state.ts';

export interface DroppedDatabase {
  /** `foreign`: something under this name is there and not ours; it was not touched. */
  readonly state: 'absent' | 'foreign';
  readonly detail: string;
  /** Whether anything of ours was there before this call. */
  readonly found: boolean;
}

/**
 * Takes database and role away and reads back that they are gone. Nobody logs in any more, then the database goes
 * with every session in it, then the role. What is already gone is success.
 *
 * @throws failure `DatabaseBusy` when sessions that cannot be ended stand in the way; `DatabaseDenied`, `DatabaseUnavailable`.
 */
export async function dropDatabase(
  connect: Connect,
  { name, claim }: { name: string; claim: OwnerClaim },
  signal: AbortSignal,
): Promise<DroppedDatabase> {
  return await withSession(connect, signal, async (session) => {
    await lockDatabase(session, name, signal);
    const before = await readState(session, name, claim);
    const found = before.database === 'ours' || before.role === 'ours';
    if (before.database === 'foreign') return { state: 'foreign', detail: untouched(before), found: false };
    if (before.role === 'ours') await session.query(`ALTER ROLE ${id(name)} NOLOGIN`);
    if (before.database === 'ours') await forceDrop(session, name);
    if (before.role === 'ours') await dropRole(session, name);
    return { ...(await readBack(session, name, claim)), found };
  });
}

/**
 * Drops a database with every session in it; what is gone is success. Whose it is, its caller has looked.
 *
 * @throws failure `DatabaseBusy` naming whose sessions stand in the way.
 */
export async function forceDrop(session: Session, name: string): Promise<void> {
  try {
    await session.query(`DROP DATABASE IF EXISTS ${id(name)} WITH (FORCE)`);
  } catch (error) {
    if (sqlState(error) !== '42501') throw postgresFailure(error, `Database "${name}" could not be dropped`);
    const others = await otherSessions(session, name);
    if (others.length === 0) throw postgresFailure(error, `Database "${name}" could not be dropped`);
    throw failure(
      'DatabaseBusy',
      `Database "${name}" is in use by ${others.join(', ')}, whose session must end first`,
      {
        cause: postgresFailure(error),
      },
    );
  }
}

/** Who is connected besides the preview itself; these are the sessions that FORCE may not be allowed to end. */
async function otherSessions(session: Session, name: string): Promise<string[]> {
  const rows = await session.query<{ who: string }>(
    `SELECT DISTINCT format('role "%s" (%s)', usename, coalesce(nullif(application_name, ''), 'unnamed')) AS who
       FROM pg_stat_activity WHERE datname = $1 AND usename IS DISTINCT FROM $1 ORDER BY who`,
    [name],
  );
  return rows.map((row) => row.who);
}

async function dropRole(session: Session, name: string): Promise<void> {
  // Sessions in other databases survive the role otherwise.
  await session.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [name]);
  try {
    await session.query(`DROP ROLE IF EXISTS ${id(name)}`);
  } catch (error) {
    if (sqlState(error) !== '2BP01') throw postgresFailure(error, `Role "${name}" could not be dropped`);
    const detail = (error as { detail?: string }).detail ?? '';
    throw failure(
      'DatabaseDenied',
      `Role "${name}" owns or is granted things outside its database: ${detail}`,
      {
        cause: postgresFailure(error),
      },
    );
  }
}

async function readBack(
  session: Session,
  name: string,
  claim: OwnerClaim,
): Promise<Omit<DroppedDatabase, 'found'>> {
  const after = await readState(session, name, claim);
  if (after.whose !== null) return { state: 'foreign', detail: untouched(after) };
  if (after.database === 'absent' && after.role === 'absent') {
    return { state: 'absent', detail: `database and role "${name}" are not in the server's catalog` };
  }
  throw failure('DatabaseBusy', `Database or role "${name}" is there again after it was dropped`);
}

function untouched({ whose }: DatabaseState): string {
  return `${whose ?? ''}. It was not touched`;
}

const id = escapeIdentifier;
