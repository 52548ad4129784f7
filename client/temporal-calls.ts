import type { Client } from '@temporalio/client';
import { temporalError } from './connect.ts';

/** Temporal's client, and the two ways to call it: every call has a deadline. */
export interface TemporalCalls {
  readonly client: Client;
  /** Calls within so many milliseconds; errors come as Temporal's client throws them. */
  within<T>(ms: number, call: () => Promise<T>): Promise<T>;
  /** Calls within the usual deadline. @throws {ClientError} where the error was foreseen. */
  ask<T>(call: () => Promise<T>): Promise<T>;
  /** What an error means to a person; one of another kind comes back as it is. */
  explain(error: unknown): unknown;
}

/** @param place where the client leads, for messages. */
export function createTemporalCalls(
  client: Client,
  { place, deadlineMs }: { readonly place: string; readonly deadlineMs: number },
): TemporalCalls {
  const within = async <T>(ms: number, call: () => Promise<T>): Promise<T> =>
    await client.withDeadline(Date.now() + ms, call);
  return {
    client,
    within,
    ask: async (call) => {
      try {
        return await within(deadlineMs, call);
      } catch (error) {
        throw temporalError(error, place);
      }
    },
    explain: (error) => temporalError(error, place),
  };
}
