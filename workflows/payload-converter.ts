import type { PayloadConverter } from '@temporalio/common';
import { DefaultPayloadConverter } from '@temporalio/common';

/** What a message becomes that nobody could decode: handlers refuse it, the workflow goes on. */
export interface Undecodable {
  readonly undecodable: string;
}

const converter = new DefaultPayloadConverter();

/**
 * The worker's converter. The default one throws on a payload it cannot decode, and that fails the workflow task
 * again and again: one wrong message, typed by hand, would stop a preview for good.
 */
export const payloadConverter: PayloadConverter = {
  toPayload: (value) => converter.toPayload(value),
  fromPayload: (payload) => {
    try {
      return converter.fromPayload(payload);
    } catch (error) {
      const undecodable: Undecodable = {
        undecodable: error instanceof Error ? error.message : String(error),
      };
      return undecodable as never;
    }
  },
};
