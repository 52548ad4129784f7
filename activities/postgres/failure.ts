import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { FailureType } from '../../domain/failures.ts';
import { failure } from '../failure.ts';

/** SQLSTATEs by code, then by class (the first two characters). What stands in neither is our mistake. */
const failureBySqlState: Readonly<Record<string, FailureType>> = {
  // denied: a person must grant something
  '28000': 'DatabaseDenied', // invalid_authorization_specification
  '28P01': 'DatabaseDenied', // invalid_password
  '42501': 'DatabaseDenied', // insufficient_privilege
  '2BP01': 'DatabaseDenied', // dependent_objects_still_exist: the role owns things in another database
  '3D000': 'DatabaseDenied', // invalid_catalog_name: the admin's own database, or the template, is missing
  // busy: passes by itself
  '23505': 'DatabaseBusy', // unique_violation on pg_database or pg_authid: made at the same moment
  '42710': 'DatabaseBusy', // duplicate_object
  '42P04': 'DatabaseBusy', // duplicate_database
  '55006': 'DatabaseBusy', // object_in_use
  '55P03': 'DatabaseBusy', // lock_not_available
  '57014': 'DatabaseBusy', // query_canceled
  XX000: 'DatabaseBusy', // internal_error: "tuple concurrently updated"
  '40': 'DatabaseBusy', // serialization_failure, deadlock_detected
  '53': 'DatabaseBusy', // insufficient_resources: connections, disk, memory
  // away
  '25006': 'DatabaseUnavailable', // read_only_sql_transaction: a standby during a failover
  '08': 'DatabaseUnavailable', // connection_exception
  '57': 'DatabaseUnavailable', // shutting down, starting up, terminated
  '58': 'DatabaseUnavailable', // system_error
};

const advice: Partial<Record<FailureType, string>> = {
  DatabaseDenied:
    'The role in DATABASE_ADMIN_URL must be able to log in and have CREATEDB and CREATEROLE; see docs/operations.md',
  DatabaseBusy: 'It is tried again',
  DatabaseUnavailable: 'It is tried again',
};

/**
 * What an error of Postgres, or of the way to it, means for us. Our own failures and cancellation pass untouched.
 *
 * The cause keeps only code and message, without quoted literals: an error of the driver can carry statement and
 * values.
 *
 * @param doing what was being done, for the message.
 */
export function postgresFailure(error: unknown, doing = 'Postgres could not be used'): Error {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  const state = sqlState(error);
  const type = classify(error, state);
  const said = describe(error);
  const message = [`${doing}: ${said}${state ? ` (SQLSTATE ${state})` : ''}`, advice[type]]
    .filter(Boolean)
    .join('. ');
  const cause = Object.assign(new Error(said), { code: state ?? systemCode(error) });
  return failure(type, message, { cause });
}

/** The SQLSTATE of an error that the server sent; undefined for any other. */
export function sqlState(error: unknown): string | undefined {
  const code = systemCode(error);
  // The server's errors have a severity; Node's have codes of the same shape now and then (EPERM).
  return code !== undefined &&
    /^[0-9A-Z]{5}$/.test(code) &&
    (error as { severity?: unknown }).severity !== undefined
    ? code
    : undefined;
}

function classify(error: unknown, state: string | undefined): FailureType {
  if (state) return failureBySqlState[state] ?? failureBySqlState[state.slice(0, 2)] ?? 'Bug';
  // The driver's own errors are all about the connection; a mistake of ours in JavaScript is not.
  return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError
    ? 'Bug'
    : 'DatabaseUnavailable';
}

function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

function describe(error: unknown): string {
  const said =
    error instanceof Error ? error.message || systemCode(error) || error.name : 'no reason was given';
  return said.replaceAll(/'[^']*'/g, "'…'").split('\n', 1)[0] ?? '';
}
