import type { EventResult, EventsBody } from '../events/wire.ts';
import type { PreviewReadings } from '../preview-readings.ts';

/** The way to previews, opened: through the gateway or to Temporal itself. */
export interface OpenWay extends Pick<PreviewReadings, 'status'> {
  /**
   * Sends what happened, or what somebody wants. Twice is as once.
   *
   * @throws {ClientError} `temporalAway` when it is not certain that it was heard, `refused` when it must not be.
   */
  send(body: EventsBody): Promise<EventResult>;
  /** Milliseconds between two questions while it is waited. */
  readonly everyMs: number;
  close(): Promise<void>;
}
