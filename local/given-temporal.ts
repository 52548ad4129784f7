import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { Given } from './given.ts';
import type { Part } from './stack.ts';

/** Milliseconds that a Temporal may take to answer which runs already. */
const patienceMs = 5_000;

/**
 * Asks the Temporal that the user gave, where a worker is to poll it: a worker would only die of it, a minute later.
 *
 * @throws one line that says what was used, why, and what to do.
 */
export async function requireTemporal(
  wanted: readonly Part[],
  { stack: { temporal } }: Given,
): Promise<void> {
  if (temporal === undefined || !wanted.includes('worker')) return;
  const { address, namespace } = temporal;
  try {
    const { connectionOptions } = loadClientConnectConfig();
    const connection = await Connection.connect({
      ...(connectionOptions as object),
      address,
      connectTimeout: patienceMs,
    });
    try {
      await connection.withDeadline(
        Date.now() + patienceMs,
        async () => await connection.workflowService.describeNamespace({ namespace }),
      );
    } finally {
      await connection.close();
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `TEMPORAL_ADDRESS=${address} is used in place of a Temporal of the stack's own, and does not answer for ` +
        `namespace ${namespace}: ${reason}. Start it, or unset TEMPORAL_ADDRESS to have the stack start one.`,
      { cause },
    );
  }
}
