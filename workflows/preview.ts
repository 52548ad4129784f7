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
import { idle, initialState } from '../domain/preview.ts';
import type { PreviewEvent } from '../domain/preview-events.ts';
import { apply } from '../domain/preview-events.ts';
import type { PreviewInput } from '../domain/preview-input.ts';
import { readPreviewInput } from '../domain/preview-input.ts';
import { handleMessages } from './preview-messages.ts';
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
  CancellationScope.current().cancelRequested.catch(() => entity.record({ kind: 'close-asked' }));
  await CancellationScope.nonCancellable(() => run(entity));
}

/** The state and the only way to change it. */
export interface Entity {
  readonly state: () => PreviewState;
  readonly record: (event: PreviewEvent) => void;
}

function createEntity({ ref, state: carried }: PreviewInput): Entity {
  let state = carried ?? initialState(ref, Date.now());
  return {
    state: () => state,
    record: (event) => {
      state = apply(state, event, Date.now());
    },
  };
}

async function run(entity: Entity): Promise<void> {
  const steps = createSteps(entity);
  const view = createPreviewView();
  for (;;) {
    view.update(entity.state());
    const step = nextStep(entity.state(), Date.now());
    if (step.kind === 'wait') {
      if (mayContinueAsNew(entity.state())) {
        await condition(allHandlersFinished);
        // a message may have arrived with the handlers' end: only an idle state is handed on
        if (mayContinueAsNew(entity.state())) await handOn(entity.state());
      }
      await changeOrInstant(entity, step.until);
      continue;
    }
    if (step.kind === 'finish') {
      await condition(allHandlersFinished);
      // no await between this look and the return, or a push in the last workflow task would be lost
      if (nextStep(entity.state(), Date.now()).kind === 'finish') return;
      continue;
    }
    steps.start(step.kind);
  }
}

async function changeOrInstant(entity: Entity, until: number | null): Promise<void> {
  const before = entity.state();
  const changed = (): boolean => entity.state() !== before;
  if (until === null) await condition(changed);
  else
    await condition(changed, Math.max(1, until - Date.now()), {
      summary: 'until time alone changes what to do',
    });
}

function mayContinueAsNew(state: PreviewState): boolean {
  return workflowInfo().continueAsNewSuggested && JSON.stringify(state.running) === JSON.stringify(idle);
}

async function handOn(state: PreviewState): Promise<void> {
  await continueAsNew<typeof preview>({ v: 1, ref: state.ref, state } satisfies PreviewInput);
}
