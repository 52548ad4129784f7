import { CancellationScope, sleep } from '@temporalio/workflow';
import type { Clock } from './clock.ts';

/** The one timer of a workflow's loop. */
export interface Alarm {
  /** Rings at this instant (epoch milliseconds) instead of at the one before; null: not at all. */
  readonly set: (until: number | null, what: string) => void;
}

/**
 * Makes an alarm, which tells the clock that its instant is reached. A condition's own timeout is a new timer each time
 * the loop has looked, at two events of history each; this one stays as long as the instant does.
 */
export function createAlarm({ now, reach }: Clock): Alarm {
  let instant: number | null = null;
  let timer = new CancellationScope();
  return {
    set: (until, what) => {
      if (until === instant) return;
      instant = until;
      timer.cancel();
      if (until === null) return;
      timer = new CancellationScope();
      const rings = timer.run(() => sleep(Math.max(1, until - now()), { summary: what }));
      rings.then(
        () => {
          instant = null;
          reach(until);
        },
        () => undefined, // set to another instant
      );
    },
  };
}
