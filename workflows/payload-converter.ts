import type { Payload, PayloadConverter } from '@temporalio/common';
import { DefaultPayloadConverter } from '@temporalio/common';

/** What a message becomes that nobody could decode: handlers refuse it, the workflow goes on. */
export interface Undecodable {
  readonly undecodable: string;
}

/**
 * The worker's converter. The default one throws on a payload it cannot decode, and that fails the workflow task
 * again and again: one wrong message, typed by hand, would stop a preview for good.
 */
class TolerantPayloadConverter implements PayloadConverter {
  private readonly converter = new DefaultPayloadConverter();

  toPayload<T>(value: T): Payload {
    return this.converter.toPayload(value);
  }

  fromPayload<T>(payload: Payload): T {
    try {
      return this.converter.fromPayload<T>(payload);
    } catch (error) {
      const undecodable: Undecodable = {
        undecodable: error instanceof Error ? error.message : String(error),
      };
      return undecodable as T;
    }
  }
}

export const payloadConverter = new TolerantPayloadConverter();
