import type { ConnectionOptions } from '@temporalio/client';
import { Client, Connection } from '@temporalio/client';
import type { TemporalAccess } from '../connect.ts';
import { loadSettings, unreadable } from '../connect.ts';

export interface GatewayTemporal extends TemporalAccess {
  /** Whether Temporal answers, asked at most once a second. */
  isReachable(): Promise<boolean>;
}

/**
 * Access to Temporal that needs no Temporal to begin with: each call connects where that is still to be done, so that a
 * gateway starts, and says that it is not ready, while Temporal is away.
 *
 * @throws {ClientError} `usage` when the settings cannot be read.
 */
export function openTemporal(env: NodeJS.ProcessEnv): GatewayTemporal {
  const { connectionOptions, namespace = 'default' } = loadSettings(env);
  const connection = openConnection(connectionOptions);
  let last: { readonly at: number; readonly answer: Promise<boolean> } | null = null;
  return {
    client: new Client({ connection, namespace }),
    place: `${connectionOptions.address ?? '127.0.0.1:7233'}, namespace ${namespace}`,
    isReachable: async () => {
      if (last === null || Date.now() - last.at >= askedEveryMs)
        last = { at: Date.now(), answer: answers(connection) };
      return await last.answer;
    },
    close: async () => await connection.close(),
  };
}

function openConnection(options: ConnectionOptions): Connection {
  try {
    return Connection.lazy(options);
  } catch (error) {
    // an address that is none, a certificate that cannot be read
    throw error instanceof TypeError ? unreadable(error) : error;
  }
}

const askedEveryMs = 1_000;

async function answers(connection: Connection): Promise<boolean> {
  try {
    await connection.withDeadline(Date.now() + 2_000, () => connection.workflowService.getSystemInfo({}));
    return true;
  } catch {
    return false;
  }
}
