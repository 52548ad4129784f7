import { setTimeout as delay } from 'node:timers/promises';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { Logger } from '@temporalio/worker';
import { NativeConnection } from '@temporalio/worker';
import { searchAttributes, searchAttributeTypes } from '../domain/search-attributes.ts';
import { Refusal } from './refusal.ts';

export interface TemporalConnection {
  readonly connection: NativeConnection;
  readonly namespace: string;
}

/** How a system is waited for that may be starting too. */
export interface Patience {
  readonly logger: Logger;
  /** Milliseconds. */
  readonly patienceMs: number;
}

/**
 * Connects as `TEMPORAL_*` says; tries for a while, as Temporal may be starting too.
 *
 * @throws {Refusal} when the settings cannot be read, nobody answers, or the signal aborts.
 */
export async function connectTemporal(
  { logger, patienceMs }: Patience,
  signal: AbortSignal,
): Promise<TemporalConnection> {
  const { connectionOptions, namespace = 'default' } = loadSettings();
  const address = connectionOptions.address ?? '127.0.0.1:7233';
  const deadline = Date.now() + patienceMs;
  for (;;) {
    try {
      return { connection: await NativeConnection.connect(connectionOptions), namespace };
    } catch (cause) {
      if (Date.now() >= deadline || signal.aborted) {
        throw new Refusal('away', [`Temporal at ${address} does not answer`], { cause });
      }
      logger.warn('Temporal does not answer yet', { address, error: cause });
      await delay(2_000, undefined, { signal }).catch(() => undefined);
    }
  }
}

/**
 * Makes sure that the namespace is there and knows our search attributes: without them, workflows would stand still.
 *
 * @throws {Refusal} with the command that registers what is missing.
 */
export async function requireSearchAttributes(
  { connection, namespace }: TemporalConnection,
  logger: Logger,
): Promise<void> {
  const known = await readSearchAttributes({ connection, namespace }, logger);
  if (known === null) return;
  const wrong = Object.entries(searchAttributes).filter(
    ([name, type]) => known[name] !== searchAttributeTypes[type].number,
  );
  if (wrong.length === 0) return;
  const flags = wrong
    .map(([name, type]) => `--name ${name} --type ${searchAttributeTypes[type].word}`)
    .join(' ');
  throw new Refusal('refused', [
    `Temporal's namespace ${namespace} lacks the search attributes ${wrong.map(([name]) => name).join(', ')} ` +
      `(or has them with another type): preview setup registers them, or temporal operator search-attribute create --namespace ${namespace} ${flags}`,
  ]);
}

async function readSearchAttributes(
  { connection, namespace }: TemporalConnection,
  logger: Logger,
): Promise<Readonly<Record<string, number>> | null> {
  try {
    const { customAttributes } = await connection.withDeadline(
      Date.now() + 10_000,
      async () => await connection.operatorService.listSearchAttributes({ namespace }),
    );
    return customAttributes ?? {};
  } catch (error) {
    const { code, details } = error as { code?: number; details?: string };
    if (code === grpc.notFound) {
      throw new Refusal('refused', [`Temporal has no namespace ${namespace}: ${details ?? ''}`], {
        cause: error,
      });
    }
    if (code === undefined || !unanswerable.includes(code)) throw error;
    // Temporal Cloud keeps this from workers; there the set-up has to be believed.
    logger.warn('Temporal does not say which search attributes it knows', { error });
    return null;
  }
}

const grpc = { notFound: 5, permissionDenied: 7, unimplemented: 12 } as const;
const unanswerable: readonly number[] = [grpc.permissionDenied, grpc.unimplemented];

function loadSettings(): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Refusal('settings', [`Temporal's connection settings cannot be read: ${reason}`], { cause });
  }
}
