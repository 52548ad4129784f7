import { defineSignal, log, setHandler } from '@temporalio/workflow';
import type { Read } from '../domain/messages.ts';

interface SignalReading<T, E> {
  /** Says what a payload means, or what is wrong with it; never throws. */
  readonly read: (argument: unknown) => Read<T>;
  /** What has happened with it. */
  readonly event: (value: T) => E;
  /** For Temporal Web UI, which offers the signal where there is one. */
  readonly description?: string;
}

/** Makes what registers a signal: one that can be read is recorded as an event, another logged, and changes nothing. */
export function signalsInto<E>(
  record: (event: E) => void,
): <T>(signal: { readonly name: string }, reading: SignalReading<T, E>) => void {
  return ({ name }, { read, event, description }) => {
    const handler = (argument: unknown): void => {
      const message = read(argument);
      if (message.ok) record(event(message.value));
      else log.warn('a message is ignored', { signal: name, reason: message.wrong });
    };
    // whatever its type promises, anything may come
    setHandler(defineSignal<[unknown?]>(name), handler, description === undefined ? {} : { description });
  };
}
