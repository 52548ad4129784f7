import type { OwnerClaim } from '../../domain/owner.ts';
import { belongsTo, describeOwner, readOwnerText } from '../../domain/owner.ts';
import { failure } from '../failure.ts';
import type { Session } from './session.ts';

export type Presence = 'absent' | 'ours' | 'foreign';

/** What stands in the server under a preview's name. */
export interface DatabaseState {
  readonly database: Presence;
  readonly role: Presence;
  /** Whose the foreign ones are, in words; null when nothing is foreign. */
  readonly whose: string | null;
  /** The database was made to the end: its mark is written last. */
  readonly finished: boolean;
  /** An interrupted DROP left it unusable; it can only be dropped again. */
  readonly broken: boolean;
}

interface DatabaseRow {
  readonly owner: string;
  readonly comment: string | null;
  readonly connectionLimit: number;
}

/**
 * Reads what there is under `name`, and whose it is.
 *
 * A role is ours by its comment alone: it is written in the same transaction as the role, and the role itself cannot
 * change it. A database is ours by its comment, or by being owned by our role: one whose creation was interrupted has
 * no comment yet, and a preview's own code, which owns its database, could write any.
 */
export async function readState(session: Session, name: string, claim: OwnerClaim): Promise<DatabaseState> {
  const [role] = await session.query<{ comment: string | null }>(
    `SELECT shobj_description(oid, 'pg_authid') AS comment FROM pg_roles WHERE rolname = $1`,
    [name],
  );
  const [database] = await session.query<DatabaseRow>(
    `SELECT r.rolname AS owner, shobj_description(d.oid, 'pg_database') AS comment, d.datconnlimit AS "connectionLimit"
       FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE d.datname = $1`,
    [name],
  );
  const roleIs = role ? presence(belongsTo(readOwnerText(role.comment), claim)) : 'absent';
  const marked = belongsTo(readOwnerText(database?.comment), claim);
  const ownedByOurRole = database?.owner === name && roleIs === 'ours';
  const databaseIs = database ? presence(marked || ownedByOurRole) : 'absent';
  const whose = [
    databaseIs === 'foreign' ? describe(`Database "${name}"`, database?.comment, database?.owner) : null,
    roleIs === 'foreign' ? describe(`Role "${name}"`, role?.comment) : null,
  ].filter((text) => text !== null);
  return {
    database: databaseIs,
    role: roleIs,
    whose: whose.length > 0 ? whose.join('. ') : null,
    finished: marked,
    broken: database?.connectionLimit === -2,
  };
}

/** @throws failure `DatabaseNotOurs`, which says whose it is, when database or role belong to somebody else. */
export function refuseForeign(state: DatabaseState): void {
  if (state.whose === null) return;
  throw failure(
    'DatabaseNotOurs',
    `${state.whose}. It is neither used nor dropped; rename or remove it by hand`,
  );
}

function presence(ours: boolean): Presence {
  return ours ? 'ours' : 'foreign';
}

function describe(what: string, comment: string | null | undefined, owningRole?: string): string {
  const mark = readOwnerText(comment);
  if (mark) return `${what} belongs to ${describeOwner(mark)}`;
  return `${what} carries no owner mark of ours${owningRole === undefined ? '' : ` and is owned by role "${owningRole}"`}`;
}
