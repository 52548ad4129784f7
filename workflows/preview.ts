import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  workflowInfo,
} from '@temporalio/workflow';
import { nextStep } from '../domain/decide.ts';
import type { PreviewState } from '../domain/preview.ts';
import { initialState, isIdle } from '../domain/preview.ts';
import type { PreviewEvent } from '../domain/preview-events.ts';
import { apply } from '../domain/preview-events.ts';
import type { PreviewInput } from '../domain/preview-input.ts';
import { readPreviewInput } from '../domain/preview-input.ts';
import { createAlarm } from './alarm.ts';
import type { Clock } from './clock.ts';
import { createClock } from './clock.ts';
import { handleMessages } from './preview-messages.ts';
import { createMeasuring } from './preview-metrics.ts';
import { createSteps } from './preview-steps.ts';
import { createPreviewView } from './preview-view.ts';

/**
 * One pull request's preview, from its first push until it is closed and taken away. Messages and the ends of what it
 * started change one plain state (`domain/preview-events.ts`); `nextStep` (`domain/decide.ts`) says what follows; this
 * loop only waits and starts. It never ends while the pull request is open, and never because it was cancelled:
 * cancelling (Web UI's button) means close.
 */
export async function preview(argument: unknown): Promise<void> {
  const input = readPreviewInput(argument);
  if (!input.ok) throw ApplicationFailure.nonRetryable(input.wrong, 'BadMessage');
  const entity = createEntity(input.value);
  handleMessages(entity);
  CancellationScope.current().cancelRequested.catch(() =>
    entity.record({ kind: 'close-asked', command: true }),
  );
  await CancellationScope.nonCancellable(() => run(entity));
}

/** The state and the only way to change it. */
export interface Entity extends Clock {
  readonly state: () => PreviewState;
  readonly record: (event: PreviewEvent) => void;
}

function createEntity({ ref, state: carried }: PreviewInput): Entity {
  const clock = createClock();
  const measure = createMeasuring();
  let state = completed(initialState(ref, clock.now()), carried);
  return {
    ...clock,
    state: () => state,
    record: (event) => {
      const before = state;
      const now = clock.now();
      state = apply(before, event, now);
      measure({ event, before, after: state, now });
    },
  };
}

/** A field that was unknown when the state was handed on has its first value, one level down too. */
function completed(initial: PreviewState, carried: PreviewInput['state']): PreviewState {
  if (carried === null) return initial;
  return {
    ...initial,
    ...carried,
    report: { ...initial.report, ...carried.report },
    running: { ...initial.running, ...carried.running },
    place: { ...initial.place, ...carried.place },
    lifetime: { ...initial.lifetime, ...carried.lifetime },
    own: { ...initial.own, ...carried.own },
  };
}

async function run(entity: Entity): Promise<void> {
  const steps = createSteps(entity);
  const alarm = createAlarm(entity);
  const view = createPreviewView();
  for (;;) {
    const state = entity.state();
    const step = nextStep(state, entity.now());
    if (step.kind === 'wait') {
      // once all is begun that was to be, not for every state on the way
      view.update(state);
      if (mayContinueAsNew(state)) {
        await condition(allHandlersFinished);
        // a message may have arrived with the handlers' end: only an idle state is handed on
        if (mayContinueAsNew(entity.state())) await handOn(entity.state());
      }
      const { until, what } = step;
      alarm.set(until, what);
      const isTime = (): boolean => until !== null && until <= entity.now();
      await condition(() => entity.state() !== state || isTime() || mayContinueAsNew(entity.state()));
    } else if (step.kind === 'finish') {
      view.update(state);
      await condition(allHandlersFinished);
      // no await between this look and the return, or a push in the last workflow task would be lost
      if (entity.state() === state) return;
    } else steps.start(step.kind);
  }
}

function mayContinueAsNew(state: PreviewState): boolean {
  // an approval that waits for GitHub's word is one of the handlers that are waited for
  return workflowInfo().continueAsNewSuggested && isIdle(state.running) && state.hint === null;
}

async function handOn(state: PreviewState): Promise<void> {
  await continueAsNew<typeof preview>({ v: 1, ref: state.ref, state } satisfies PreviewInput);
}
