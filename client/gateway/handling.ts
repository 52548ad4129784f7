import type { EventDependencies } from '../events/handle-event.ts';
import { handleEvent } from '../events/handle-event.ts';
import type { PreviewEvent } from '../events/read-event.ts';
import type { EventResult } from '../events/wire.ts';

/** An event that is being handled. */
export interface Handling {
  /** Resolves once nothing of it can be lost any more; rejects with why it was not done. */
  readonly durable: Promise<void>;
  /** Resolves when words to people are written too. */
  readonly result: Promise<EventResult>;
}

export function startHandling(
  event: PreviewEvent,
  dependencies: Omit<EventDependencies, 'onDurable'>,
): Handling {
  const { promise: durable, resolve, reject } = Promise.withResolvers<void>();
  const result = handleEvent(event, { ...dependencies, onDurable: resolve });
  result.then(() => resolve(), reject);
  // whoever waits for it hears of it; nobody may
  durable.catch(() => undefined);
  return { durable, result };
}
