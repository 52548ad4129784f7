import type { DatabaseFate } from '../domain/deploy-notes.ts';

/** What a deploy has done so far; it grows on the way, for whoever has to answer for a failure or a cancellation. */
export interface DeployTrace {
  /** Services whose release was, or may have been, changed. */
  readonly touched: Set<string>;
  /** Services whose release Helm has changed. */
  readonly changed: Set<string>;
  /** When services were taken away, in epoch milliseconds. */
  readonly removedAt: Map<string, number>;
  /** When services were ready, in epoch milliseconds. */
  readonly readyAt: Map<string, number>;
  database: DatabaseFate;
}

/** The trace of a deploy that begins, after others changed services and left them so. */
export function beginTrace(disturbed: readonly string[]): DeployTrace {
  return {
    touched: new Set(disturbed),
    changed: new Set(),
    removedAt: new Map(),
    readyAt: new Map(),
    database: 'kept',
  };
}
