/** One attempt of GitHub to bring an event to our webhook. */
export interface Delivery {
  /** GitHub's number of this attempt, as text. */
  readonly id: string;
  /** The same for all attempts at one event. */
  readonly guid: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Whether the webhook took it. */
  readonly taken: boolean;
  /** Not GitHub's own first attempt. */
  readonly again: boolean;
}

/** How long after its first attempt an event is still worth anything: GitHub keeps the attempts for three days. */
export const redeliverWithinMs = 24 * 3_600_000;

const pauseMs = 10 * 60_000;

/**
 * The attempts to repeat now: of each event that no attempt brought in, the newest; oldest event first. The first
 * repetition is due at once, the next ten minutes later, then twice as long each time, and none a day after the first
 * attempt, so that what our webhook refuses is not sent to it for ever.
 *
 * @param deliveries of at least the last day.
 */
export function redeliveriesDue(deliveries: readonly Delivery[], now: number): Delivery[] {
  return [...Map.groupBy(deliveries, ({ guid }) => guid).values()]
    .map((attempts) => attempts.toSorted((one, other) => one.at - other.at))
    .filter((attempts) => isDue(attempts, now))
    .sort(([one], [other]) => (one?.at ?? 0) - (other?.at ?? 0))
    .flatMap((attempts) => attempts.slice(-1));
}

/** @param attempts at one event, oldest first. */
function isDue(attempts: readonly Delivery[], now: number): boolean {
  const first = attempts.find(({ again }) => !again);
  const last = attempts.at(-1);
  // Without the first attempt among them, it was more than a day ago.
  if (first === undefined || last === undefined || attempts.some(({ taken }) => taken)) return false;
  const repeated = attempts.length - 1;
  const pause = repeated === 0 ? 0 : pauseMs * 2 ** (repeated - 1);
  return now - first.at <= redeliverWithinMs && now - last.at >= pause;
}
