import { escapeIdentifier, escapeLiteral } from 'pg';
import { ownerText, readReset, withReset } from '../../domain/owner.ts';
import type { Connect } from './clients.ts';
import { forceDrop } from './drop.ts';
import type { EnsureDatabase } from './ensure.ts';
import { completeDatabase } from './ensure.ts';
import type { Session } from './session.ts';
import { lockDatabase, withSession } from './session.ts';
import type { DatabaseState } from './state.ts';
import { readState, refuseForeign } from './state.ts';

export interface ResetDatabase extends EnsureDatabase {
  /** Which reset it is: one that was done is not done again. */
  readonly id: string;
}

/**
 * Drops the database, with every session in it, and makes it anew. Role and password stay, so pods that read the
 * secret go on working.
 *
 * The role's mark keeps the id of the last reset that was done: an attempt that was thought dead, and comes late, must
 * not drop what migrations have made since. One that was killed half way leaves no id, and is done from the start.
 *
 * @throws failure `DatabaseNotOurs` before anything is changed; `DatabaseBusy` when sessions that cannot be ended stand
 * in the way; `DatabaseDenied`, `DatabaseUnavailable`.
 */
export async function resetDatabase(
  connect: Connect,
  { id, ...wanted }: ResetDatabase,
  signal: AbortSignal,
): Promise<void> {
  const { owner } = wanted;
  const { name } = wanted.database;
  await withSession(connect, signal, async (session) => {
    await lockDatabase(session, name, signal);
    const state = await readState(session, name, owner);
    refuseForeign(state);
    if (readReset(await roleMark(session, name)) !== id) await dropOurs(session, name, state);
    await completeDatabase(session, { connect, ...wanted }, signal);
    const mark = withReset((await roleMark(session, name)) ?? ownerText(owner), id);
    await session.query(`COMMENT ON ROLE ${escapeIdentifier(name)} IS ${escapeLiteral(mark)}`);
  });
}

/** Nobody logs in from here on; completing the role lets it in again. */
async function dropOurs(session: Session, name: string, { database, role }: DatabaseState): Promise<void> {
  if (role === 'ours') await session.query(`ALTER ROLE ${escapeIdentifier(name)} NOLOGIN`);
  if (database === 'ours') await forceDrop(session, name);
}

async function roleMark(session: Session, name: string): Promise<string | null> {
  const [role] = await session.query<{ comment: string | null }>(
    `SELECT shobj_description(oid, 'pg_authid') AS comment FROM pg_roles WHERE rolname = $1`,
    [name],
  );
  return role?.comment ?? null;
}
