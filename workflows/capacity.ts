import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  log,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { CapacityState } from '../domain/capacity.ts';
import { initialCapacity, isAtRest } from '../domain/capacity.ts';
import { renderCapacityDetails } from '../domain/capacity-details.ts';
import type { CapacityEvent } from '../domain/capacity-events.ts';
import { applyToCapacity } from '../domain/capacity-events.ts';
import type { CapacityInput, CapacityStatus } from '../domain/capacity-messages.ts';
import { readCapacityInput } from '../domain/capacity-messages.ts';
import { capacityStatusOf } from '../domain/capacity-status.ts';
import { nextCapacityStep } from '../domain/capacity-step.ts';
import { createAlarm } from './alarm.ts';
import type { Clock } from './clock.ts';
import { createClock } from './clock.ts';
import { handleCapacityMessages } from './capacity-messages.ts';
import { startCapacityStep } from './capacity-steps.ts';

/**
 * The places of one pool, and the queue for them. Messages and the ends of what it started change one plain state
 * (`domain/capacity-events.ts`), in which places are given at once; this loop only tells and rebuilds. It never
 * ends: cancelling it (Web UI's button) is ignored, as it would lose what is held, and terminating it starts a new
 * life that rebuilds what is held before it gives anything.
 */
export async function capacity(argument: unknown): Promise<void> {
  const input = readCapacityInput<CapacityState>(argument);
  if (!input.ok) throw ApplicationFailure.nonRetryable(input.wrong, 'BadMessage');
  const pool = createPool(input.value);
  handleCapacityMessages(pool);
  CancellationScope.current().cancelRequested.catch(() =>
    log.warn('a pool of places is not cancelled: what is held would be lost'),
  );
  await CancellationScope.nonCancellable(() => run(pool));
}

/** The state and the only way to change it. */
export interface Pool extends Clock {
  readonly name: string;
  readonly state: () => CapacityState;
  readonly status: () => CapacityStatus;
  readonly record: (event: CapacityEvent) => void;
}

function createPool({ pool: name, config, state: carried }: CapacityInput<CapacityState>): Pool {
  // a field that was unknown when the state was handed on has its first value
  const initial = initialCapacity(config);
  const recovery = { ...initial.recovery, ...carried?.recovery };
  let state: CapacityState = { ...initial, ...carried, recovery };
  const clock = createClock();
  const status = (): CapacityStatus => capacityStatusOf(name, state, clock.now());
  setCurrentDetails(renderCapacityDetails(status()));
  return {
    ...clock,
    name,
    state: () => state,
    status,
    record: (event) => {
      state = applyToCapacity(state, event, clock.now());
      setCurrentDetails(renderCapacityDetails(status()));
    },
  };
}

async function run(pool: Pool): Promise<void> {
  const next = (): ReturnType<typeof nextCapacityStep> => nextCapacityStep(pool.state(), pool.now());
  const mustHandOn = (): boolean => workflowInfo().continueAsNewSuggested;
  const alarm = createAlarm(pool);
  for (;;) {
    if (mustHandOn()) {
      // nothing more is begun: what holders are yet to be told of is in the state
      await condition(() => isAtRest(pool.state()) && allHandlersFinished());
      await handOn(pool);
    }
    const step = next();
    if (step.kind !== 'wait') {
      startCapacityStep(pool, step);
      continue;
    }
    const { until } = step;
    alarm.set(until, 'before the cluster is read again');
    await condition(() => {
      const now = next();
      return now.kind !== 'wait' || now.until !== until || mustHandOn();
    });
  }
}

async function handOn({ name, state }: Pool): Promise<void> {
  const input: CapacityInput<CapacityState> = { v: 1, pool: name, config: state().config, state: state() };
  await continueAsNew<typeof capacity>(input);
}
