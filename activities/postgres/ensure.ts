import { escapeIdentifier, escapeLiteral } from 'pg';
import { datedOwnerText, ownerText } from '../../domain/owner.ts';
import type { PlannedDatabase } from '../../domain/plan.ts';
import type { OwnerMark } from '../../domain/pull-request.ts';
import type { Connect } from './clients.ts';
import { postgresFailure, sqlState } from './failure.ts';
import { databaseUrl, newPassword, passwordOf, scramVerifier } from './password.ts';
import type { Session } from './session.ts';
import { lockDatabase, withSession } from './session.ts';
import { readState, refuseForeign } from './state.ts';
import { copyOptions, ownCopiedObjects } from './template.ts';

/** The secret that holds the URL: the only place that knows the password. */
export interface UrlSecret {
  read(signal: AbortSignal): Promise<string | undefined>;
  write(url: string, signal: AbortSignal): Promise<void>;
}

export interface EnsureDatabase {
  readonly database: PlannedDatabase;
  readonly owner: OwnerMark;
  readonly secret: UrlSecret;
}

const settings: Readonly<Record<string, string>> = {
  statement_timeout: '5min',
  idle_in_transaction_session_timeout: '5min',
};

/**
 * Makes role, database and secret what they should be, from wherever an earlier run left them.
 *
 * The secret is written before the role learns the password, so a run that is killed leaves no password that nobody
 * knows. A password that the secret already holds is kept, also for a role that was dropped and is made anew: pods
 * that read the secret go on working.
 *
 * @returns whether the database was made by this run.
 * @throws failure `DatabaseNotOurs` before anything is changed; `DatabaseDenied`, `DatabaseBusy`, `DatabaseUnavailable`.
 */
export async function ensureDatabase(
  connect: Connect,
  wanted: EnsureDatabase,
  signal: AbortSignal,
): Promise<{ created: boolean }> {
  const { name } = wanted.database;
  return await withSession(connect, signal, async (session) => {
    await lockDatabase(session, name, signal);
    refuseForeign(await readState(session, name, wanted.owner));
    return await completeDatabase(session, { connect, ...wanted }, signal);
  });
}

/** The work of `ensureDatabase`, for a session that holds the lock and has looked whose the name is. */
export async function completeDatabase(
  session: Session,
  { connect, database, owner, secret }: EnsureDatabase & { readonly connect: Connect },
  signal: AbortSignal,
): Promise<{ created: boolean }> {
  const { name } = database;
  const password = await ensurePassword(database, secret, signal);
  await ensureRole(session, database, { owner, password });
  const created = await createMissing(session, database, owner);
  await session.query(`REVOKE ALL ON DATABASE ${id(name)} FROM PUBLIC`);
  for (const [setting, value] of Object.entries(settings)) {
    await session.query(`ALTER ROLE ${id(name)} IN DATABASE ${id(name)} SET ${setting} = ${text(value)}`);
  }
  const { finished } = await readState(session, name, owner);
  if (database.template !== null && !finished) await ownCopiedObjects(connect, name, signal);
  // Last: a database that carries the mark is complete.
  await session.query(`COMMENT ON DATABASE ${id(name)} IS ${text(ownerText(owner))}`);
  return { created };
}

async function ensurePassword(
  database: PlannedDatabase,
  secret: UrlSecret,
  signal: AbortSignal,
): Promise<string> {
  const url = await secret.read(signal);
  const password = passwordOf(url) ?? newPassword();
  const wanted = databaseUrl(database, password);
  if (url !== wanted) await secret.write(wanted, signal);
  return password;
}

async function ensureRole(
  session: Session,
  { name, connectionLimit }: PlannedDatabase,
  { owner, password }: { owner: OwnerMark; password: string },
): Promise<void> {
  if ((await readState(session, name, owner)).role === 'absent') {
    // Without it, PostgreSQL 16 and newer let the creator neither give a database to the role nor end its sessions.
    if (session.version >= 16) await session.query(`SET createrole_self_grant = 'set, inherit'`);
    const older = session.version >= 16 ? '' : `; GRANT ${id(name)} TO CURRENT_USER`;
    // One message of several statements is one transaction: no role of ours is ever without its mark. Postgres itself
    // does not know how old a role or a database is, so the mark says it.
    const mark = text(datedOwnerText(owner, Date.now()));
    const create = `CREATE ROLE ${id(name)}; COMMENT ON ROLE ${id(name)} IS ${mark}${older}`;
    await unlessThere(session.query(create));
    refuseForeign(await readState(session, name, owner));
  }
  const verifier = text(scramVerifier(password));
  await session.query(
    `ALTER ROLE ${id(name)} LOGIN CONNECTION LIMIT ${Math.trunc(connectionLimit)} PASSWORD ${verifier}`,
  );
}

async function createMissing(
  session: Session,
  database: PlannedDatabase,
  owner: OwnerMark,
): Promise<boolean> {
  const { name } = database;
  const state = await readState(session, name, owner);
  if (state.broken) await session.query(`DROP DATABASE IF EXISTS ${id(name)} WITH (FORCE)`);
  else if (state.database !== 'absent') return false;
  const copy = await copyOptions(session, database.template);
  const created = await unlessThere(
    session.query(`CREATE DATABASE ${id(name)} OWNER ${id(name)}${copy}`).catch((error: unknown) => {
      const doing = `Database "${name}" could not be created`;
      throw isThere(error) ? error : postgresFailure(error, doing);
    }),
  );
  refuseForeign(await readState(session, name, owner));
  return created;
}

/** Somebody else (no run of ours: those hold the lock) made the thing at the same moment; whose it is, is read next. */
async function unlessThere(creation: Promise<unknown>): Promise<boolean> {
  try {
    await creation;
    return true;
  } catch (error) {
    if (isThere(error)) return false;
    throw error;
  }
}

function isThere(error: unknown): boolean {
  return ['42P04', '42710', '23505'].includes(sqlState(error) ?? '');
}

const id = escapeIdentifier;
const text = escapeLiteral;
