import type { CleanupTarget } from '../../domain/outcome.ts';
import type { CheckDatabase, DatabaseAnswer } from './check.ts';
import { checkDatabase } from './check.ts';
import type { Connect } from './clients.ts';
import type { DroppedDatabase } from './drop.ts';
import { dropDatabase } from './drop.ts';
import type { EnsureDatabase } from './ensure.ts';
import { ensureDatabase } from './ensure.ts';
import type { ResetDatabase } from './reset.ts';
import { resetDatabase } from './reset.ts';
import { withSession } from './session.ts';
import type { DatabaseState } from './state.ts';
import { readState } from './state.ts';

/** What can be done to previews' databases. Each call opens a connection of its own and ends it. */
export interface Postgres {
  readonly check: (wanted: CheckDatabase, signal: AbortSignal) => Promise<DatabaseAnswer>;
  readonly ensure: (wanted: EnsureDatabase, signal: AbortSignal) => Promise<{ created: boolean }>;
  readonly reset: (wanted: ResetDatabase, signal: AbortSignal) => Promise<void>;
  readonly drop: (target: CleanupTarget, signal: AbortSignal) => Promise<DroppedDatabase>;
  /** Whether database and role are there and whose; both absent for a target without a database. */
  readonly read: (
    target: CleanupTarget,
    signal: AbortSignal,
  ) => Promise<Pick<DatabaseState, 'database' | 'role' | 'whose'>>;
}

export function createPostgres(connect: Connect): Postgres {
  return {
    check: async (wanted, signal) => await checkDatabase(connect, wanted, signal),
    ensure: async (wanted, signal) => await ensureDatabase(connect, wanted, signal),
    reset: async (wanted, signal) => await resetDatabase(connect, wanted, signal),
    drop: async (target, signal) => {
      if (target.database === null)
        return { state: 'absent', detail: 'this preview has no database', found: false };
      return await dropDatabase(connect, { name: target.database, claim: target }, signal);
    },
    read: async (target, signal) => {
      const name = target.database;
      if (name === null) return { database: 'absent', role: 'absent', whose: null };
      return await withSession(connect, signal, async (session) => {
        const { database, role, whose } = await readState(session, name, target);
        return { database, role, whose };
      });
    },
  };
}
