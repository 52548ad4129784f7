import type { ConnectionOptions } from '@temporalio/client';
import { Client, Connection, isGrpcServiceError } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { ClientError } from './exit-codes.ts';

/** A connection to Temporal, and where it leads. */
export interface TemporalAccess {
  readonly client: Client;
  /** `127.0.0.1:7233, namespace default`, for messages. */
  readonly place: string;
  close(): Promise<void>;
}

/**
 * Connects as the environment says: `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, `TEMPORAL_TLS_*` or
 * a profile of Temporal's config file.
 *
 * @param timeoutMs after which it is given up.
 * @param env those variables. Default: the process's.
 * @throws {ClientError} `usage` when those settings cannot be read, `temporalAway` when nobody answers.
 */
export async function connectTemporal(
  timeoutMs: number,
  env: NodeJS.ProcessEnv = process.env,
): Promise<TemporalAccess> {
  const { connectionOptions, namespace = 'default' } = loadSettings(env);
  const place = `${connectionOptions.address ?? '127.0.0.1:7233'}, namespace ${namespace}`;
  const options: ConnectionOptions = {
    ...(connectionOptions as ConnectionOptions),
    connectTimeout: timeoutMs,
  };
  try {
    const connection = await Connection.connect(options);
    return {
      client: new Client({ connection, namespace }),
      place,
      close: async () => await connection.close(),
    };
  } catch (error) {
    // an address that is none, a certificate that cannot be read
    if (error instanceof TypeError) throw unreadable(error);
    throw temporalError(error, place);
  }
}

/**
 * What an error of Temporal's client means to a person; errors of another kind come back as they are.
 *
 * @param place where the connection leads.
 */
export function temporalError(error: unknown, place: string): unknown {
  if (error instanceof ClientError || !(error instanceof Error)) return error;
  const options = { cause: error };
  if (error instanceof NamespaceNotFoundError) return away(place, 'has no such namespace', options);
  const cause = serviceError(error);
  if (cause === null) {
    return /before the deadline/.test(error.message) ? away(place, 'does not answer', options) : error;
  }
  // the start within an Update-with-Start has its reason in the message alone
  const unknown = [cause.details, cause.message].find((text) => /search attribute/i.test(text));
  if (cause.code === invalidArgument && unknown !== undefined) {
    const message = `Temporal at ${place} is not set up for previews: ${unknown}. "preview setup" does that, once`;
    return new ClientError('refused', message, options);
  }
  const refusal = refusals[cause.code];
  if (refusal === undefined) return error;
  return away(place, `${refusal}${[1, 4, 14].includes(cause.code) ? '' : `: ${cause.details}`}`, options);
}

/** gRPC's code of an error of Temporal's client, however deep it lies; null when it has none. */
export function serviceError(
  error: unknown,
): { readonly code: number; readonly details: string; readonly message: string } | null {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (isGrpcServiceError(current))
      return { code: current.code, details: current.details, message: current.message };
  }
  return null;
}

const invalidArgument = 3;

const refusals: Readonly<Record<number, string>> = {
  1: 'broke off the call', // CANCELLED: the client's own retries ran into the deadline
  2: 'answers with an error', // UNKNOWN
  4: 'does not answer in time', // DEADLINE_EXCEEDED
  7: 'does not let us in', // PERMISSION_DENIED
  8: 'has too much to do', // RESOURCE_EXHAUSTED
  12: 'is no Temporal, or a very old one', // UNIMPLEMENTED: another server listens there
  13: 'answers with an error', // INTERNAL
  14: 'does not answer', // UNAVAILABLE
  16: 'does not know us', // UNAUTHENTICATED
};

function away(place: string, what: string, options: ErrorOptions): ClientError {
  return new ClientError(
    'temporalAway',
    `Temporal at ${place} ${what}. TEMPORAL_ADDRESS and its companions say where it is`,
    options,
  );
}

/**
 * Where Temporal is, as the environment says.
 *
 * @throws {ClientError} `usage` when that cannot be read.
 */
export function loadSettings(env: NodeJS.ProcessEnv): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig({ overrideEnvVars: env as Record<string, string> });
  } catch (error) {
    throw unreadable(error);
  }
}

/** The end of settings that say nothing which can be used. */
export function unreadable(cause: unknown): ClientError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ClientError('usage', `Temporal's connection settings cannot be read: ${reason}`, { cause });
}
