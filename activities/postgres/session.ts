import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Connect } from './clients.ts';
import { postgresFailure, sqlState } from './failure.ts';

/** One connection, used by one operation. Every statement stops when the operation is aborted. */
export interface Session {
  /** Runs one statement. Retries `tuple concurrently updated`, which another's GRANT or ALTER on the same row causes. */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Major version of the server, for example 18. */
  readonly version: number;
}

/**
 * Runs `work` on a connection of its own and ends it. On abort the connection is closed, which makes the server stop
 * the running statement, and `signal.reason` is thrown; everything else comes out as one of our failures.
 *
 * @param connect opens the connection; bind it to a database where the admin's own is not meant.
 */
export async function withSession<T>(
  connect: Connect,
  signal: AbortSignal,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  let client: Client | undefined;
  const stop = (): void => void (client && close(client));
  signal.addEventListener('abort', stop, { once: true });
  try {
    client = await connect();
    return await work(await openSession(client, signal));
  } catch (error) {
    signal.throwIfAborted();
    throw postgresFailure(error);
  } finally {
    signal.removeEventListener('abort', stop);
    if (client) await close(client);
  }
}

/**
 * Waits until nobody else works on the preview's database; the lock goes with the connection. Asks again and again
 * instead of queueing in the server, so that an abort leaves nothing behind that would take the lock later.
 */
export async function lockDatabase(session: Session, name: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const [row] = await session.query<{ locked: boolean }>(
      'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked',
      [`pr-preview:${name}`],
    );
    if (row?.locked) return;
    await delay(50 + Math.random() * 100, undefined, { signal });
  }
}

async function openSession(client: Client, signal: AbortSignal): Promise<Session> {
  const query = async <Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> => {
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      try {
        // Without values the simple protocol is used: CREATE DATABASE and the like take no parameters anyway.
        const result = await (values.length === 0
          ? client.query<Row>(text)
          : client.query<Row>(text, [...values]));
        return result.rows;
      } catch (error) {
        if (sqlState(error) !== 'XX000' || attempt === 5) throw error;
        await delay(20 * 2 ** attempt, undefined, { signal });
      }
    }
  };
  const [row] = await query<{ server_version_num: string }>('SHOW server_version_num');
  // The server stops a statement whose client is gone (aborted, or killed with its worker) instead of finishing it.
  await query(`SET client_connection_check_interval = '1s'`);
  return { query, version: Math.floor(Number(row?.server_version_num) / 10_000) };
}

/** Ends the connection; one to a server that answers no more is not waited for. */
async function close(client: Client): Promise<void> {
  await Promise.race([client.end().catch(() => undefined), delay(2000, undefined, { ref: false })]);
}
