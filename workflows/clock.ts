/** A workflow's time, which never falls behind an instant that was waited for. */
export interface Clock {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** A timer for this instant has fired. */
  readonly reach: (instant: number) => void;
}

/**
 * Makes a clock. Temporal's own may stand still: a task that a fresh worker is given while queries wait for it was seen
 * to carry the time of the task before, though its timer had fired. What is decided by that time is decided otherwise
 * when it is replayed, and then the workflow stands still.
 */
export function createClock(): Clock {
  let reached = 0;
  return {
    now: () => Math.max(Date.now(), reached),
    reach: (instant) => {
      reached = Math.max(reached, instant);
    },
  };
}
