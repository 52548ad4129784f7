import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import type { PlannedDatabase } from '../../domain/plan.ts';

const wellFormed = /^[A-Za-z0-9_-]{43,}$/;
const iterations = 4096;

/** A random password of 256 bits: 43 characters that need no quoting anywhere. */
export function newPassword(): string {
  return randomBytes(32).toString('base64url');
}

/** The URL that pods connect with. */
export function databaseUrl(database: PlannedDatabase, password: string): string {
  const login = `${encodeURIComponent(database.name)}:${encodeURIComponent(password)}`;
  const query = new URLSearchParams(database.parameters).toString();
  const place = `${database.host}:${database.port}/${encodeURIComponent(database.name)}`;
  return `postgres://${login}@${place}${query ? `?${query}` : ''}`;
}

/** The password in a URL that we wrote; null when there is none that we could have written. */
export function passwordOf(url: string | undefined): string | null {
  const password = URL.parse(url ?? '')?.password ?? '';
  return wellFormed.test(password) ? password : null;
}

/**
 * What Postgres stores for a password (RFC 5803). Handing over this instead of the password keeps the password out of
 * statements, and with them out of the server's log and out of pg_stat_activity.
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const sign = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(sign('Client Key')).digest('base64');
  const serverKey = sign('Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
