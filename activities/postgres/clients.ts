import { Client } from 'pg';
import { failure } from '../failure.ts';

/** Who to log in as and where, instead of the admin in its own database. */
export interface Login {
  readonly database?: string;
  readonly user?: string;
  readonly password?: string;
}

/** Opens one connection of its own; the caller ends it. */
export type Connect = (login?: Login) => Promise<Client>;

const connectTimeoutMs = 10_000;

/**
 * How activities reach Postgres.
 *
 * @param adminUrl connection URL of a LOGIN CREATEDB CREATEROLE role; without a database it means `postgres`. It must
 * lead to the server itself or to a session pooler: advisory locks are lost behind a transaction pooler.
 * @throws failure `DatabaseDenied` when the text is no such URL; its content is not repeated.
 */
export function createConnect(adminUrl: string): Connect {
  const base = parseUrl(adminUrl);
  return async (login = {}) => {
    const client = new Client({
      connectionString: address(base, login),
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
      application_name: 'pr-preview',
    });
    // A connection that dies between two statements must not end the process; the next statement reports it.
    client.on('error', () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  };
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url && /^postgres(ql)?:$/.test(url.protocol) && url.username !== '') return url;
  throw failure(
    'DatabaseDenied',
    'DATABASE_ADMIN_URL must read postgres://user:password@host:port/database; what is there does not',
  );
}

function address(base: URL, login: Login): string {
  const url = new URL(base);
  if (login.user !== undefined) url.username = encodeURIComponent(login.user);
  if (login.password !== undefined) url.password = encodeURIComponent(login.password);
  if (login.database !== undefined) url.pathname = `/${encodeURIComponent(login.database)}`;
  if (url.pathname === '' || url.pathname === '/') url.pathname = '/postgres';
  return url.href;
}
